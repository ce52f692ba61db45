import postgres from "postgres";
import { afterAll, inject } from "vitest";
import { randomToken } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { closeDatabase } from "#db/client.server.ts";
import { inDatabase } from "#db/roles.server.ts";
import { TEMPLATE } from "./postgres.ts";

export interface TestDatabase {
  name: string;
  /** Login bound by row-level security; `#db/client.server.ts` uses it from now on. */
  appUrl: string;
  /** Login that owns the tables: to lay throw-away tables, or to look past nothing (FORCE binds it too). */
  ownerUrl: string;
  /** Superuser, in this database: sees every employer's rows. For assertions about what is really stored. */
  adminUrl: string;
}

/**
 * Gives the test file a database of its own, copied from the migrated template, and points DATABASE_URL at it. Services
 * open their pools on the first query, so call this at the top of the file, before anything touches the database:
 *
 *     const database = await testDatabase();
 *
 * The pools are closed and the database is dropped after the file's last test. Works in the projects conformance, flows
 * and e2e; unit tests have no Postgres.
 */
export async function testDatabase({ empty = false }: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = inject("postgres");
  const name = `test_${randomToken(9).replaceAll("-", "_").toLowerCase()}`;
  await asAdmin(server.adminUrl, (admin) =>
    admin.unsafe(`create database ${name} template ${empty ? "template1" : TEMPLATE} owner patchbay_owner`),
  );
  const database = {
    name,
    appUrl: inDatabase(server.appUrl, name),
    ownerUrl: inDatabase(server.ownerUrl, name),
    adminUrl: inDatabase(server.adminUrl, name),
  };
  await closeDatabase();
  setEnvironment({ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl });
  afterAll(async () => {
    await closeDatabase();
    await asAdmin(server.adminUrl, (admin) => admin.unsafe(`drop database if exists ${name} with (force)`));
  });
  return database;
}

/** Runs statements on a connection of their own that is closed afterwards; returns what `work` returns. */
export async function asAdmin<T>(url: string, work: (client: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
