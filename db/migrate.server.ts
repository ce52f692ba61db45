import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as applyMigrations } from "drizzle-orm/postgres-js/migrator";
import { runMigrations } from "graphile-worker";
import postgres from "postgres";
import { z } from "zod";
import { inProject } from "#app/platform/paths.server.ts";
import { bindTenantTables, grantTables, grantWorker } from "./grants.server.ts";
import { SEARCH_ROLE } from "./roles.server.ts";
import { workerLogger } from "./worker-logger.server.ts";

const MIGRATION_LOCK = 7_214_002;

export interface MigrateOptions {
  /** Login that owns the tables. */
  ownerUrl: string;
  /** Login of web and worker; may be the same. */
  appUrl: string;
  /** Folder made by drizzle-kit; tests pass their own. */
  folder?: string;
}

export interface MigrateReport {
  /** Migrations recorded in the database after this run. */
  applied: number;
  /** Plain sentences about what this database cannot do, for the console. */
  notices: string[];
}

/**
 * Brings the database to the schema of this release: our migrations, graphile-worker's, then the rights of the app
 * login. Several processes may call it at once: an advisory lock lets one through and the others find nothing to do.
 *
 * Migrations can read two settings: `patchbay.app_role` is the login to grant to, `patchbay.search_role` the role that
 * owns search functions, or '' where there is none (then searches scan the tenant).
 */
export async function migrateDatabase(options: MigrateOptions): Promise<MigrateReport> {
  const folder = options.folder ?? inProject("db", "migrations");
  const journal = readJournal(folder);
  const client = postgres(options.ownerUrl, { max: 1, onnotice: () => {} });
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    const roles = await describeRoles(client, options);
    await client`select set_config('patchbay.app_role', ${roles.app}, false),
      set_config('patchbay.search_role', ${roles.search ?? ""}, false)`;
    if (roles.app !== roles.owner) await grantTables(client, roles.app);
    if (journal.length > 0) await applyMigrations(drizzle(client), { migrationsFolder: folder });
    await assertAllRecorded(client, journal);
    await bindTenantTables(client);
    await runMigrations({ connectionString: options.ownerUrl, logger: workerLogger() });
    if (roles.app !== roles.owner) await grantWorker(client, roles.app);
    return { applied: journal.length, notices: roles.notices };
  } finally {
    await client.end();
  }
}

async function describeRoles(client: postgres.Sql, { ownerUrl, appUrl }: MigrateOptions) {
  const owner = await whoIs(ownerUrl);
  const app = appUrl === ownerUrl ? owner : await whoIs(appUrl);
  const notices: string[] = [];
  if (app.free) {
    notices.push(
      `The login ${app.name} bypasses row-level security, so web and worker will refuse to start with it. ` +
        "Give DATABASE_URL a login made with NOSUPERUSER NOBYPASSRLS and keep this one as DATABASE_OWNER_URL.",
    );
  }
  const [search] = await client`
    select 1 from pg_roles where rolname = ${SEARCH_ROLE} and rolbypassrls and pg_has_role(current_user, oid, 'member')`;
  if (!search) {
    notices.push(`There is no role ${SEARCH_ROLE} on this server: searches read all rows of an employer.`);
  }
  return { owner: owner.name, app: app.name, search: search ? SEARCH_ROLE : undefined, notices };
}

/** Asks the server and not the URL, because poolers rename logins. */
async function whoIs(url: string): Promise<{ name: string; free: boolean }> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [role] = await client<{ name: string; free: boolean }[]>`
      select rolname as name, rolsuper or rolbypassrls as free from pg_roles where rolname = current_user`;
    if (!role) throw new Error("The database does not say who is logged in.");
    return role;
  } finally {
    await client.end();
  }
}

const journalSchema = z.object({ entries: z.array(z.object({ when: z.number().int(), tag: z.string() })) });

/** The entries of drizzle-kit's journal, in order; none when nothing was generated yet. Throws when they do not ascend. */
export function readJournal(folder: string): { when: number; tag: string }[] {
  const file = join(folder, "meta", "_journal.json");
  if (!existsSync(file)) return [];
  const { entries } = journalSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  entries.reduce((previous, entry) => {
    if (entry.when <= previous) {
      throw new Error(`The migration ${entry.tag} is older than the one before it and would be skipped silently.`);
    }
    return entry.when;
  }, 0);
  return entries;
}

/** The migrator compares only the newest time stamp, so a migration merged late is passed over without a word. */
async function assertAllRecorded(client: postgres.Sql, journal: { when: number; tag: string }[]): Promise<void> {
  if (journal.length === 0) return;
  const rows = await client<{ when: string }[]>`select created_at::text as when from drizzle.__drizzle_migrations`;
  const recorded = new Set(rows.map((row) => Number(row.when)));
  const missing = journal.filter((entry) => !recorded.has(entry.when)).map((entry) => entry.tag);
  if (missing.length > 0) throw new Error(`These migrations were passed over: ${missing.join(", ")}.`);
}
