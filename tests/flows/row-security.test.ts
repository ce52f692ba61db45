import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "#tests/support/database.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";
import { employerTables, fillEmployer } from "#tests/support/tenants.ts";

/** Read before a tenant is known (who signs in where, which address leads to whom): every query names the employer. */
const OPEN_BY_DESIGN = ["inbound_route", "invitation", "member"];

const database = await testDatabase();
const admin = postgres(database.adminUrl, { max: 2, onnotice: () => {} });
afterAll(() => admin.end());

let [ours, theirs]: TestMember[] = [];
let tables: string[] = [];

beforeAll(async () => {
  ours = await testMember();
  theirs = await testMember();
  await fillEmployer(admin, ours);
  await fillEmployer(admin, theirs);
  tables = (await employerTables(admin)).filter((table) => !OPEN_BY_DESIGN.includes(table));
});

const app = "patchbay_app";

/**
 * What the app's own login sees of a table while it works for one employer: its own row, and nothing else. Answers with
 * what is wrong, in words; empty when the table is tight.
 */
async function leaks(tx: postgres.TransactionSql, table: string): Promise<string[]> {
  await tx.unsafe(`set local role ${app}`);
  await tx`select set_config('app.employer_id', ${ours?.employerId ?? ""}, true)`;
  const rows = await tx.unsafe<{ owner: string }[]>(`select employer_id as owner from "${table}"`);
  await tx`select set_config('app.employer_id', '', true)`;
  const unbound = await tx.unsafe(`select 1 from "${table}"`);
  await tx.unsafe("reset role");
  const found: string[] = [];
  if (rows.some(({ owner }) => owner !== ours?.employerId)) found.push("shows another employer's rows");
  if (!rows.some(({ owner }) => owner === ours?.employerId)) found.push("hides the employer's own rows");
  if (unbound.length > 0) found.push("shows rows without an employer");
  return found;
}

/** Runs `work` after `change`, and takes everything back. */
async function tried<T>(change: string, work: (tx: postgres.TransactionSql) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  await admin
    .begin(async (tx) => {
      if (change !== "") await tx.unsafe(change);
      result = { value: await work(tx) };
      throw new Error("taken back");
    })
    .catch((error: unknown) => {
      if (!result) throw error;
    });
  if (!result) throw new Error("Nothing was tried.");
  return result.value;
}

describe("row-level security", () => {
  it("shows an employer its own row of every table, and nobody else's", async () => {
    expect(tables.length).toBeGreaterThan(40);
    for (const table of tables) expect([table, await tried("", (tx) => leaks(tx, table))]).toEqual([table, []]);
  });

  it("is on, and forced on the owner, for every table with an employer, but for those that are open by design", async () => {
    const rows = await admin<{ name: string }[]>`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'employer_id'
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and not (c.relrowsecurity and c.relforcerowsecurity) order by 1`;
    expect(rows.map(({ name }) => name)).toEqual(OPEN_BY_DESIGN);
  });

  it("cannot be gone round by naming a partition", async () => {
    const partitions = await admin<{ name: string }[]>`
      select relname as name from pg_class where relispartition and relkind = 'r' and relnamespace = 'public'::regnamespace`;
    expect(partitions.length).toBeGreaterThan(0);
    for (const { name } of partitions) {
      const seen = await tried("", async (tx) => {
        await tx.unsafe(`set local role ${app}`);
        await tx`select set_config('app.employer_id', ${ours?.employerId ?? ""}, true)`;
        return tx
          .savepoint((inner) => inner.unsafe(`select 1 from "${name}"`))
          .then(
            (rows) => rows.length,
            () => 0,
          );
      });
      expect([name, seen]).toEqual([name, 0]);
    }
  });

  it("would be missed: without any one policy, or with one that lets all rows pass, this test fails", async () => {
    const policies = await admin<{ name: string; table: string }[]>`
      select policyname as name, tablename as table from pg_policies where schemaname = 'public'`;
    const guarded = policies.filter(({ table }) => tables.includes(table));
    expect(new Set(guarded.map(({ table }) => table)).size).toBe(tables.length);
    for (const { name, table } of guarded) {
      const gone = await tried(`drop policy "${name}" on "${table}"`, (tx) => leaks(tx, table));
      const loose = await tried(`alter policy "${name}" on "${table}" using (true)`, (tx) => leaks(tx, table));
      const off = await tried(`alter table "${table}" disable row level security`, (tx) => leaks(tx, table));
      expect([table, gone.length > 0, loose.length > 0, off.length > 0]).toEqual([table, true, true, true]);
    }
  });
});
