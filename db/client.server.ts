import type { ExtractTablesWithRelations, SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { drizzle, PostgresJsSession, type PostgresJsTransaction } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { env } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import { isLostConnection } from "./lost-connection.server.ts";
import { preparing } from "./prepared.server.ts";
import { EMPLOYER_SETTING } from "./rls.ts";
import { type SingleConnections, singleConnections } from "./single-connections.server.ts";

type Schema = Record<string, never>;
/** A drizzle transaction. `EmployerTx` has one employer's rows in view, `SystemTx` none of any tenant table. */
export type EmployerTx = PostgresJsTransaction<Schema, ExtractTablesWithRelations<Schema>>;
export type SystemTx = EmployerTx;

interface Clients {
  /** Taken over by drizzle, which changes its parsers: never used for raw queries. */
  forDrizzle: postgres.Sql;
  raw: postgres.Sql;
  /** For statements that are sent with their begin and commit. */
  single: SingleConnections;
}

/** Connections of one process for `inOneTrip`: requests of one employer that come together share one trip. */
const SINGLE = 4;

let clients: Clients | undefined;

/** Opens the pools on first use, from DATABASE_URL as it stands then. No connection is made before the first query. */
function pools(): Clients {
  clients ??= openPools(env().DATABASE_URL);
  return clients;
}

function openPools(url: string | undefined): Clients {
  if (url === undefined) throw new Error("Set DATABASE_URL. Without one, npm start brings its own Postgres.");
  const { DATABASE_POOL, DATABASE_PREPARE } = env();
  const options = {
    max: DATABASE_POOL,
    // Queries go round all open connections, so those of a burst would stay for good if a minute were allowed.
    idle_timeout: 5,
    connect_timeout: 10,
    prepare: DATABASE_PREPARE === "on",
    connection: { application_name: "patchbay", idle_in_transaction_session_timeout: 60_000 },
    onnotice: (notice: postgres.Notice) => log().debug({ notice: notice.message }, "postgres notice"),
  };
  const single = singleConnections(() => {
    const client = postgres(url, { ...options, max: 1, fetch_types: false });
    // JSON comes as text, as drizzle's client takes it: made into JSON again it would be one string.
    for (const json of [114, 3802]) client.options.serializers[json] = (text: string) => text;
    return client;
  }, SINGLE);
  return { forDrizzle: postgres(url, options), raw: postgres(url, options), single };
}

const dialect = new PgDialect();
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Runs `work` in one transaction that sees and writes the rows of this employer only. The id is checked to be a uuid
 * and set for the transaction alone. Rolls back when `work` throws. No HTTP may happen inside; one transaction per
 * request or page, not per query.
 */
export async function withEmployer<T>(employerId: string, work: (tx: EmployerTx) => Promise<T>): Promise<T> {
  if (!UUID.test(employerId)) throw new Error("An employer id must be a uuid.");
  return transaction(work, `select set_config('${EMPLOYER_SETTING}', '${employerId}', true)`);
}

/** Runs `work` in one transaction without an employer: for tables that no tenant owns. Tenant tables look empty. */
export async function withSystem<T>(work: (tx: SystemTx) => Promise<T>): Promise<T> {
  return transaction(work);
}

/**
 * Runs one statement in a transaction of its own under this employer, everything sent at once: one wait for Postgres
 * where `withEmployer` has three. Bound by the same row-level security; when the statement fails nothing is written and
 * its error is thrown. Rows come as the raw client gives them; columns of arrays stay text.
 */
export async function inOneTrip(employerId: string, statement: SQL): Promise<readonly Record<string, unknown>[]> {
  if (!UUID.test(employerId)) throw new Error("An employer id must be a uuid.");
  const query = dialect.sqlToQuery(statement);
  return pools().single.use(async (connection) => {
    const client = preparing(connection, { prepare: env().DATABASE_PREPARE === "on" });
    const sent = [
      connection.unsafe("begin"),
      connection.unsafe(`select set_config('${EMPLOYER_SETTING}', '${employerId}', true)`),
      client.unsafe(query.sql, query.params.map(asParameter)),
      connection.unsafe("commit"),
    ];
    // What still waits for its turn on a connection that ends may never be answered: the first word of the end is the last.
    const lost = new Promise<never>((_resolve, reject) => {
      for (const one of sent) one.catch((error: unknown) => isLostConnection(error) && reject(error));
    });
    const answers = await Promise.race([Promise.allSettled(sent.map((one) => one.execute())), lost]);
    for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
    const rows = answers[2];
    return rows?.status === "fulfilled" ? rows.value : [];
  }, isLostConnection);
}

const asParameter = (value: unknown): string | number | boolean | null => {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  throw new Error("A statement of one trip takes texts, numbers and truth values.");
};

async function transaction<T>(work: (tx: EmployerTx) => Promise<T>, first?: string): Promise<T> {
  const { forDrizzle } = ready();
  const prepare = env().DATABASE_PREPARE === "on";
  const client = preparing(forDrizzle, { prepare, ...(first === undefined ? {} : { first }) });
  return new PostgresJsSession<postgres.Sql, Schema, ExtractTablesWithRelations<Schema>>(
    client,
    dialect,
    undefined,
  ).transaction(work);
}

let drizzleOf: { client: postgres.Sql; database: ReturnType<typeof openDrizzle> } | undefined;

const openDrizzle = (client: postgres.Sql) => drizzle(preparing(client, { prepare: env().DATABASE_PREPARE === "on" }));

/** The pools with drizzle's changes to its client applied. */
function ready(): Clients {
  const current = pools();
  if (drizzleOf?.client !== current.forDrizzle) {
    drizzleOf = { client: current.forDrizzle, database: openDrizzle(current.forDrizzle) };
  }
  return current;
}

/** The plain drizzle database for libraries that want one (better-auth). Use `withEmployer` or `withSystem` elsewhere. */
export function systemDatabase(): ReturnType<typeof openDrizzle> {
  const { forDrizzle } = ready();
  return drizzleOf?.database ?? openDrizzle(forDrizzle);
}

/**
 * The raw postgres.js client for single statements of no employer. It is bound by row-level security like everything else;
 * its own `begin` does not outlive a lost connection, so transactions are `withEmployer` and `withSystem`.
 */
export const sql: postgres.Sql = new Proxy(postgres({ max: 1 }), {
  apply: (_target, _self, args) => Reflect.apply(pools().raw, undefined, args),
  get: (_target, name) => Reflect.get(pools().raw, name),
});

/**
 * Refuses a login that row-level security does not bind. Called once at the start of web and worker.
 */
export async function assertBoundByRowSecurity(): Promise<void> {
  const [role] = await sql<{ name: string; free: boolean }[]>`
    select rolname as name, rolsuper or rolbypassrls as free from pg_roles where rolname = current_user`;
  if (!role || role.free) {
    throw new Error(
      `The login ${role?.name ?? "of DATABASE_URL"} is a superuser or bypasses row-level security, so employers would ` +
        "see each other's rows. Use a login made with NOSUPERUSER NOBYPASSRLS.",
    );
  }
}

export interface Listener {
  onMessage(payload: string): void;
  /** After a lost connection came back: messages in between were missed, so what was shown may be stale. */
  onReconnect?(): void;
}

/** Listens to a channel on a connection of its own until `stop` is called. */
export async function listen(channel: string, listener: Listener): Promise<{ stop(): Promise<void> }> {
  let first = true;
  const { unlisten } = await sql.listen(channel, listener.onMessage, () => {
    if (!first) listener.onReconnect?.();
    first = false;
  });
  return { stop: unlisten };
}

/** Closes the pools: last of all, after the web server or the workers stopped. They open again on next use. */
export async function closeDatabase(): Promise<void> {
  const open = clients;
  clients = undefined;
  drizzleOf = undefined;
  await Promise.all([open?.forDrizzle.end({ timeout: 5 }), open?.raw.end({ timeout: 5 }), open?.single.end()]);
}
