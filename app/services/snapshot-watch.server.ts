import { sql } from "#db/client.server.ts";

/** A snapshot held this long, while others write, is told: nothing that died since can be cleaned away. */
const ALERT_AFTER_MS = 20_000;
/** Fewer transactions than this since it was taken leave nothing worth cleaning. */
const ALERT_AFTER_TRANSACTIONS = 100;

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

export interface SnapshotWatch {
  look(): Promise<HeldSnapshot | null>;
}

/**
 * Watches the oldest snapshot that a session of this database holds. Its age is taken from our own looks, because
 * Postgres shows a login neither when another login's transaction began nor what it does.
 */
export function createSnapshotWatch(clock: () => number = Date.now): SnapshotWatch {
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
