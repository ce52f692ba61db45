import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { startDeliveries } from "#app/services/delivery-engine.server.ts";
import { listDeliveries } from "#app/services/delivery-log.server.ts";
import { warnSilentEndpoints } from "#app/services/endpoint-health.server.ts";
import { steerEndpoint } from "#app/services/endpoint-page.server.ts";
import { createEndpoint, getEndpoint, switchEndpoint } from "#app/services/endpoints.server.ts";
import { openIssues } from "#app/services/issues.server.ts";
import { listRecoveries } from "#app/services/recoveries.server.ts";
import { recoverPage } from "#app/services/recovery-page.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { endpoint, event, recovery } from "#db/schema/webhooks.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender, type Sender } from "#tests/support/deliveries.ts";
import { measured } from "#tests/support/measured.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";

await testDatabase();

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
let receiver: Receiver;
let sender: Sender;
let start: number;

beforeEach(async () => {
  receiver = await startReceiver();
  allowEgress(receiver.host);
  sender = await makeSender(receiver.url, { eventTypes: ["job.closed"] });
  start = Date.now() + 10_000;
});

const answering = (status: number) => receiver.answer((response) => response.writeHead(status).end());
const at = (after: number) => ({ now: () => new Date(start + after) });
const current = () => getEndpoint(sender.actor, sender.endpointId);
const issues = () => withEmployer(sender.actor.employerId, (tx) => openIssues(tx, sender.actor.employerId));
const states = async () =>
  (await listDeliveries(sender.actor, { endpointId: sender.endpointId, limit: 100 })).deliveries.map(
    ({ state }) => state,
  );
const closeBreaker = () =>
  withEmployer(sender.actor.employerId, (tx) =>
    tx.update(endpoint).set({ openUntil: null, openedAt: null, consecutiveFailures: 0 }),
  );

/** The types of events about webhooks themselves, oldest first. */
const told = () =>
  withEmployer(sender.actor.employerId, async (tx) =>
    (await tx.select({ id: event.id, type: event.type }).from(event).orderBy(event.id))
      .map(({ type }) => type)
      .filter((type) => type.startsWith("webhook.")),
  );

/** One delivery that fails at that time, whatever the breaker says. */
async function failAt(after: number) {
  await closeBreaker();
  await sender.attempt(await sender.emit(), at(after));
}

describe("the breaker", () => {
  it("opens after five straight failures, lets one probe per interval through, and closes with one success", async () => {
    answering(500);
    const rows = [];
    for (let index = 0; index < 12; index += 1) rows.push(await sender.emit());
    for (const row of rows.slice(0, 5)) await sender.attempt(row, at(0));
    expect(receiver.arrived).toHaveLength(5);
    const waiting = rows.slice(5);
    const everyone = (after: number) => Promise.all(waiting.map((row) => sender.attempt(row, at(after))));
    await everyone(1_000);
    await everyone(20_000);
    expect(receiver.arrived).toHaveLength(5);
    for (const [nth, interval] of [40_000, 80_000, 120_000].entries()) {
      await everyone(interval);
      await everyone(interval + 1_000);
      expect(receiver.arrived).toHaveLength(6 + nth);
    }
    answering(200);
    await everyone(20 * MINUTE);
    expect(receiver.arrived).toHaveLength(9);
    expect(await current()).toMatchObject({ state: "delivering", consecutiveFailures: 0, openUntil: null });
    await everyone(21 * MINUTE);
    expect((await states()).filter((state) => state === "delivered").length).toBeGreaterThanOrEqual(4);
    measured({ "probes in 120 s": 3 });
  });

  it("opens for its first interval, however many fail together, and late failures do not prolong it", async () => {
    answering(500);
    const rows = [];
    for (let index = 0; index < 30; index += 1) rows.push(await sender.emit());
    receiver.answer((response) => {
      setTimeout(() => response.writeHead(500).end(), 200);
    });
    await Promise.all(rows.map((row) => sender.attempt(row, at(0))));
    const { openUntil, consecutiveFailures } = await current();
    expect(consecutiveFailures).toBeLessThan(10);
    expect((openUntil?.getTime() ?? 0) - start).toBeLessThan(60_000);
  });

  it("lets what waited go at a ramp, not all at once", async () => {
    answering(500);
    for (let index = 0; index < 5; index += 1) await sender.attempt(await sender.emit());
    for (let index = 0; index < 60; index += 1) await sender.emit();
    await withEmployer(sender.actor.employerId, (tx) => tx.update(endpoint).set({ openUntil: new Date() }));
    let [now, most] = [0, 0];
    const widths: number[] = [];
    receiver.answer((response) => {
      now += 1;
      most = Math.max(most, now);
      widths.push(now);
      setTimeout(() => {
        now -= 1;
        response.writeHead(200).end();
      }, 50);
    });
    receiver.arrived.length = 0;
    const engine = await startDeliveries();
    try {
      await expect
        .poll(async () => (await states()).filter((state) => state === "delivered").length, { timeout: 60_000 })
        .toBeGreaterThanOrEqual(60);
    } finally {
      await engine.stop();
    }
    // The probe goes alone; the first after it find few places.
    expect(widths[0]).toBe(1);
    expect(Math.max(...widths.slice(0, 4))).toBeLessThanOrEqual(10);
    measured({ "first widths": widths.slice(0, 12).join(" "), "most at once": most });
  });
});

describe("an endpoint", () => {
  it("that answers 410 is switched off at once, and the others are told", async () => {
    const other = await createEndpoint(sender.actor, { url: receiver.url, eventTypes: ["webhook.endpoint_disabled"] });
    answering(410);
    await failAt(0);
    expect(await current()).toMatchObject({ state: "off", offReason: "gone" });
    expect(await told()).toEqual(["webhook.endpoint_disabled"]);
    const { deliveries } = await listDeliveries(sender.actor, { endpointId: other.id });
    expect(deliveries).toMatchObject([{ eventType: "webhook.endpoint_disabled", state: "queued" }]);
    expect(await issues()).toMatchObject([{ type: "endpoint_off" }]);
  });

  it("that only fails is warned about after 1, 2½, 3 and 4 days, once each, and switched off after 5", async () => {
    answering(500);
    const warnings: [number, number][] = [];
    for (const days of [0, 0.5, 0.9, 1, 1.5, 2, 2.5, 2.7, 3, 3.5, 4, 4.5, 4.9]) {
      await failAt(days * DAY + (days > 0 ? MINUTE : 0));
      warnings.push([days, (await told()).length]);
    }
    expect(
      warnings.filter(([, count], index) => count > (warnings[index - 1]?.[1] ?? 0)).map(([days]) => days),
    ).toEqual([1, 2.5, 3, 4]);
    expect(await issues()).toMatchObject([{ type: "endpoint_failing", severity: "warn" }]);
    await failAt(5.01 * DAY);
    expect(await current()).toMatchObject({ state: "off", offReason: "failing" });
    expect((await told()).at(-1)).toBe("webhook.endpoint_disabled");
    expect(await issues()).toMatchObject([{ type: "endpoint_off", severity: "bad" }]);
    const own = await listDeliveries(sender.actor, { endpointId: sender.endpointId, limit: 100 });
    expect(own.deliveries.filter((one) => one.eventType.startsWith("webhook."))).toEqual([]);
  });

  it("that seldom has something to take is warned about by the clock", async () => {
    answering(500);
    await failAt(0);
    for (const days of [0.5, 1, 2, 3.2, 3.3]) await warnSilentEndpoints(new Date(start + days * DAY));
    expect(await told()).toEqual(["webhook.endpoint_failing", "webhook.endpoint_failing"]);
    expect(await current()).toMatchObject({ state: "delivering" });
  });

  it("starts from the beginning with a single success, which heals the issue and is told too", async () => {
    answering(500);
    await failAt(0);
    await failAt(3.5 * DAY);
    expect(await issues()).toHaveLength(1);
    answering(200);
    await failAt(3.6 * DAY);
    expect(await current()).toMatchObject({ state: "delivering", failingSince: null, warnings: 0 });
    expect(await issues()).toEqual([]);
    expect(await told()).toEqual(["webhook.endpoint_failing", "webhook.endpoint_recovered"]);
    answering(500);
    await failAt(3.7 * DAY);
    await failAt(5.2 * DAY);
    expect(await current()).toMatchObject({ state: "delivering", warnings: 1 });
  });

  it("keeps what happens while it is off as not sent, and switching it on recovers all that it missed", async () => {
    const waited = [await sender.emit(), await sender.emit()];
    await switchEndpoint(sender.actor, sender.endpointId, false);
    const meanwhile = [await sender.emit(), await sender.emit(), await sender.emit()];
    expect(await states()).toEqual(Array.from({ length: 5 }, () => "not_sent"));
    const { missedSince, offAt } = await current();
    expect(missedSince?.getTime()).toBeLessThan(waited[0]?.createdAt.getTime() ?? 0);
    expect(offAt?.getTime()).toBeGreaterThanOrEqual(waited[1]?.createdAt.getTime() ?? 0);

    const form = new FormData();
    form.set("intent", "on");
    form.set("recover", "yes");
    await steerEndpoint(sender.actor, sender.endpointId, form);
    const [begun] = await listRecoveries(sender.actor, sender.endpointId);
    const { employerId } = sender.actor;
    const [row] = await withEmployer(employerId, (tx) =>
      tx
        .select()
        .from(recovery)
        .where(eq(recovery.id, begun?.id ?? "")),
    );
    await recoverPage({ employerId, recoveryId: begun?.id ?? "", after: row?.cursor ?? "" });
    const { deliveries } = await listDeliveries(sender.actor, { endpointId: sender.endpointId, state: "queued" });
    expect(deliveries.map((one) => one.eventId).sort()).toEqual(
      [...waited, ...meanwhile].map((one) => one.eventId).sort(),
    );
  });
});
