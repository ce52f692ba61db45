import { setTimeout as sleep } from "node:timers/promises";
import { clock, cpuSeconds, keeping, median, peakMemoryOf, round } from "./bench.ts";
import type { Child } from "./children.ts";
import { type Receiver, type Sender, startWorkerProcess, until, wake, writeDeliveries } from "./outbound.ts";
import type { World } from "./world.ts";

const LIMIT_MS = 120_000;
/** For writing the deliveries and starting the process, before the first is due. */
const LEAD_MS = 6_000;
const LEAD_EACH_MS = 1;

/** One run of a process that posts: what it did a second, and what each delivery cost. */
export interface Side {
  perSecond: number;
  workerCpuMs: number;
  postgresCpuMs: number;
  /** The most resident memory of the process that posts. */
  workerPeakMb: number;
  walBytes: number;
  /** Transactions that committed in this side's database. */
  transactions: number;
  /** Statements in this side's database; 0 unless the world counts them. */
  statements: number;
  /** Deliveries that the receiver never saw. */
  missing: number;
  /** Deliveries without an attempt that is written down, where attempts are. */
  notStored: number;
  /** Requests that the receiver had not answered, at most. */
  mostOpen: number;
}

export interface Measured {
  count: number;
  /** The database that the process works in; none for one without Postgres. */
  database?: string;
  start(): Promise<Child>;
  /** Makes what is delivered; what comes back hands it to the process and answers when that was. */
  prepare(): Promise<(worker: Child) => Promise<number>>;
  /** Whether the process has nothing left to do. */
  isDone(worker: Child): Promise<boolean>;
  /** Attempts that are written down, where they are. */
  attempts?(): Promise<number>;
}

/** Runs one side: the clock goes from the moment its work is there until the last delivery is done and written down. */
export async function runSide(world: World, receiver: Receiver, side: Measured): Promise<Side> {
  const handOver = await side.prepare();
  await world.admin`checkpoint`;
  await receiver.forget();
  const stored = (await side.attempts?.()) ?? 0;
  return keeping(async (keep) => {
    const worker = await keep(side.start());
    const before = await costs(world, worker, side.database);
    const began = await handOver(worker);
    const arrived = async () => (await receiver.counts()).unique >= side.count;
    // What does not arrive is counted as missing.
    await until("the receiver", arrived, LIMIT_MS).catch(() => {});
    await until("the last attempt to be written down", () => side.isDone(worker), LIMIT_MS);
    const seconds = (clock() - began) / 1000;
    const after = await costs(world, worker, side.database);
    const workerPeakMb = peakMemoryOf(worker.pid);
    await worker.stop();
    // Sessions tell their counters when they end.
    const told = await counters(world, side.database);
    const { unique, mostOpen } = await receiver.counts();
    const each = (total: number) => total / side.count;
    return {
      perSecond: side.count / seconds,
      workerCpuMs: each(after.workerCpu - before.workerCpu) * 1000,
      postgresCpuMs: each(after.postgresCpu - before.postgresCpu) * 1000,
      workerPeakMb,
      walBytes: each(after.wal - before.wal),
      transactions: each(told.transactions - before.transactions),
      statements: each(told.statements - before.statements),
      missing: side.count - unique,
      notStored: side.attempts ? side.count - ((await side.attempts()) - stored) : 0,
      mostOpen,
    };
  });
}

async function costs(world: World, worker: Child, database: string | undefined) {
  const [row] = await world.admin<{ wal: number }[]>`
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as wal`;
  return {
    workerCpu: cpuSeconds([worker.pid]),
    postgresCpu: world.postgresCpu(),
    wal: row?.wal ?? 0,
    ...(await counters(world, database)),
  };
}

/** Transactions of a database, and the statements that its logins sent: those of the superuser, who counts, are left out. */
async function counters(world: World, database: string | undefined) {
  if (database === undefined) return { transactions: 0, statements: 0 };
  const [row] = await world.admin<{ transactions: number; statements: number }[]>`
    select xact_commit::float8 as transactions, (
      select coalesce(sum(s.calls), 0)::float8 from pg_stat_statements s
      where s.dbid = d.datid and s.userid <> current_user::regrole) as statements
    from pg_stat_database d where datname = ${database}`;
  return row ?? { transactions: 0, statements: 0 };
}

/** The worker process with so many deliveries of these employers, and what it is set to. */
export const workerSide = (
  world: World,
  senders: readonly Sender[],
  { count, variables = {} }: { count: number; variables?: Record<string, string> },
): Measured => ({
  count,
  database: "patchbay",
  start: () => startWorkerProcess(world, variables),
  prepare: async () => {
    // Due a little later, so that all of it is there before the first is taken.
    const at = new Date(Date.now() + LEAD_MS + count * LEAD_EACH_MS);
    for (const { employerId, endpointIds } of senders)
      await writeDeliveries(employerId, endpointIds, count / senders.length, at);
    return async () => {
      const wait = at.getTime() - Date.now();
      if (wait < 0) throw new Error("The machine was too busy: deliveries were due before the clock ran.");
      await sleep(wait);
      const began = clock();
      await Promise.all(senders.map(({ employerId, endpointIds }) => wake(employerId, endpointIds, at)));
      return began;
    };
  },
  isDone: async () => {
    const [row] = await world.admin`
      select exists (select from delivery where next_attempt_at is not null) as waits`;
    return !row?.waits;
  },
  attempts: async () =>
    (await world.admin<{ count: number }[]>`select count(*)::int as count from attempt`)[0]?.count ?? 0,
});

/** The median of one figure over runs. */
export const medianOf = (sides: readonly Side[], figure: keyof Side): number =>
  median(sides.map((side) => side[figure]));

/**
 * What a delivery costs and how much memory that takes, each figure for all sides in one cell, ours first. A side without
 * a database has no figures of Postgres. Statements come from runs of their own.
 */
export function costsEach({ timed, counted }: { timed: Side[][]; counted: Side[][] }): Record<string, string> {
  const cell = (figure: keyof Side, sides: Side[][]) => sides.map((side) => round(medianOf(side, figure))).join(" / ");
  const stored = timed.slice(0, counted.length);
  return {
    "worker CPU ms each": cell("workerCpuMs", timed),
    "worker peak MB": cell("workerPeakMb", timed),
    "Postgres CPU ms each": cell("postgresCpuMs", stored),
    "WAL bytes each": cell("walBytes", stored),
    "statements each": cell("statements", counted),
    "transactions each": cell("transactions", stored),
  };
}

/** Over all runs. */
export const sumOf = (sides: readonly Side[], figure: keyof Side): number =>
  sides.reduce((sum, side) => sum + side[figure], 0);
