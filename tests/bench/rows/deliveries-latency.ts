import { setTimeout as sleep } from "node:timers/promises";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { type Bench, clock, keeping, percentile, round } from "../bench.ts";
import { employerWithEndpoints, startReceiver, startWorkerProcess, until } from "../outbound.ts";
import { startWorld } from "../world.ts";

const P50_MS = 15;
const P99_MS = 100;

/**
 * One event at a time on an idle instance: from the start of the transaction that emits it until its request reaches
 * the receiver. There is nothing to divide by, so the row is held against milliseconds and wants a quiet machine.
 */
export const deliveriesLatency: Bench = ({ long }) =>
  keeping(async (keep) => {
    const count = long ? 1_000 : 200;
    const world = await keep(startWorld());
    const receiver = await keep(startReceiver());
    const { employerId } = await employerWithEndpoints(receiver, ["/idle"]);
    await keep(startWorkerProcess(world));
    const emit = () =>
      withEmployer(employerId, (tx) =>
        emitEvent(tx, employerId, "job.closed", null, eventCatalog["job.closed"].sample),
      );
    const began = new Map<string, { start: number; committed: number }>();
    for (let turn = -10; turn < count; turn += 1) {
      const start = clock();
      const id = await emit();
      if (turn >= 0) began.set(id, { start, committed: clock() });
      await sleep(20 + Math.random() * 30);
    }
    await until("the last delivery", async () => (await receiver.counts()).unique >= count + 10, 20_000);
    const arrivals = await receiver.arrivals();
    const waits = [...began].map(([id, { start, committed }]) => {
      const at = arrivals.get(`/idle ${id}`) ?? Number.NaN;
      return { whole: at - start, afterCommit: at - committed };
    });
    const whole = waits.map((wait) => wait.whole);
    const afterCommit = waits.map((wait) => wait.afterCommit);
    const p50 = round(percentile(whole, 50));
    const p99 = round(percentile(whole, 99));
    return [
      {
        name: "deliveries-latency",
        holds: p50 <= P50_MS && p99 <= P99_MS,
        ours: p50,
        unit: "ms, event → request, p50",
        target: `p50 ≤ ${P50_MS} ms, p99 ≤ ${P99_MS} ms`,
        figures: {
          events: count,
          p99,
          "p50 after commit": round(percentile(afterCommit, 50)),
          "p99 after commit": round(percentile(afterCommit, 99)),
        },
      },
    ];
  });
