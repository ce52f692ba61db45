import { setTimeout as sleep } from "node:timers/promises";
import { runMigrations } from "graphile-worker";
import postgres from "postgres";
import { newId } from "#app/platform/crypto.server.ts";
import { env } from "#app/platform/env.server.ts";
import { workerLogger } from "#db/worker-logger.server.ts";
import { type Bench, clock, cpuSeconds, inTurn, keeping, median, type Row, ratioOf, round } from "../bench.ts";
import { type Child, startHelper } from "../children.ts";
import {
  employerWithEndpoints,
  oneKilobyte,
  type Receiver,
  startReceiver,
  startWorkerProcess,
  until,
  wake,
  writeDeliveries,
} from "../outbound.ts";
import { startWorld, type World } from "../world.ts";

const TARGET = 0.6;
const LIMIT_MS = 120_000;
/** What an employer may have. */
const ENDPOINTS_EACH = 100;
const LEAD_MS = 3_000;
const LEAD_EACH_MS = 1;

interface Side {
  perSecond: number;
  workerCpu: number;
  postgresCpu: number;
  /** Transactions that committed in this side's database, per delivery. */
  transactions: number;
  missing: number;
}

/**
 * Signed deliveries of 1 KB with every attempt stored, by the real worker process, against graphile-worker and undici
 * alone doing the same POSTs: each side gets its jobs in one transaction and the clock runs from its commit until the
 * last job is done and written down. The receiver counts what came.
 */
export const deliveriesThroughput: Bench = ({ long }) =>
  keeping(async (keep) => {
    const count = long ? 30_000 : 2_000;
    const pairs = long ? 5 : 3;
    const world = await keep(startWorld());
    const receiver = await keep(startReceiver());
    const rows: Row[] = [];
    for (const endpoints of [1, 10, 1_000]) rows.push(await compare(world, receiver, { endpoints, count, pairs }));
    return rows;
  });

async function compare(
  world: World,
  receiver: Receiver,
  { endpoints, count, pairs }: { endpoints: number; count: number; pairs: number },
): Promise<Row> {
  const employers = await Promise.all(
    Array.from({ length: Math.ceil(endpoints / ENDPOINTS_EACH) }, (_, employer) =>
      employerWithEndpoints(
        receiver,
        Array.from({ length: Math.min(endpoints, ENDPOINTS_EACH) }, (_, index) => `/e${employer}-${index}`),
      ),
    ),
  );
  const concurrency = env().PATCHBAY_WORKER_DELIVERIES;
  const bareUrl = await world.bareDatabase(`bare_${endpoints}`);
  await runMigrations({ connectionString: bareUrl, logger: workerLogger() });
  const bare = postgres(bareUrl, { max: 1, onnotice: () => {} });

  const ours = () =>
    measure(world, receiver, {
      count,
      database: "patchbay",
      start: () => startWorkerProcess(world),
      prepare: async () => {
        // Due a little later, so that all of it is there before the first is taken.
        const at = new Date(Date.now() + LEAD_MS + count * LEAD_EACH_MS);
        for (const { employerId, endpointIds } of employers)
          await writeDeliveries(employerId, endpointIds, count / employers.length, at);
        return async () => {
          await sleep(at.getTime() - Date.now());
          for (const { employerId, endpointIds } of employers) await wake(employerId, endpointIds);
        };
      },
      isDone: async () => {
        const [row] = await world.admin`
          select exists (select from delivery where next_attempt_at is not null) as waits`;
        return !row?.waits;
      },
    });
  const baseline = () =>
    measure(world, receiver, {
      count,
      database: `bare_${endpoints}`,
      start: () => startHelper("bare-worker", { database: bareUrl, concurrency, secret: "whsec_bench" }),
      prepare: async () => {
        const jobs = Array.from({ length: count }, (_, index) => {
          const id = newId();
          const payload = { url: `${receiver.origin}/e${index % endpoints}`, id, body: oneKilobyte(id) };
          return { identifier: "post", payload };
        });
        return () => bare`select count(*) from graphile_worker.add_jobs(
          array(select json_populate_recordset(null::graphile_worker.job_spec, ${JSON.stringify(jobs)}::text::json)))`;
      },
      isDone: async () => {
        const [row] = await bare`select exists (select from graphile_worker._private_jobs) as queued`;
        return !row?.queued;
      },
    });
  try {
    const sides = await inTurn(pairs, ours, baseline);
    return describe(endpoints, count, sides);
  } finally {
    await bare.end();
  }
}

interface Measured {
  count: number;
  database: string;
  start(): Promise<Child>;
  /** Makes what is delivered; what comes back puts it on the queue. */
  prepare(): Promise<() => PromiseLike<unknown>>;
  isDone(): Promise<boolean>;
}

async function measure(world: World, receiver: Receiver, side: Measured): Promise<Side> {
  const enqueue = await side.prepare();
  await world.admin`checkpoint`;
  await receiver.forget();
  return keeping(async (keep) => {
    const worker = await keep(side.start());
    const before = { cpu: cpuSeconds([worker.pid]), postgres: world.postgresCpu() };
    const commits = await committed(world, side.database);
    await enqueue();
    const began = clock();
    await until("the receiver", async () => (await receiver.counts()).unique >= side.count, LIMIT_MS);
    await until("the last attempt to be written down", side.isDone, LIMIT_MS);
    const seconds = (clock() - began) / 1000;
    const workerCpu = cpuSeconds([worker.pid]) - before.cpu;
    const postgresCpu = world.postgresCpu() - before.postgres;
    await worker.stop();
    return {
      perSecond: side.count / seconds,
      ...{ workerCpu, postgresCpu },
      transactions: ((await committed(world, side.database)) - commits) / side.count,
      missing: side.count - (await receiver.counts()).unique,
    };
  });
}

async function committed(world: World, database: string): Promise<number> {
  const [row] = await world.admin`select xact_commit::int as n from pg_stat_database where datname = ${database}`;
  return Number(row?.n ?? 0);
}

function describe(endpoints: number, count: number, { ours, baseline }: { ours: Side[]; baseline: Side[] }): Row {
  const of = (sides: Side[], field: keyof Side) => median(sides.map((side) => side[field]));
  const rates = (sides: Side[]) => sides.map((side) => side.perSecond);
  const ratio = round(ratioOf(rates(ours), rates(baseline)));
  const missing = ours.reduce((sum, side) => sum + side.missing, 0);
  return {
    name: `deliveries-throughput ${endpoints} ${endpoints === 1 ? "endpoint" : "endpoints"}`,
    holds: ratio >= TARGET && missing === 0,
    ratio,
    ours: Math.round(of(ours, "perSecond")),
    baseline: Math.round(of(baseline, "perSecond")),
    unit: "deliveries/s",
    target: `≥ ${TARGET} ×, none missing`,
    figures: {
      deliveries: count,
      missing,
      ratios: ours.map((side, index) => round(side.perSecond / (baseline[index]?.perSecond ?? Number.NaN))).join(" "),
      "worker CPU s": `${round(of(ours, "workerCpu"))} / ${round(of(baseline, "workerCpu"))}`,
      "Postgres CPU s": `${round(of(ours, "postgresCpu"))} / ${round(of(baseline, "postgresCpu"))}`,
      "transactions each": `${round(of(ours, "transactions"))} / ${round(of(baseline, "transactions"))}`,
    },
  };
}
