import postgres from "postgres";

/** Owns the schema and migrates. */
export const OWNER_ROLE = "patchbay_owner";
/** The login of web and worker: neither superuser nor free of row-level security. */
export const APP_ROLE = "patchbay_app";
/** Nobody logs in as this. It owns the search functions, which filter by employer themselves (docs/decisions/002). */
export const SEARCH_ROLE = "patchbay_search";

const ROLE_LOCK = 7_214_001;

/**
 * Makes the three roles and the database in a cluster of our own, where the admin login is at hand. Runs at every
 * start: what exists is kept, the passwords are set to those of the state folder.
 */
export async function ensureDatabase(
  adminUrl: string,
  database: string,
  passwords: { owner: string; app: string },
): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} });
  try {
    await admin`select pg_advisory_lock(${ROLE_LOCK})`;
    await ensureRole(admin, OWNER_ROLE, `login nosuperuser nobypassrls password '${plain(passwords.owner)}'`);
    await ensureRole(admin, APP_ROLE, `login nosuperuser nobypassrls noinherit password '${plain(passwords.app)}'`);
    await ensureRole(admin, SEARCH_ROLE, "nologin nosuperuser bypassrls");
    await admin.unsafe(`grant ${SEARCH_ROLE} to ${OWNER_ROLE} with inherit false, set true`);
    await createDatabase(admin, database);
    // Still under the lock: two grants on one schema at once collide.
    await openSchemaToRoles(inDatabase(adminUrl, database));
  } finally {
    await admin.end();
  }
}

/** Makes an empty database owned by the owner role; keeps one that exists. */
async function createDatabase(admin: postgres.Sql, name: string): Promise<void> {
  const [existing] = await admin`select 1 from pg_database where datname = ${name}`;
  if (!existing) await admin.unsafe(`create database ${name} owner ${OWNER_ROLE}`);
}

/** The rights inside one database that a template hands on to its copies. */
async function openSchemaToRoles(databaseUrl: string): Promise<void> {
  const admin = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    await admin.unsafe(`grant create, usage on schema public to ${OWNER_ROLE}`);
    await admin.unsafe(`grant create, usage on schema public to ${SEARCH_ROLE}`);
    for (const extension of ["pg_trgm", "btree_gin"]) await admin.unsafe(`create extension if not exists ${extension}`);
  } finally {
    await admin.end();
  }
}

async function ensureRole(admin: postgres.Sql, name: string, attributes: string): Promise<void> {
  const [existing] = await admin`select 1 from pg_roles where rolname = ${name}`;
  await admin.unsafe(`${existing ? "alter" : "create"} role ${name} ${attributes}`);
}

/** Role attributes take no parameters, so a password may only hold letters that need no quoting. */
function plain(password: string): string {
  if (!/^[\w-]+$/.test(password)) throw new Error("A generated password may hold letters, digits, - and _ only.");
  return password;
}

/** The same login in another database of the same server. */
export function inDatabase(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.href;
}
