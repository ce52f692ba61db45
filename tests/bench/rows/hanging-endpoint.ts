import { setTimeout as sleep } from "node:timers/promises";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { type Bench, clock, inTurn, keeping, median, percentile, ratioOf, round } from "../bench.ts";
import {
  employerWithEndpoints,
  type Receiver,
  startReceiver,
  startWorkerProcess,
  until,
  wake,
  writeDeliveries,
} from "../outbound.ts";
import { startWorld, type World } from "../world.ts";

const TARGET = 1.2;
const HEALTHY = 20;
const QUEUED = 10_000;
const PER_SECOND = 100;

/**
 * Twenty healthy endpoints take events at a steady pace, with and without another one that never answers and has ten
 * thousand deliveries queued: the wait of the healthy ones, from commit to request, at the 99th percentile.
 */
export const hangingEndpoint: Bench = ({ long }) =>
  keeping(async (keep) => {
    const seconds = long ? 30 : 12;
    const world = await keep(startWorld());
    const receiver = await keep(startReceiver());
    const sides = await inTurn(
      long ? 5 : 3,
      () => healthyWaits(world, receiver, { seconds, hanging: true }),
      () => healthyWaits(world, receiver, { seconds, hanging: false }),
    );
    const p99 = (waits: number[][]) => waits.map((side) => percentile(side, 99));
    const ratio = round(ratioOf(p99(sides.ours), p99(sides.baseline)));
    return [
      {
        name: "hanging-endpoint",
        holds: ratio <= TARGET,
        ratio,
        ours: round(median(p99(sides.ours))),
        baseline: round(median(p99(sides.baseline))),
        unit: "ms, p99 of the healthy",
        target: `≤ ${TARGET} ×`,
        figures: {
          healthy: HEALTHY,
          "events/s": PER_SECOND,
          "queued for the hanging one": QUEUED,
          "p50 with": round(median(sides.ours.map((side) => percentile(side, 50)))),
          "p50 without": round(median(sides.baseline.map((side) => percentile(side, 50)))),
        },
      },
    ];
  });

async function healthyWaits(
  world: World,
  receiver: Receiver,
  { seconds, hanging }: { seconds: number; hanging: boolean },
): Promise<number[]> {
  await world.admin`delete from graphile_worker._private_jobs`;
  await receiver.forget();
  const sick = hanging ? await employerWithEndpoints(receiver, ["/hang"]) : undefined;
  if (sick) await writeDeliveries(sick.employerId, sick.endpointIds, QUEUED);
  // An employer each, so that an event makes one delivery.
  const healthy = await Promise.all(
    Array.from({ length: HEALTHY }, (_, index) => employerWithEndpoints(receiver, [`/well${index}`])),
  );
  return keeping(async (keep) => {
    await keep(startWorkerProcess(world));
    if (sick) await wake(sick.employerId, sick.endpointIds);
    await sleep(1_000);
    const committed = new Map<string, number>();
    const running: Promise<void>[] = [];
    const total = seconds * PER_SECOND;
    const began = clock();
    for (let turn = 0; turn < total; turn += 1) {
      await sleep(Math.max(0, began + (turn * 1000) / PER_SECOND - clock()));
      const index = turn % HEALTHY;
      const employerId = healthy[index]?.employerId ?? "";
      running.push(
        withEmployer(employerId, (tx) =>
          emitEvent(tx, employerId, "job.closed", null, eventCatalog["job.closed"].sample),
        ).then((id) => void committed.set(`/well${index} ${id}`, clock())),
      );
    }
    await Promise.all(running);
    await until("the healthy endpoints", async () => (await receiver.counts()).unique >= total, 60_000);
    const arrivals = await receiver.arrivals();
    return [...committed].map(([key, at]) => (arrivals.get(key) ?? Number.NaN) - at);
  });
}
