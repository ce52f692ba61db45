import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { closeDatabase, sql } from "#db/client.server.ts";
import { migrateDatabase, readJournal } from "#db/migrate.server.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";

const folder = mkdtempSync(join(tmpdir(), "patchbay-migrations-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder as drizzle-kit leaves it: the journal and one SQL file per entry. */
const lay = (...entries: { tag: string; when: number; statements: string }[]) => {
  mkdirSync(join(folder, "meta"), { recursive: true });
  for (const { tag, statements } of entries) writeFileSync(join(folder, `${tag}.sql`), statements);
  const journal = entries.map(({ tag, when }, idx) => ({ idx, version: "7", when, tag, breakpoints: true }));
  writeFileSync(
    join(folder, "meta", "_journal.json"),
    JSON.stringify({ version: "7", dialect: "postgresql", entries: journal }),
  );
  return folder;
};

const parted = `
  create table parted (employer_id uuid not null, id uuid not null, primary key (employer_id, id)) partition by hash (employer_id);
  alter table parted enable row level security;
  create policy tenant on parted using (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));
  create table parted_0 partition of parted for values with (modulus 1, remainder 0);
  create function search_parted() returns bigint language sql security definer set search_path = public as 'select count(*) from parted';
  insert into parted select gen_random_uuid(), gen_random_uuid();`;

const database = await testDatabase({ empty: true });
beforeEach(async () => {
  await asAdmin(database.adminUrl, (admin) =>
    admin.unsafe(`drop schema if exists drizzle cascade; drop schema if exists graphile_worker cascade;
      drop schema public cascade; create schema public; grant usage on schema public to public;
      grant all on schema public to patchbay_owner, patchbay_search`),
  );
});

describe("migrating", () => {
  it("lets two starts at once through one after the other", async () => {
    const migrations = lay({ tag: "0000_a", when: 1, statements: "create table a (id int)" });
    const reports = await Promise.all([1, 2, 3].map(() => migrateDatabase({ ...database, folder: migrations })));
    expect(reports).toEqual([1, 2, 3].map(() => ({ applied: 1, notices: [] })));
  });

  it("records every file, and says which one would have been passed over", async () => {
    const [early, late] = [
      { tag: "0000_early", when: 1, statements: "create table early (id int)" },
      { tag: "0001_late", when: 3, statements: "create table late (id int)" },
    ];
    await migrateDatabase({ ...database, folder: lay(early, late) });
    const merged = { tag: "0001_merged_late", when: 2, statements: "create table merged (id int)" };
    await expect(migrateDatabase({ ...database, folder: lay(early, merged, late) })).rejects.toThrow(
      "passed over: 0001_merged_late",
    );
  });

  it("refuses a journal that does not ascend", () => {
    const [a, b] = [
      { tag: "0000_a", when: 2, statements: "" },
      { tag: "0001_b", when: 1, statements: "" },
    ];
    expect(() => readJournal(lay(a, b))).toThrow("0001_b is older");
  });

  it("binds the owner to the tenant policy, closes partitions and hands searches over", async () => {
    await migrateDatabase({ ...database, folder: lay({ tag: "0000_parted", when: 1, statements: parted }) });
    const [table] = await asAdmin(
      database.adminUrl,
      (admin) => admin`
      select relforcerowsecurity as forced from pg_class where relname = 'parted'`,
    );
    expect(table).toEqual({ forced: true });
    await expect(asAdmin(database.appUrl, (app) => app`select * from parted_0`)).rejects.toThrow("permission denied");
    expect(await asAdmin(database.appUrl, (app) => app`select * from parted`)).toHaveLength(0);
    expect(await asAdmin(database.appUrl, (app) => app`select search_parted()::int as found`)).toEqual([{ found: 1 }]);
  });

  it("lets the app login add jobs", async () => {
    await migrateDatabase({ ...database, folder: lay({ tag: "0000_a", when: 1, statements: "select 1" }) });
    await asAdmin(database.appUrl, (app) => app`select graphile_worker.add_job('anything')`);
    expect(await asAdmin(database.appUrl, (app) => app`select 1 from graphile_worker.jobs`)).toHaveLength(1);
  });

  it("works with one login for everything, and says what is missing when it bypasses row-level security", async () => {
    const migrations = lay({ tag: "0000_parted", when: 1, statements: parted });
    const single = { ownerUrl: database.ownerUrl, appUrl: database.ownerUrl, folder: migrations };
    expect((await migrateDatabase(single)).notices).toEqual([]);
    expect(await asAdmin(database.ownerUrl, (owner) => owner`select * from parted`)).toHaveLength(0);
    const superuser = { ownerUrl: database.adminUrl, appUrl: database.adminUrl, folder: migrations };
    expect((await migrateDatabase(superuser)).notices.join()).toContain("patchbay_admin bypasses row-level security");
  });
});

/** Read before the employer is known: who is a member of what, and whose address a webhook came to. */
const BEFORE_THE_EMPLOYER = ["inbound_route", "invitation", "member"];

it("leaves every tenant table of the release bound and every partition closed", async () => {
  await migrateDatabase(database);
  await closeDatabase();
  setEnvironment({ DATABASE_URL: database.appUrl });
  const open = await sql<{ name: string }[]>`
    select c.relname as name from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'employer_id' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not (c.relrowsecurity and c.relforcerowsecurity) order by 1`;
  expect(open.map((row) => row.name)).toEqual(BEFORE_THE_EMPLOYER);
  const readable = await sql<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relispartition
      and relkind in ('r', 'p') and has_table_privilege(oid, 'select, insert, update, delete')`;
  expect(readable.map((row) => row.name)).toEqual([]);
  const recorded = postgres(database.ownerUrl, { max: 1 });
  expect(await recorded`select 1 from drizzle.__drizzle_migrations`).toHaveLength(
    readJournal(inProject("db", "migrations")).length,
  );
  await recorded.end();
});
