import { and, eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { replayDelivery, replaySelected } from "#app/services/delivery-replay.server.ts";
import { attemptsAtMost, retrySteps } from "#app/services/delivery-schedule.ts";
import { withEmployer } from "#db/client.server.ts";
import { delivery, endpoint } from "#db/schema/webhooks.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender, type Sender } from "#tests/support/deliveries.ts";
import { measured } from "#tests/support/measured.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";

await testDatabase();

let receiver: Receiver;
let sender: Sender;
/** Requests under way at the receiver, and the most there ever were. */
let underWay: { now: number; most: number };

beforeEach(async () => {
  receiver = await startReceiver();
  allowEgress(receiver.host);
  sender = await makeSender(receiver.url);
  underWay = { now: 0, most: 0 };
});

/** Answers after a while, and counts how many requests are under way at once. */
const answering = (status: number, milliseconds = 0) =>
  receiver.answer((response) => {
    underWay.now += 1;
    underWay.most = Math.max(underWay.most, underWay.now);
    setTimeout(() => {
      underWay.now -= 1;
      response.writeHead(status).end();
    }, milliseconds);
  });

type Row = Awaited<ReturnType<Sender["emit"]>>;
const again = async (row: Row): Promise<Row> => (await sender.look(row)).delivery;
const byId = async (row: Row, id: string): Promise<Row> => (await sender.look({ ...row, id })).delivery;
/** Whatever failed before: no breaker stands in the way. */
const closeBreaker = () =>
  withEmployer(sender.actor.employerId, (tx) =>
    tx.update(endpoint).set({ openUntil: null, consecutiveFailures: 0, failingSince: null }),
  );
/** The wish of a moment ago is forgotten, as if a person came back later. */
const later = () =>
  withEmployer(sender.actor.employerId, (tx) =>
    tx
      .update(delivery)
      .set({ resentAt: new Date(Date.now() - 60_000), createdAt: new Date(Date.now() - 60_000) })
      .where(and(eq(delivery.employerId, sender.actor.employerId))),
  );

/** Makes the attempts that are due, each at its time, until none follows or there were `most`; returns the pauses. */
async function failThrough(row: Row, most = 100): Promise<number[]> {
  const waits: number[] = [];
  let at = new Date(Date.now() + 1_000);
  for (let made = 0; made < most; made += 1) {
    await closeBreaker();
    await sender.attempt(row, { now: () => at });
    const { nextAttemptAt, state } = await again(row);
    if (!nextAttemptAt || state !== "retrying") return waits;
    waits.push(nextAttemptAt.getTime() - at.getTime());
    at = nextAttemptAt;
  }
  return waits;
}

const expectWholeSchedule = (waits: readonly number[]) => {
  expect(waits).toHaveLength(retrySteps.length);
  for (const [index, step] of retrySteps.entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(step * 0.8);
    // The time that the attempt itself took comes on top.
    expect(waits[index]).toBeLessThanOrEqual(step * 1.2 + 10_000);
  }
};

describe("a resend that fails", () => {
  it("enters the whole schedule again when nothing was left of the first", async () => {
    answering(500);
    const row = await sender.emit();
    expectWholeSchedule(await failThrough(row));
    expect(await again(row)).toMatchObject({ state: "failed", attempts: attemptsAtMost });
    const { deliveryId } = await replayDelivery(sender.actor, row.id);
    const resent = await byId(row, deliveryId);
    expect(resent).toMatchObject({ state: "queued", cause: "replay", replayOf: row.id, eventId: row.eventId });
    expectWholeSchedule(await failThrough(resent));
    expect(await again(resent)).toMatchObject({ state: "failed", attempts: attemptsAtMost });
    expect(new Set(receiver.arrived.map((one) => one.headers["webhook-id"]))).toEqual(new Set([row.eventId]));
    expect(new Set(receiver.arrived.map((one) => one.body)).size).toBe(1);
    measured({ attempts: receiver.arrived.length });
  });

  it("enters the whole schedule again when the first was in its fifth pause, without a second delivery", async () => {
    answering(500);
    const row = await sender.emit();
    await failThrough(row, 5);
    expect(await again(row)).toMatchObject({ state: "retrying", attempts: 5 });
    expect(await replayDelivery(sender.actor, row.id)).toEqual({ deliveryId: row.id });
    expectWholeSchedule(await failThrough(await again(row)));
    expect(await again(row)).toMatchObject({ state: "failed", attempts: 5 + attemptsAtMost });
  });

  it("enters the whole schedule again when it was asked for while an attempt was being made", async () => {
    answering(500);
    const row = await sender.emit();
    await failThrough(row, 4);
    const due = (await again(row)).nextAttemptAt ?? new Date();
    answering(500, 300);
    const attempt = sender.attempt(row, { now: () => due });
    await expect.poll(() => underWay.now, { timeout: 20_000 }).toBe(1);
    await replayDelivery(sender.actor, row.id);
    await attempt;
    expect(underWay.most).toBe(1);
    const { nextAttemptAt, attempts } = await again(row);
    expect(attempts).toBe(5);
    expect((nextAttemptAt?.getTime() ?? 0) - due.getTime()).toBeLessThan(20_000);
  });
});

describe("a resend", () => {
  it("and the scheduled attempt never run at once, however they meet", async () => {
    answering(500, 100);
    const row = await sender.emit();
    await Promise.all([
      ...Array.from({ length: 5 }, () => sender.attempt(row)),
      ...Array.from({ length: 5 }, () => replayDelivery(sender.actor, row.id)),
    ]);
    await Promise.all(Array.from({ length: 5 }, () => sender.attempt(row)));
    expect(underWay.most).toBe(1);
    measured({ "requests at once": underWay.most });
  });

  it("asked for twice is one attempt, however fast the first one ends", async () => {
    for (const status of [200, 500]) {
      answering(200);
      const row = await sender.emit();
      await sender.attempt(row);
      await later();
      answering(status);
      const before = receiver.arrived.length;
      const first = await replayDelivery(sender.actor, row.id);
      await sender.attempt(await byId(row, first.deliveryId));
      const second = await replayDelivery(sender.actor, row.id);
      await sender.attempt(await byId(row, second.deliveryId));
      expect(second).toEqual(first);
      expect(receiver.arrived.length - before).toBe(1);
      await closeBreaker();
    }
  });

  it("of what waits for its next time, asked for twice, is one attempt", async () => {
    answering(500);
    const row = await sender.emit();
    await failThrough(row, 3);
    const before = receiver.arrived.length;
    await Promise.all([replayDelivery(sender.actor, row.id), replayDelivery(sender.actor, row.id)]);
    await sender.attempt(row);
    await replayDelivery(sender.actor, row.id);
    await sender.attempt(row);
    expect(receiver.arrived.length - before).toBe(1);
  });

  it("of several sends each event once and all or none of them", async () => {
    const rows = [await sender.emit(), await sender.emit(), await sender.emit()];
    for (const row of rows) await sender.attempt(row);
    await later();
    const [first] = rows;
    const { deliveryId } = await replayDelivery(sender.actor, first?.id ?? "");
    await sender.attempt({ ...(first ?? (await sender.emit())), id: deliveryId });
    await later();
    const ids = [...rows.map((row) => row.id), deliveryId];
    const stranger = await makeSender(receiver.url);
    const theirs = await stranger.emit();
    await expect(replaySelected(sender.actor, sender.endpointId, [...ids, theirs.id])).rejects.toThrow(
      "does not exist",
    );
    await expect(replaySelected(sender.actor, sender.endpointId, [])).rejects.toThrow("Tick");
    expect(await replaySelected(sender.actor, sender.endpointId, ids)).toBe(3);
  });

  it("is the probe where the breaker is open", async () => {
    const row = await sender.emit();
    await withEmployer(sender.actor.employerId, (tx) =>
      tx.update(endpoint).set({ openUntil: new Date(Date.now() + 600_000), consecutiveFailures: 50 }),
    );
    await sender.attempt(row);
    expect(receiver.arrived).toHaveLength(0);
    await replayDelivery(sender.actor, row.id);
    await sender.attempt(row);
    expect(receiver.arrived).toHaveLength(1);
    expect(await again(row)).toMatchObject({ state: "delivered" });
  });
});
