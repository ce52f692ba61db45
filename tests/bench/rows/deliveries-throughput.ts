import { runMigrations } from "graphile-worker";
import postgres from "postgres";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { env } from "#app/platform/env.server.ts";
import { inDatabase } from "#db/roles.server.ts";
import { workerLogger } from "#db/worker-logger.server.ts";
import { type Bench, clock, inTurn, keeping, type Row, ratioOf, round } from "../bench.ts";
import { oneKilobyte } from "../body.ts";
import { startHelper } from "../children.ts";
import { employerWithEndpoints, type Receiver, startReceiver } from "../outbound.ts";
import { costsEach, type Measured, medianOf, runSide, type Side, sumOf, workerSide } from "../side.ts";
import { startWorld, type World } from "../world.ts";

const TARGET = 0.6;
/** What an employer may have. */
const ENDPOINTS_EACH = 100;

interface Size {
  endpoints: number;
  count: number;
  pairs: number;
}

/**
 * Signed deliveries of 1 KB with every attempt stored, by the real worker process, against graphile-worker and undici
 * alone doing the same POSTs, and against a loop over undici that has neither queue nor Postgres: each side has its work
 * ready and the clock runs from then until the last is done and written down. The receiver counts what came. Statements are
 * counted in a run of their own, because counting them costs time.
 */
export const deliveriesThroughput: Bench = ({ long }) =>
  keeping(async (keep) => {
    const count = long ? 30_000 : 10_000;
    const pairs = long ? 5 : 3;
    const world = await keep(startWorld({ statements: true }));
    const receiver = await keep(startReceiver());
    const rows: Row[] = [];
    for (const endpoints of [1, 10, 1_000]) rows.push(await compare(world, receiver, { endpoints, count, pairs }));
    return rows;
  });

async function compare(world: World, receiver: Receiver, size: Size): Promise<Row> {
  const { endpoints, count, pairs } = size;
  const senders = await Promise.all(
    Array.from({ length: Math.ceil(endpoints / ENDPOINTS_EACH) }, (_, employer) =>
      employerWithEndpoints(
        receiver,
        Array.from({ length: Math.min(endpoints, ENDPOINTS_EACH) }, (_, index) => `/e${employer}-${index}`),
      ),
    ),
  );
  return keeping(async (keep) => {
    const queue = await keep(queueSide(world, receiver, size));
    const run = (side: Measured) => () => runSide(world, receiver, side);
    const [ours, bare, loop] = [run(workerSide(world, senders, { count })), run(queue), run(loopSide(receiver, size))];
    await world.countStatements(false);
    const { ours: timed, baseline, others } = await inTurn(pairs, ours, bare, loop);
    await world.countStatements(true);
    const counted = await inTurn(1, ours, bare);
    return describe(size, { ours: timed, queue: baseline, loop: others[0] ?? [], counted });
  });
}

const loopState = z.object({ left: z.number() });
const secret = "whsec_bench";

/** graphile-worker and undici alone, in a database of their own. */
async function queueSide(
  world: World,
  receiver: Receiver,
  { endpoints, count }: Size,
): Promise<Measured & { stop(): Promise<void> }> {
  const name = `bare_${endpoints}`;
  const database = await world.bareDatabase(name);
  await runMigrations({ connectionString: database, logger: workerLogger() });
  const admin = postgres(inDatabase(world.server.adminUrl, name), { max: 1, onnotice: () => {} });
  return {
    count,
    database: name,
    start: () => startHelper("bare-worker", { database, concurrency: env().PATCHBAY_WORKER_DELIVERIES, secret }),
    prepare: async () => {
      const jobs = Array.from({ length: count }, (_, index) => {
        const id = newId();
        const payload = { url: `${receiver.origin}/e${index % endpoints}`, id, body: oneKilobyte(id) };
        return { identifier: "post", payload };
      });
      return async () => {
        await admin`select count(*) from graphile_worker.add_jobs(
          array(select json_populate_recordset(null::graphile_worker.job_spec, ${JSON.stringify(jobs)}::text::json)))`;
        return clock();
      };
    },
    isDone: async () => {
      const [row] = await admin`select exists (select from graphile_worker._private_jobs) as queued`;
      return !row?.queued;
    },
    stop: () => admin.end(),
  };
}

/** A loop over undici with as many requests at once. */
function loopSide(receiver: Receiver, { endpoints, count }: Size): Measured {
  const concurrency = env().PATCHBAY_WORKER_DELIVERIES;
  return {
    count,
    start: () => startHelper("bare-loop", { origin: receiver.origin, endpoints, count, concurrency, secret }),
    prepare: async () => async (worker) => {
      const began = clock();
      await worker.ask("go");
      return began;
    },
    isDone: async (worker) => loopState.parse(await worker.ask("left")).left === 0,
  };
}

interface Runs {
  ours: Side[];
  queue: Side[];
  loop: Side[];
  /** The runs in which statements were counted. */
  counted: { ours: Side[]; baseline: Side[] };
}

function describe({ endpoints, count }: Size, { ours, queue, loop, counted }: Runs): Row {
  const rates = (sides: Side[]) => sides.map((side) => side.perSecond);
  const ratio = round(ratioOf(rates(ours), rates(queue)));
  const missing = sumOf([...ours, ...counted.ours], "missing");
  const notStored = sumOf([...ours, ...counted.ours], "notStored");
  return {
    name: `deliveries-throughput ${endpoints} ${endpoints === 1 ? "endpoint" : "endpoints"}`,
    holds: ratio >= TARGET && missing === 0 && notStored === 0,
    ratio,
    ours: Math.round(medianOf(ours, "perSecond")),
    baseline: Math.round(medianOf(queue, "perSecond")),
    unit: "deliveries/s",
    target: `≥ ${TARGET} ×, none missing`,
    figures: {
      ...{ deliveries: count, missing, "attempts not stored": notStored },
      ratios: ours.map((side, index) => round(side.perSecond / (queue[index]?.perSecond ?? Number.NaN))).join(" "),
      "ratio to a bare loop": round(ratioOf(rates(ours), rates(loop))),
      "bare loop/s": Math.round(medianOf(loop, "perSecond")),
      ...costsEach({ timed: [ours, queue, loop], counted: [counted.ours, counted.baseline] }),
    },
  };
}
