import { log } from "#app/platform/log.server.ts";
import { sql } from "#db/client.server.ts";

/** A snapshot held this long, while others write, is told: nothing that died since can be cleaned away. */
const ALERT_AFTER_MS = 20_000;
/** Fewer transactions than this since it was taken leave nothing worth cleaning. */
const ALERT_AFTER_TRANSACTIONS = 100;
const LOOK_MS = 5_000;

export interface HeldSnapshot {
  /** Process id of the session in Postgres. */
  pid: number;
  login: string;
  /** For how long we have seen it. */
  seconds: number;
  /** Transactions that began since. */
  transactions: number;
  alert: boolean;
}

/**
 * Watches the oldest snapshot that a session of this database holds. Its age is taken from our own looks, because
 * Postgres shows a login neither when another login's transaction began nor what it does.
 */
export function createSnapshotWatch(clock: () => number = Date.now): { look(): Promise<HeldSnapshot | null> } {
  const seenSince = new Map<string, number>();
  return {
    async look() {
      const rows = await sql<{ pid: number; login: string; xmin: string; transactions: number }[]>`
        select a.pid, r.rolname as login, a.backend_xmin::text as xmin, age(a.backend_xmin) as transactions
        from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
        where a.datname = current_database() and a.backend_xmin is not null and a.pid <> pg_backend_pid()
        order by age(a.backend_xmin) desc`;
      const now = clock();
      const held = rows.map((row) => ({ ...row, since: seenSince.get(`${row.pid} ${row.xmin}`) ?? now }));
      seenSince.clear();
      for (const { pid, xmin, since } of held) seenSince.set(`${pid} ${xmin}`, since);
      const [oldest] = held.sort((a, b) => a.since - b.since || b.transactions - a.transactions);
      if (!oldest) return null;
      const { pid, login, transactions } = oldest;
      const alert = now - oldest.since >= ALERT_AFTER_MS && transactions >= ALERT_AFTER_TRANSACTIONS;
      return { pid, login, transactions, seconds: (now - oldest.since) / 1000, alert };
    },
  };
}

/** Looks every five seconds and says once in the log, as an error, when somebody holds a snapshot for too long. */
export function startSnapshotWatch(): { stop(): void } {
  const watch = createSnapshotWatch();
  let told: number | undefined;
  const look = async () => {
    const held = await watch.look();
    if (!held?.alert) told = undefined;
    else if (told !== held.pid) {
      told = held.pid;
      const { pid, login, seconds, transactions } = held;
      log().error({ pid, login, seconds, transactions }, "A transaction is held open and keeps dead rows. End it.");
    }
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => log().warn({ err: error }, "The oldest snapshot could not be looked for."));
  }, LOOK_MS);
  return { stop: () => clearInterval(timer) };
}
