import { sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import { check, customType, foreignKey, text, timestamp, uuid } from "drizzle-orm/pg-core";

/** Raw bytes: nonces, ciphertexts, hashes. */
export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => "bytea" });

/** An instant; every time stamp carries its zone. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** The tenant column that leads every tenant key. */
export const employerId = () => uuid("employer_id").notNull();

/** A UUIDv7 made by the app. */
export const rowId = () => uuid("id").notNull();

export const createdAt = () => instant("created_at").notNull().defaultNow();
export const updatedAt = () => instant("updated_at").notNull().defaultNow();

/** What AES-256-GCM needs to open a value; the AAD is employer + row + field. */
export const sealed = () => ({
  keyId: text("key_id").notNull(),
  nonce: bytea("nonce").notNull(),
  ciphertext: bytea("ciphertext").notNull(),
});

/** A closed set of words as text + CHECK: enums are not leakproof and would keep row-level security from the index. */
export function oneOf(name: string, column: AnyPgColumn, words: readonly string[]) {
  return check(name, sql`${column} in (${sql.raw(words.map((word) => `'${word}'`).join(", "))})`);
}

/** The row hangs on another of the same employer and goes with it: `columns` are the employer's and the other row's ids here. */
export const belongsTo = (
  name: string,
  columns: [employerId: AnyPgColumn, id: AnyPgColumn],
  parent: { employerId: AnyPgColumn; id: AnyPgColumn },
) => foreignKey({ name, columns, foreignColumns: [parent.employerId, parent.id] }).onDelete("cascade");
