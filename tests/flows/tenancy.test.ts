import { eq, sql as statement } from "drizzle-orm";
import { pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { beforeAll, describe, expect, it } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import {
  assertBoundByRowSecurity,
  closeDatabase,
  inOneTrip,
  sql,
  withEmployer,
  withSystem,
} from "#db/client.server.ts";
import { tenantPolicy } from "#db/rls.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";

const note = pgTable(
  "note",
  { employerId: uuid("employer_id").notNull(), id: uuid("id").notNull(), body: text("body").notNull() },
  (t) => [primaryKey({ columns: [t.employerId, t.id] }), ...tenantPolicy()],
);

const database = await testDatabase();
const [ours, theirs] = [newId(), newId()];

beforeAll(async () => {
  await asAdmin(database.ownerUrl, (owner) =>
    owner.unsafe(`
      create table note (employer_id uuid not null, id uuid not null, body text not null, primary key (employer_id, id));
      alter table note enable row level security;
      alter table note force row level security;
      create policy tenant on note using (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid))`),
  );
  for (const [employerId, body] of [
    [ours, "ours"],
    [theirs, "theirs"],
  ] as const) {
    await withEmployer(employerId, (tx) => tx.insert(note).values({ employerId, id: newId(), body }));
  }
});

const bodies = async (employerId: string) =>
  (await withEmployer(employerId, (tx) => tx.select().from(note))).map((row) => row.body);

describe("an employer's transaction", () => {
  it("sees its own rows and nobody else's", async () => {
    expect(await bodies(ours)).toEqual(["ours"]);
    expect(await bodies(theirs)).toEqual(["theirs"]);
    expect(await bodies(newId())).toEqual([]);
  });

  it("cannot write a row of another employer", async () => {
    const foreign = withEmployer(ours, (tx) => tx.insert(note).values({ employerId: theirs, id: newId(), body: "x" }));
    await expect(foreign).rejects.toMatchObject({ cause: { message: expect.stringContaining("row-level security") } });
  });

  it("changes no row of another employer", async () => {
    const changed = await withEmployer(ours, (tx) => tx.update(note).set({ body: "x" }).returning());
    expect(changed.map((row) => row.employerId)).toEqual([ours]);
    await withEmployer(ours, (tx) => tx.update(note).set({ body: "ours" }));
    expect(await bodies(theirs)).toEqual(["theirs"]);
  });

  it("leaves no setting behind after commit or rollback", async () => {
    setEnvironment({ DATABASE_POOL: "1" });
    await closeDatabase();
    await bodies(ours);
    await withEmployer(ours, () => Promise.reject(new Error("no"))).catch(() => undefined);
    expect(await withSystem((tx) => tx.select().from(note))).toEqual([]);
    setEnvironment({ DATABASE_POOL: undefined });
    await closeDatabase();
  });

  it("rolls back when the work throws", async () => {
    const failed = withEmployer(ours, async (tx) => {
      await tx.insert(note).values({ employerId: ours, id: newId(), body: "lost" });
      throw new Error("changed our mind");
    });
    await expect(failed).rejects.toThrow("changed our mind");
    expect(await bodies(ours)).toEqual(["ours"]);
  });

  it("keeps the employer through a savepoint that failed", async () => {
    const seen = await withEmployer(ours, async (tx) => {
      await tx.transaction(() => Promise.reject(new Error("inner"))).catch(() => undefined);
      return tx.select().from(note);
    });
    expect(seen).toHaveLength(1);
  });

  it.each(["", "1", `${newId()}' or true --`])("refuses the employer id %j", async (id) => {
    await expect(withEmployer(id, async () => 1)).rejects.toThrow("must be a uuid");
  });
});

describe("one statement in one trip", () => {
  it("sees and writes the employer's own rows, and leaves no setting behind", async () => {
    const id = newId();
    await inOneTrip(ours, statement`insert into note values (${ours}, ${id}, ${"by one trip"})`);
    expect(await inOneTrip(ours, statement`select body from note where id = ${id}`)).toMatchObject([
      { body: "by one trip" },
    ]);
    expect(await inOneTrip(theirs, statement`select body from note where id = ${id}`)).toEqual([]);
    const left = await Promise.all(
      Array.from({ length: 10 }, () => withSystem((tx) => tx.execute(statement`select count(*)::int as n from note`))),
    );
    expect(left.map(([row]) => row?.n)).toEqual(Array(10).fill(0));
    await inOneTrip(ours, statement`delete from note where id = ${id}`);
  });

  it("writes nothing when it fails, throws why, and gives its connection back", async () => {
    const id = newId();
    for (let turn = 0; turn < 15; turn += 1) {
      const both = statement`with one as (insert into note values (${ours}, ${id}, ${"half"}) returning 1)
        insert into note select ${theirs}::uuid, ${newId()}::uuid, ${"another's"} from one`;
      await expect(inOneTrip(ours, both)).rejects.toThrow(/row-level security/);
    }
    expect(await inOneTrip(ours, statement`select body from note where id = ${id}`)).toEqual([]);
  });
});

describe("without an employer", () => {
  it("drizzle, raw client and the tables' owner see nothing", async () => {
    expect(await withSystem((tx) => tx.select().from(note))).toEqual([]);
    expect(await sql`select * from note`).toHaveLength(0);
    expect(await asAdmin(database.ownerUrl, (owner) => owner`select * from note`)).toHaveLength(0);
    expect(await asAdmin(database.adminUrl, (admin) => admin`select * from note`)).toHaveLength(2);
  });
});

it("prepares drizzle's queries, inside transactions and savepoints too", async () => {
  const names = await withEmployer(ours, async (tx) => {
    await tx.select({ body: note.body }).from(note).where(eq(note.id, ours));
    await tx.transaction((inner) => inner.select({ id: note.id }).from(note).where(eq(note.id, ours)));
    return tx.execute<{ statement: string }>(statement`select statement from pg_prepared_statements`);
  });
  const statements = names.map((row) => row.statement);
  expect(statements).toContain('select "body" from "note" where "note"."id" = $1');
  expect(statements).toContain('select "id" from "note" where "note"."id" = $1');
  expect(statements.join()).not.toContain("set_config");
});

it("does not prepare long statements, which differ with every number of rows", async () => {
  const many = Array.from({ length: 400 }, () => ({ employerId: ours, id: newId(), body: "bulk" }));
  const statements = await withEmployer(ours, async (tx) => {
    await tx.insert(note).values(many);
    await tx.delete(note).where(statement`body = 'bulk'`);
    return tx.execute<{ statement: string }>(statement`select statement from pg_prepared_statements`);
  });
  expect(statements.map((row) => row.statement).join()).not.toContain("$400");
});

it("refuses to start with a login that row-level security does not bind", async () => {
  await assertBoundByRowSecurity();
  await closeDatabase();
  setEnvironment({ DATABASE_URL: database.adminUrl });
  await expect(assertBoundByRowSecurity()).rejects.toThrow("patchbay_admin is a superuser");
  await closeDatabase();
  setEnvironment({ DATABASE_URL: database.appUrl });
});
