import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { type Actor, systemActor } from "#app/services/actor.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { claimDue, releaseDeliveries } from "#app/services/delivery-claim.server.ts";
import { getDelivery, listDeliveries, sendTestEvent } from "#app/services/delivery-log.server.ts";
import { replayDelivery } from "#app/services/delivery-replay.server.ts";
import { retrySteps } from "#app/services/delivery-schedule.ts";
import { dueEndpoints } from "#app/services/delivery-wake.server.ts";
import {
  createEndpoint,
  deleteEndpoint,
  type EndpointInput,
  getEndpoint,
  rotateSecret,
  switchEndpoint,
  updateEndpoint,
} from "#app/services/endpoints.server.ts";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { openIssues } from "#app/services/issues.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { delivery, endpoint } from "#db/schema/webhooks.ts";
import { startWorker } from "#jobs/runner.server.ts";
import { makeEmployer } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";

await testDatabase();

const MINUTE = 60_000;
const closed = eventCatalog["job.closed"].sample;
let actor: Actor;
let receiver: Receiver;
let made: Awaited<ReturnType<typeof createEndpoint>>;

beforeEach(async () => {
  actor = systemActor(await makeEmployer("Hollin"), "Mara");
  receiver = await startReceiver();
  setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: receiver.host });
  made = await make();
});

const make = (input: Partial<EndpointInput> = {}) => createEndpoint(actor, { url: receiver.url, ...input });
const emit = () => withEmployer(actor.employerId, (tx) => emitEvent(tx, actor.employerId, "job.closed", null, closed));
const current = () => getEndpoint(actor, made.id);
const issues = () => withEmployer(actor.employerId, (tx) => openIssues(tx, actor.employerId));
const deliveries = async () => (await listDeliveries(actor)).deliveries;

/** The newest delivery to the endpoint of the test. */
async function only() {
  const found = (await deliveries()).find((row) => row.endpointId === made.id);
  if (!found) throw new Error("no delivery was written");
  return found;
}

/** One attempt at `now`, as the worker makes it. */
const attemptAt = (row: { id: string; endpointId: string }, now = new Date(), timeoutMs?: number) =>
  attemptDelivery(
    { employerId: actor.employerId, deliveryId: row.id, endpointId: row.endpointId },
    { now: () => now, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
  );

const isDue = async (now = new Date()) => (await dueEndpoints(now)).some((one) => one.endpointId === made.id);

const answering = (status: number, headers: Record<string, string> = {}, body = "no") =>
  receiver.answer((response) => response.writeHead(status, headers).end(body));

describe("an event", () => {
  it("exists with its deliveries exactly if its transaction commits", async () => {
    const lost = withEmployer(actor.employerId, async (tx) => {
      await emitEvent(tx, actor.employerId, "job.closed", null, closed);
      throw new Error("changed our mind");
    });
    await expect(lost).rejects.toThrow("changed our mind");
    expect(await deliveries()).toEqual([]);
    expect(await isDue()).toBe(false);
    await emit();
    expect(await only()).toMatchObject({ state: "queued", eventType: "job.closed", cause: "event" });
    expect(await isDue()).toBe(true);
  });

  it("under way is left alone until its lease has ended", async () => {
    await emit();
    const held = { state: "sending" as const, leasedUntil: new Date(Date.now() + 30_000) };
    await withEmployer(actor.employerId, (tx) => tx.update(delivery).set(held));
    expect(await isDue()).toBe(false);
    expect(await isDue(new Date(Date.now() + 31_000))).toBe(true);
  });

  it("that was claimed and not sent is given back as it was and can be taken again", async () => {
    await emit();
    const { employerId } = actor;
    const claim = () =>
      withEmployer(employerId, (tx) =>
        claimDue(tx, employerId, { now: new Date(), wishes: [{ endpointId: made.id, room: 5, free: 5 }] }),
      );
    const { sendings } = await claim();
    expect(sendings).toHaveLength(1);
    expect(await only()).toMatchObject({ state: "sending" });
    expect((await claim()).sendings).toEqual([]);
    await withEmployer(employerId, (tx) => releaseDeliveries(tx, employerId, sendings));
    expect(await only()).toMatchObject({ state: "queued", attempts: 0 });
    expect((await claim()).sendings).toHaveLength(1);
  });

  it("goes only to endpoints that want its type, and is kept for those that are off", async () => {
    const other = await make({ eventTypes: ["application.received"] });
    const off = await make({ eventTypes: ["job.closed"] });
    await switchEndpoint(actor, off.id, false);
    await emit();
    const states = Object.fromEntries((await deliveries()).map((row) => [row.endpointId, row.state]));
    expect(states).toEqual({ [made.id]: "queued", [off.id]: "not_sent" });
    expect(Object.keys(states)).not.toContain(other.id);
  });
});

describe("a delivery", () => {
  it("arrives by the worker with headers that the reference library verifies", async () => {
    const worker = await startWorker();
    try {
      const eventId = await emit();
      await vi.waitFor(() => expect(receiver.arrived).toHaveLength(1), { timeout: 20_000 });
      const [arrived] = receiver.arrived;
      expect(arrived?.headers).toMatchObject({ "webhook-id": eventId, "x-webhook-event": "job.closed" });
      expect(arrived?.headers).not.toHaveProperty("x-webhook-signature");
      expect(new Webhook(made.secret).verify(arrived?.body ?? "", arrived?.headers ?? {})).toMatchObject({
        id: eventId,
        type: "job.closed",
        data: closed,
      });
      await vi.waitFor(async () => expect(await only()).toMatchObject({ state: "delivered", attempts: 1 }));
    } finally {
      await worker.stop();
    }
  });

  it("carries the older signature under a secret of its own where it was asked for", async () => {
    made = await make({ legacySignature: true });
    await emit();
    await attemptAt(await only());
    const [arrived] = receiver.arrived;
    const expected = createHmac("sha256", made.legacySecret ?? "")
      .update(arrived?.body ?? "")
      .digest("hex");
    expect(made.legacySecret).not.toBe(made.secret);
    expect(arrived?.headers["x-webhook-signature"]).toBe(expected);
  });

  it("keeps id and bytes over every attempt, and signs each anew", async () => {
    answering(500);
    await emit();
    let row = await only();
    await attemptAt(row);
    row = await only();
    await attemptAt(row, row.nextAttemptAt ?? undefined);
    const [first, second] = receiver.arrived;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    const { body, attempts } = await getDelivery(actor, row.id);
    expect(first?.body).toBe(body);
    expect(attempts.map(({ number, outcome, status }) => [number, outcome, status])).toEqual([
      [1, "http", 500],
      [2, "http", 500],
    ]);
  });

  it("is tried eight times over a good day, then given up", async () => {
    answering(500);
    await emit();
    let now = new Date();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await withEmployer(actor.employerId, (tx) => tx.update(endpoint).set({ openUntil: null }));
      await attemptAt(await only(), now);
      const { nextAttemptAt } = await only();
      if (!nextAttemptAt) break;
      waits.push(nextAttemptAt.getTime() - now.getTime());
      now = nextAttemptAt;
    }
    expect(waits).toHaveLength(7);
    for (const [index, wait] of waits.entries()) {
      const step = retrySteps[index] ?? 0;
      expect(wait).toBeGreaterThanOrEqual(step * 0.8);
      expect(wait).toBeLessThanOrEqual(step * 1.2 + 2_000);
    }
    expect(await only()).toMatchObject({
      state: "failed",
      attempts: 8,
      lastStatus: 500,
      lastError: "It answered 500.",
    });
    expect(receiver.arrived).toHaveLength(8);
  });

  it("does nothing when its job comes early, twice or late", async () => {
    answering(500);
    await emit();
    const row = await only();
    await Promise.all([attemptAt(row), attemptAt(row), attemptAt(row)]);
    expect(receiver.arrived).toHaveLength(1);
    await attemptAt(row, new Date(Date.now() + 1_000));
    expect(receiver.arrived).toHaveLength(1);
    receiver.answer((response) => response.writeHead(204).end());
    await attemptAt(row, new Date(Date.now() + 10_000));
    await attemptAt(row, new Date(Date.now() + 60 * MINUTE));
    expect(receiver.arrived).toHaveLength(2);
    expect(await only()).toMatchObject({ state: "delivered", lastStatus: 204 });
  });

  it("is taken up again with the same id and bytes when its worker died in the middle", async () => {
    await emit();
    const row = await only();
    const later = new Date(Date.now() + 31_000);
    await withEmployer(actor.employerId, (tx) =>
      tx.update(delivery).set({ state: "sending", leasedUntil: new Date(Date.now() + 30_000) }),
    );
    await attemptAt(row);
    expect(receiver.arrived).toHaveLength(0);
    await attemptAt(row, later);
    expect(receiver.arrived.map(({ headers }) => headers["webhook-id"])).toEqual([row.eventId]);
    expect(await only()).toMatchObject({ state: "delivered" });
  });

  it("is found by its row when nobody heard of it", async () => {
    await emit();
    const worker = await startWorker();
    try {
      await vi.waitFor(async () => expect(await only()).toMatchObject({ state: "delivered" }), { timeout: 20_000 });
    } finally {
      await worker.stop();
    }
    expect(receiver.arrived).toHaveLength(1);
  });
});

describe("a receiver", () => {
  it("that redirects is never followed, and the attempt shows where to", async () => {
    const elsewhere = await startReceiver();
    setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: `${receiver.host},${elsewhere.host}` });
    for (const status of [301, 302, 303, 307, 308]) {
      made = await make();
      answering(status, { location: elsewhere.url });
      await emit();
      await attemptAt(await only());
      const { attempts } = await getDelivery(actor, (await only()).id);
      expect(attempts).toMatchObject([{ outcome: "redirect", status, error: expect.stringContaining(elsewhere.url) }]);
    }
    expect(elsewhere.arrived).toEqual([]);
  });

  it("that answers 410 is switched off at once, and its owner told", async () => {
    answering(410);
    await emit();
    await attemptAt(await only());
    expect(await only()).toMatchObject({ state: "failed", nextAttemptAt: null });
    expect(await current()).toMatchObject({ state: "off", offReason: "gone" });
    expect(await issues()).toMatchObject([{ type: "endpoint_off", severity: "bad" }]);
    await switchEndpoint(actor, made.id, true);
    expect(await issues()).toEqual([]);
  });

  it("that says Retry-After is believed between the step and twice the step", async () => {
    answering(429, { "retry-after": "90" });
    await emit();
    const now = new Date();
    await attemptAt(await only(), now);
    const wait = ((await only()).nextAttemptAt?.getTime() ?? 0) - now.getTime();
    expect(wait).toBeGreaterThanOrEqual(90_000);
    expect(wait).toBeLessThanOrEqual(122_000);
  });

  it("that answers without end is cut at 16 KiB and counts by its status", async () => {
    receiver.answer((response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write("x\0".repeat(8_000)));
        response.once("drain", more);
      };
      more();
    });
    await emit();
    await attemptAt(await only());
    const { attempts } = await getDelivery(actor, (await only()).id);
    expect(attempts).toMatchObject([{ outcome: "delivered", status: 200 }]);
    expect(attempts[0]?.responseBody?.length).toBeLessThanOrEqual(16 * 1024);
  });

  it("that drips a byte now and then is left at the deadline", async () => {
    receiver.answer((response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write("."), 50);
      response.on("close", () => clearInterval(drip));
    });
    await emit();
    await attemptAt(await only(), new Date(), 600);
    const { attempts } = await getDelivery(actor, (await only()).id);
    expect(attempts).toMatchObject([{ outcome: "timeout", status: null }]);
  });

  it("inside the house is never called, whatever its address became", async () => {
    setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: "" });
    await withEmployer(actor.employerId, (tx) =>
      tx.update(endpoint).set({ url: receiver.url.replace("127.0.0.1", "localhost") }),
    );
    await emit();
    await attemptAt(await only());
    const { attempts } = await getDelivery(actor, (await only()).id);
    expect(attempts).toMatchObject([{ outcome: "blocked" }]);
    expect(receiver.arrived).toEqual([]);
  });
});

describe("an endpoint that keeps failing", () => {
  /** Deliveries that fail one after the other at `now`. */
  const failTimes = async (times: number, now: Date) => {
    for (let index = 0; index < times; index += 1) {
      await emit();
      await attemptAt(await only(), now);
    }
  };

  it("is called struggling, then only probed, and heals with one success", async () => {
    answering(500);
    const now = new Date(Date.now() + 10_000);
    await failTimes(5, now);
    expect(await current()).toMatchObject({ state: "struggling", consecutiveFailures: 5 });
    await failTimes(3, now);
    expect(receiver.arrived).toHaveLength(5);
    expect(await only()).toMatchObject({ state: "queued", attempts: 0 });

    const later = new Date(now.getTime() + 2 * MINUTE);
    const waiting = (await deliveries()).filter((row) => row.state === "queued");
    await Promise.all(waiting.map((row) => attemptAt(row, later)));
    expect(receiver.arrived).toHaveLength(6);

    answering(200);
    const probe = (await deliveries()).find((row) => row.state === "queued");
    if (!probe) throw new Error("nothing waits");
    await attemptAt(probe, new Date(later.getTime() + 20 * MINUTE));
    expect(await current()).toMatchObject({ state: "delivering", consecutiveFailures: 0, openUntil: null });
  });

  it("is warned about after one day and switched off after five, with what waits kept", async () => {
    answering(500);
    const start = new Date(Date.now() + 10_000);
    await failTimes(1, start);
    const day = 24 * 60 * MINUTE;
    const failOn = async (days: number) => {
      await withEmployer(actor.employerId, (tx) => tx.update(endpoint).set({ openUntil: null }));
      await failTimes(1, new Date(start.getTime() + days * day));
    };
    await failOn(0.9);
    expect(await issues()).toEqual([]);
    await failOn(1.01);
    expect(await issues()).toMatchObject([{ type: "endpoint_failing", severity: "warn" }]);
    await failOn(3);
    expect(await issues()).toMatchObject([{ type: "endpoint_failing", severity: "warn" }]);
    await failOn(5.1);
    expect(await current()).toMatchObject({ state: "off", offReason: "failing" });
    expect(await issues()).toMatchObject([{ type: "endpoint_off" }]);
    expect(new Set((await deliveries()).map((row) => row.state))).toEqual(new Set(["not_sent"]));
  });
});

describe("a secret", () => {
  it("rotates without a gap: for a day both sign, then only the new one", async () => {
    const fresh = await rotateSecret(actor, made.id, "standard", "overlap");
    await emit();
    const row = await only();
    await attemptAt(row);
    const [arrived] = receiver.arrived;
    for (const secret of [made.secret, fresh]) new Webhook(secret).verify(arrived?.body ?? "", arrived?.headers ?? {});

    const { deliveryId } = await replayDelivery(actor, row.id);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 25 * 60 * MINUTE });
    try {
      await attemptAt({ id: deliveryId, endpointId: made.id }, new Date());
      const again = receiver.arrived[1];
      new Webhook(fresh).verify(again?.body ?? "", again?.headers ?? {});
      expect(() => new Webhook(made.secret).verify(again?.body ?? "", again?.headers ?? {})).toThrow();
      expect(again?.headers["webhook-id"]).toBe(row.eventId);
    } finally {
      vi.useRealTimers();
    }
  });

  it("that others know ends at once", async () => {
    await rotateSecret(actor, made.id, "standard", "end-now");
    await emit();
    await attemptAt(await only());
    const [arrived] = receiver.arrived;
    expect(() => new Webhook(made.secret).verify(arrived?.body ?? "", arrived?.headers ?? {})).toThrow();
  });
});

describe("a person", () => {
  it("sends a test event that says it is one", async () => {
    const { deliveryId } = await sendTestEvent(actor, made.id, "application.received");
    await attemptAt({ id: deliveryId, endpointId: made.id });
    expect(JSON.parse(receiver.arrived[0]?.body ?? "{}")).toMatchObject({ type: "application.received", test: true });
  });

  it("replays once, however often the button is pressed", async () => {
    await emit();
    const row = await only();
    await attemptAt(row);
    const [first, second] = await Promise.all([replayDelivery(actor, row.id), replayDelivery(actor, row.id)]);
    expect(first).toEqual(second);
    const replay = await getDelivery(actor, first.deliveryId);
    expect(replay.delivery).toMatchObject({ cause: "replay", replayOf: row.id, eventId: row.eventId });
  });

  it("who does not want to wait brings the next attempt forward instead of making a second delivery", async () => {
    answering(500);
    await emit();
    const row = await only();
    await attemptAt(row);
    answering(200);
    expect(await replayDelivery(actor, row.id)).toEqual({ deliveryId: row.id });
    await attemptAt(row);
    expect(await only()).toMatchObject({ id: row.id, state: "delivered", attempts: 2 });
    expect(await deliveries()).toHaveLength(1);
  });

  it("cannot save an address that leads inside, or none at all", async () => {
    const addresses = [
      "ftp://hooks.example.com",
      "https://10.0.0.1/x",
      "https://[::1]/x",
      "https://0x7f.1/",
      "https://localhost/",
      "https://user:pass@hooks.example.com/",
      "not an address",
      "",
    ];
    for (const url of addresses) await expect(make({ url })).rejects.toMatchObject({ kind: "invalid" });
    setEnvironment({ NODE_ENV: "production", PATCHBAY_ALLOW_LOOPBACK_EGRESS: "" });
    try {
      await expect(make({ url: "http://hooks.example.com/" })).rejects.toMatchObject({ kind: "invalid" });
    } finally {
      setEnvironment({ NODE_ENV: "test" });
    }
  });

  it("changes and deletes an endpoint; another employer finds neither it nor its deliveries", async () => {
    await emit();
    const row = await only();
    const stranger = systemActor(await makeEmployer("Marlow"), "Pike");
    for (const call of [
      () => getEndpoint(stranger, made.id),
      () => updateEndpoint(stranger, made.id, { url: "https://hooks.example.com/" }),
      () => switchEndpoint(stranger, made.id, false),
      () => deleteEndpoint(stranger, made.id),
      () => rotateSecret(stranger, made.id, "standard", "overlap"),
      () => sendTestEvent(stranger, made.id, "job.closed"),
      () => getDelivery(stranger, row.id),
      () => replayDelivery(stranger, row.id),
    ])
      await expect(call()).rejects.toMatchObject({ kind: "not-found" });
    await updateEndpoint(actor, made.id, { url: "https://hooks.example.com/new", eventTypes: ["job.posted"] });
    expect(await current()).toMatchObject({ url: "https://hooks.example.com/new", eventTypes: ["job.posted"] });
    await deleteEndpoint(actor, made.id);
    await expect(current()).rejects.toMatchObject({ kind: "not-found" });
    await attemptAt(row);
    expect(receiver.arrived).toEqual([]);
  });
});
