import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { describe, expect, it, vi } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { claimDue } from "#app/services/delivery-claim.server.ts";
import { type DeliveryEngine, startDeliveries } from "#app/services/delivery-engine.server.ts";
import { listDeliveries } from "#app/services/delivery-log.server.ts";
import { createEndpoint, updateEndpoint } from "#app/services/endpoints.server.ts";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { delivery } from "#db/schema/webhooks.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender, type Sender } from "#tests/support/deliveries.ts";
import { startReceiver } from "#tests/support/receiver.ts";

await testDatabase();

const closed = eventCatalog["job.closed"].sample;
const TIMEOUT = { timeout: 90_000, interval: 50 };

const emit = (sender: Sender, subject: string | null = null, before?: () => Promise<unknown>) =>
  withEmployer(sender.actor.employerId, async (tx) => {
    const id = await emitEvent(tx, sender.actor.employerId, "job.closed", subject, closed);
    await before?.();
    return id;
  });

const times = async (count: number, work: () => Promise<unknown>) => {
  for (let done = 0; done < count; done += 1) await work();
};

/** Runs `work` beside two engines, as two workers have them, and ends both. */
async function withTwoWorkers(work: (wake: (sender: Sender) => void) => Promise<void>): Promise<void> {
  const engines: DeliveryEngine[] = [await startDeliveries(), await startDeliveries()];
  try {
    await work(({ actor, endpointId }) => {
      for (const engine of engines) engine.wake([{ employerId: actor.employerId, endpointId }]);
    });
  } finally {
    for (const engine of engines) await engine.stop();
  }
}

/** A receiver that says how many requests it had in hand at once. */
async function slowReceiver(milliseconds: number) {
  const receiver = await startReceiver();
  const seen = { now: 0, most: 0 };
  receiver.answer((response) => {
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    setTimeout(() => {
      seen.now -= 1;
      response.writeHead(200).end();
    }, milliseconds);
  });
  allowEgress(receiver.host);
  return { receiver, seen };
}

const allDelivered = (sender: Sender) =>
  vi.waitFor(async () => {
    const { deliveries } = await listDeliveries(sender.actor, { endpointId: sender.endpointId, limit: 500 });
    expect(deliveries.filter(({ state }) => state !== "delivered")).toEqual([]);
  }, TIMEOUT);

describe("a rate", () => {
  it("is kept over any ten seconds by two workers that share the row, and used while there is a backlog", async () => {
    const sender = await makeSender("https://hooks.example.com/x", { ratePerSecond: 10 });
    const { employerId } = sender.actor;
    await times(320, () => emit(sender));
    const left: number[] = [];
    const start = Date.now() + 1_000;
    for (let tick = 0; tick < 600; tick += 1) {
      const now = new Date(start + tick * 50);
      // Two that look at the same moment: one of them finds the row locked, or the bucket empty.
      const claims = await Promise.all(
        [0, 1].map(() =>
          withEmployer(employerId, (tx) =>
            claimDue(tx, employerId, { now, wishes: [{ endpointId: sender.endpointId, room: 50, free: 50 }] }),
          ),
        ),
      );
      // What may not leave yet is not taken: nothing waits in a slot.
      for (const { sendings } of claims) expect(sendings.length).toBeLessThanOrEqual(2);
      for (const { sendings } of claims) left.push(...sendings.map(() => now.getTime()));
    }
    for (const [index, at] of left.entries()) {
      const within = left.slice(index).filter((other) => other < at + 10_000).length;
      expect(within).toBeLessThanOrEqual(101);
    }
    expect(left.length).toBeGreaterThanOrEqual(0.9 * 10 * 30);
  });

  it("holds at the receiver", async () => {
    const receiver = await startReceiver();
    allowEgress(receiver.host);
    const arrived: number[] = [];
    receiver.answer((response) => {
      arrived.push(performance.now());
      response.writeHead(200).end();
    });
    const sender = await makeSender(receiver.url, { ratePerSecond: 10 });
    await times(40, () => emit(sender));
    await withTwoWorkers(async (wake) => {
      wake(sender);
      await allDelivered(sender);
    });
    expect(arrived).toHaveLength(40);
    for (const [index, at] of arrived.entries()) {
      const within = arrived.slice(index).filter((other) => other < at + 10_000).length;
      expect(within).toBeLessThanOrEqual(101);
    }
    expect((arrived.at(-1) ?? 0) - (arrived[0] ?? 0)).toBeGreaterThan(3_000);
  });
});

describe("a cap", () => {
  it("holds over two workers", async () => {
    const { receiver, seen } = await slowReceiver(60);
    const sender = await makeSender(receiver.url, { concurrency: 3 });
    await times(40, () => emit(sender));
    await withTwoWorkers(async (wake) => {
      wake(sender);
      await allDelivered(sender);
    });
    expect(receiver.arrived).toHaveLength(40);
    expect(seen.most).toBeLessThanOrEqual(3);
  });
});

describe("an order", () => {
  it("of a whole endpoint is the order of commits, over retries, with one request at a time", async () => {
    const { receiver, seen } = await slowReceiver(5);
    const sender = await makeSender(receiver.url, { ordering: "endpoint" });
    const committed: string[] = [];
    const writer = async () => {
      for (let turn = 0; turn < 6; turn += 1) {
        const id = await emit(sender, null, () => sleep(Math.random() * 20));
        committed.push(id);
        await sleep(Math.random() * 20);
      }
    };
    await Promise.all([writer(), writer(), writer()]);
    const refused = new Set([committed[2]]);
    receiver.answer((response, request) => {
      seen.now += 1;
      seen.most = Math.max(seen.most, seen.now);
      const again = refused.delete(String(request.headers["webhook-id"]));
      setTimeout(() => {
        seen.now -= 1;
        response.writeHead(again ? 500 : 200).end();
      }, 5);
    });
    await withTwoWorkers(async (wake) => {
      wake(sender);
      await allDelivered(sender);
    });
    const ids = receiver.arrived.map(({ headers }) => headers["webhook-id"]);
    const [first, second, third] = committed;
    expect(ids).toEqual([first, second, third, ...committed.slice(2)]);
    expect(seen.most).toBe(1);
  });

  it("waits for what a dead worker held, and for nothing else", async () => {
    const { receiver } = await slowReceiver(0);
    const sender = await makeSender(receiver.url, { ordering: "subject" });
    const { employerId } = sender.actor;
    const [held, free] = [newId(), newId()];
    const first = await emit(sender, held);
    const dead = await withEmployer(employerId, (tx) =>
      claimDue(tx, employerId, { now: new Date(), wishes: [{ endpointId: sender.endpointId, room: 9, free: 9 }] }),
    );
    expect(dead.sendings.map(({ eventId }) => eventId)).toEqual([first]);
    const second = await emit(sender, held);
    const others = [await emit(sender, free), await emit(sender, free), await emit(sender, free)];
    const ids = () => receiver.arrived.map(({ headers }) => headers["webhook-id"]);
    await withTwoWorkers(async (wake) => {
      wake(sender);
      await vi.waitFor(() => expect(ids()).toEqual(others), TIMEOUT);
      await withEmployer(employerId, (tx) => tx.update(delivery).set({ leasedUntil: new Date(0) }));
      wake(sender);
      await allDelivered(sender);
    });
    expect(ids()).toEqual([...others, first, second]);
  });

  it("that is asked for later also holds for what waits already", async () => {
    const { receiver, seen } = await slowReceiver(5);
    const sender = await makeSender(receiver.url);
    const written: string[] = [];
    await times(5, async () => written.push(await emit(sender)));
    await updateEndpoint(sender.actor, sender.endpointId, { url: receiver.url, ordering: "endpoint" });
    await times(5, async () => written.push(await emit(sender)));
    await withTwoWorkers(async (wake) => {
      wake(sender);
      await allDelivered(sender);
    });
    expect(receiver.arrived.map(({ headers }) => headers["webhook-id"])).toEqual(written);
    expect(seen.most).toBe(1);
  });
});

describe("a batch", () => {
  it("carries the events as they are, signed as one, and does not wait longer than it was told", async () => {
    const { receiver } = await slowReceiver(0);
    const sender = await makeSender(receiver.url, { batchEvents: 10, batchSeconds: 1 });
    const written: string[] = [];
    await times(25, async () => written.push(await emit(sender)));
    await withTwoWorkers(async (wake) => {
      wake(sender);
      await allDelivered(sender);
    });
    const batches = receiver.arrived.map(({ headers, body }) => {
      expect(headers["x-webhook-event"]).toBe("batch");
      new Webhook(sender.secret).verify(body, headers);
      return JSON.parse(body);
    });
    expect(batches.every(({ type, events }) => type === "batch" && events.length <= 10)).toBe(true);
    const ids = batches.flatMap(({ events }) => events.map(({ id }: { id: string }) => id));
    expect(ids.sort()).toEqual(written.sort());
    expect(batches.length).toBeLessThan(written.length);
  });
});

describe("what cannot be meant", () => {
  it.each([
    [{ ratePerSecond: 0 }, "ratePerSecond"],
    [{ concurrency: 101 }, "concurrency"],
    [{ batchEvents: 10 }, "batchSeconds"],
    [{ batchEvents: 10, batchSeconds: 5, ordering: "endpoint" as const }, "ordering"],
  ])("%j is refused at its field", async (input, field) => {
    const sender = await makeSender("https://hooks.example.com/x");
    const saving = createEndpoint(sender.actor, { url: "https://hooks.example.com/y", ...input });
    await expect(saving).rejects.toMatchObject({ info: { fields: { [field]: expect.any(String) } } });
  });
});
