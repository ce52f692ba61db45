import { setTimeout as sleep } from "node:timers/promises";
import { env } from "#app/platform/env.server.ts";
import { atPace, type Bench, clock, inTurn, keeping, median, percentile, type Row, ratioOf, round } from "../bench.ts";
import {
  employerWithUrls,
  type Receiver,
  type Sender,
  sendTo,
  startReceiver,
  startWorkerProcess,
  until,
  writeDeliveries,
} from "../outbound.ts";
import { startWorld, type World } from "../world.ts";

const TARGET = 1.2;
const HEALTHY = 50;
const HANGING = 20;
const QUEUED = 10_000;
const PER_SECOND = 100;
/** Before what is timed, in which the process warms up. */
const WARM_SECONDS = 3;
/** Of the requests that a process makes at once: what an endpoint, and what all of an employer's, may hold. */
const ENDPOINT_SHARE = 1 / 2;
const EMPLOYER_SHARE = 3 / 4;

/** Who sends in one run. */
interface Cast {
  /** With its endpoints that never answer. */
  sick?: Sender;
  healthy: readonly Address[];
}

/** A healthy endpoint, and whether it is of the employer whose other endpoint hangs. */
interface Address {
  employerId: string;
  endpointId: string;
  path: string;
  beside: boolean;
}

interface Setting {
  name: string;
  figures: Row["figures"];
  /** Hosts of the receiver. */
  hosts: number;
  /** Of what a process does at once, what those that hang may hold together. */
  share: number;
  cast(receiver: Receiver, hanging: boolean): Promise<Cast>;
}

/**
 * Fifty healthy endpoints take events at a steady pace, with and without another one that never answers and has ten
 * thousand deliveries queued: the wait of the healthy ones, from commit to request, at the 99th percentile. Half of them
 * belong to the employer of the one that hangs, and all share its host.
 */
export const hangingEndpoint: Bench = ({ long }) =>
  isolation(long, {
    name: "hanging-endpoint",
    figures: { hanging: 1 },
    hosts: 1,
    share: ENDPOINT_SHARE,
    cast: async ({ origin }, hanging) => {
      const paths = Array.from({ length: HEALTHY / 2 }, (_, index) => `/well-beside${index}`);
      const urls = paths.map((path) => origin + path);
      const { employerId, endpointIds } = await employerWithUrls(hanging ? [...urls, `${origin}/hang`] : urls);
      const besides = paths.map((path, index) => ({
        ...{ employerId, endpointId: endpointIds[index] ?? "", path, beside: true },
      }));
      const healthy = [...besides, ...(await employersOfOne(origin, HEALTHY / 2))];
      return { healthy, ...(hanging ? { sick: { employerId, endpointIds: endpointIds.slice(paths.length) } } : {}) };
    },
  });

/**
 * The same with twenty endpoints of one employer that hang, on hosts of their own so that no limit of sockets hides what they
 * hold; the healthy ones are of other employers.
 */
export const hangingEmployer: Bench = ({ long }) =>
  isolation(long, {
    name: "hanging-employer",
    figures: { hanging: HANGING },
    hosts: 1 + HANGING,
    share: EMPLOYER_SHARE,
    cast: async ({ origins: [well = "", ...ill] }, hanging) => {
      const urls = ill.map((origin, index) => `${origin}/hang${index}`);
      const sick = hanging ? { sick: await employerWithUrls(urls) } : {};
      return { healthy: await employersOfOne(well, HEALTHY), ...sick };
    },
  });

/** Employers with one healthy endpoint each. */
const employersOfOne = (origin: string, count: number): Promise<Address[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = `/well${index}`;
      const { employerId, endpointIds } = await employerWithUrls([origin + path]);
      return { employerId, endpointId: endpointIds[0] ?? "", path, beside: false };
    }),
  );

interface Run {
  /** Milliseconds from commit to request, of the employer's own healthy endpoints and of the others. */
  beside: number[];
  others: number[];
  missing: number;
  /** Requests that hung at the same time, at most. */
  held: number;
}

const isolation = (long: boolean, setting: Setting): Promise<Row[]> =>
  keeping(async (keep) => {
    const seconds = long ? 30 : 18;
    const world = await keep(startWorld());
    const receiver = await keep(startReceiver({ hosts: setting.hosts }));
    const side = (hanging: boolean) => async () => run(world, receiver, await setting.cast(receiver, hanging), seconds);
    const sides = await inTurn(long ? 5 : 3, side(true), side(false));
    return [describe(setting, sides.ours, sides.baseline)];
  });

function describe({ name, figures, share }: Setting, withIt: Run[], without: Run[]): Row {
  const all = (one: Run) => [...one.beside, ...one.others];
  const at = (runs: Run[], of: (one: Run) => number[], percent: number) =>
    runs.map((one) => percentile(of(one), percent));
  const ratio = (of: (one: Run) => number[]) => round(ratioOf(at(withIt, of, 99), at(without, of, 99)));
  const cap = Math.ceil(env().PATCHBAY_WORKER_DELIVERIES * share);
  const held = Math.max(...withIt.map((one) => one.held));
  const missing = [...withIt, ...without].reduce((sum, one) => sum + one.missing, 0);
  const whole = ratio(all);
  const besides = withIt.some((one) => one.beside.length > 0);
  return {
    name,
    holds: whole <= TARGET && held > 0 && held <= cap && missing === 0,
    ratio: whole,
    ours: round(median(at(withIt, all, 99))),
    baseline: round(median(at(without, all, 99))),
    unit: "ms, p99 of the healthy",
    target: `≤ ${TARGET} ×, ≤ ${cap} places`,
    figures: {
      ...figures,
      ...{ queued: QUEUED, "places held at most": held, healthy: HEALTHY, "events/s": PER_SECOND, missing },
      "p50 with": round(median(at(withIt, all, 50))),
      "p50 without": round(median(at(without, all, 50))),
      ...(besides
        ? {
            "ratio of the same employer's": ratio((one) => one.beside),
            "ratio of others'": ratio((one) => one.others),
          }
        : {}),
    },
  };
}

async function run(world: World, receiver: Receiver, { sick, healthy }: Cast, seconds: number): Promise<Run> {
  // What an earlier run left would be sent in this one.
  await world.admin`truncate attempt, delivery, event, graphile_worker._private_jobs`;
  if (sick) await writeDeliveries(sick.employerId, sick.endpointIds, QUEUED);
  await receiver.forget();
  return keeping(async (keep) => {
    await keep(startWorkerProcess(world));
    // From its start on it takes what is queued.
    await sleep(1_000);
    const committed = new Map<string, { at: number; beside: boolean }>();
    const warm = WARM_SECONDS * PER_SECOND;
    await atPace({ perSecond: PER_SECOND, total: warm + seconds * PER_SECOND }, async (turn) => {
      const to = healthy[turn % healthy.length];
      if (!to) return;
      const id = await sendTo(to.employerId, to.endpointId);
      if (turn >= warm) committed.set(`${to.path} ${id}`, { at: clock(), beside: to.beside });
    });
    let arrivals = await receiver.arrivals("/well");
    const allThere = async () => {
      arrivals = await receiver.arrivals("/well");
      return [...committed.keys()].every((key) => arrivals.has(key));
    };
    await until("the healthy endpoints", allThere, 60_000).catch(() => {});
    const waits = (beside: boolean) =>
      [...committed].flatMap(([key, one]) => {
        const arrived = arrivals.get(key);
        return arrived === undefined || one.beside !== beside ? [] : [arrived - one.at];
      });
    const { mostHanging: held } = await receiver.counts();
    const [beside, others] = [waits(true), waits(false)];
    return { beside, others, held, missing: committed.size - beside.length - others.length };
  });
}
