import postgres from "postgres";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { randomToken } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { type Alert, alertsOf, QUEUE_AGE_SECONDS, watchAlerts } from "#app/services/alerts.server.ts";
import { createSnapshotWatch } from "#app/services/snapshot-watch.server.ts";
import { queueAge, webhookFigures } from "#app/services/webhook-figures.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { delivery, endpoint } from "#db/schema/webhooks.ts";
import { startHeartbeat } from "#jobs/heartbeat.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender } from "#tests/support/deliveries.ts";
import { measured } from "#tests/support/measured.ts";
import { startReceiver } from "#tests/support/receiver.ts";

const database = await testDatabase();
const { url } = await testApp();

const TOKEN = "a token that only the collector has";
const collect = (authorization?: string) =>
  fetch(`${url}/metrics`, { headers: authorization === undefined ? {} : { authorization } });

/** The samples of one answer, by name with labels. */
async function samples(): Promise<Map<string, number>> {
  const answer = await collect(`Bearer ${TOKEN}`);
  expect(answer.status).toBe(200);
  const lines = (await answer.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

function withToken(): void {
  setEnvironment({ PATCHBAY_METRICS_TOKEN: TOKEN });
  onTestFinished(() => setEnvironment({ PATCHBAY_METRICS_TOKEN: undefined }));
}

describe("the figures", () => {
  it("are there for whoever shows the instance's token, and for nobody else", async () => {
    expect((await collect()).status).toBe(404);
    expect((await collect(`Bearer ${TOKEN}`)).status).toBe(404);
    withToken();
    for (const wrong of [undefined, "", "Bearer", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN]) {
      const answer = await collect(wrong);
      expect(answer.status).toBe(401);
      expect(await answer.text()).not.toContain("patchbay_");
    }
    expect((await collect(`Bearer ${TOKEN}`)).status).toBe(200);
  });

  it("count attempts by class, time to the first attempt and what waits, over all employers and naming none", async () => {
    withToken();
    const receiver = await startReceiver();
    allowEgress(receiver.host);
    const [one, other] = [await makeSender(receiver.url), await makeSender(receiver.url)];
    const before = await samples();
    const grown = (after: Map<string, number>, name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);

    await one.attempt(await one.emit());
    receiver.answer((response) => response.writeHead(500).end());
    await one.attempt(await one.emit());
    await other.attempt(await other.emit());
    await other.emit();
    const after = await samples();
    expect(grown(after, 'patchbay_webhook_attempts_recent{class="delivered"}')).toBe(1);
    expect(grown(after, 'patchbay_webhook_attempts_recent{class="http"}')).toBe(2);
    expect(grown(after, 'patchbay_webhook_deliveries_waiting{state="retrying"}')).toBe(2);
    expect(grown(after, 'patchbay_webhook_deliveries_waiting{state="queued"}')).toBe(1);
    expect(grown(after, "patchbay_webhook_first_attempt_seconds_count")).toBe(3);
    expect(grown(after, 'patchbay_webhook_first_attempt_seconds_bucket{le="+Inf"}')).toBe(3);
    expect(after.get("patchbay_webhook_first_attempt_seconds_sum")).toBeGreaterThan(0);
    const counts = [...after]
      .filter(([name]) => name.startsWith("patchbay_webhook_first_attempt_seconds_bucket"))
      .map(([, count]) => count);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    for (const name of after.keys()) expect(name).not.toContain(one.actor.employerId);
    measured({ samples: after.size });
  });

  it("tell how long what could go out has waited, and leave out what rests by design", async () => {
    const receiver = await startReceiver();
    allowEgress(receiver.host);
    const sender = await makeSender(receiver.url);
    const { employerId } = sender.actor;
    await sender.emit();
    const due = new Date(Date.now() - 90_000);
    await withEmployer(employerId, (tx) => tx.update(delivery).set({ nextAttemptAt: due }));
    expect(await queueAge()).toBeGreaterThanOrEqual(90);
    const of = (values: Partial<typeof endpoint.$inferInsert>) =>
      withEmployer(employerId, (tx) => tx.update(endpoint).set(values));
    for (const [resting, awake] of [
      [{ openUntil: new Date(Date.now() + 60_000) }, { openUntil: null }],
      [{ ratePerSecond: 1 }, { ratePerSecond: null }],
      [{ state: "off" as const }, { state: "delivering" as const }],
    ]) {
      await of(resting ?? {});
      expect(await queueAge()).toBeLessThan(60);
      await of(awake ?? {});
      expect(await queueAge()).toBeGreaterThanOrEqual(90);
    }
    await withEmployer(employerId, (tx) => tx.update(delivery).set({ nextAttemptAt: null, state: "failed" }));
  });

  it("hear the workers", async () => {
    const heartbeat = await startHeartbeat([`pool-${randomToken(6)}`], () => {});
    const { workers } = await webhookFigures();
    expect(workers).toHaveLength(1);
    expect(workers[0]).toBeLessThan(30);
    await heartbeat.stop();
    expect((await webhookFigures()).workers).toEqual([]);
  });
});

describe("an alert", () => {
  /** Whoever holds a snapshot from now on. */
  async function snapshot(login: string): Promise<{ end(): Promise<void> }> {
    const client = postgres(login, { max: 1, onnotice: () => {} });
    const held = await client.reserve();
    await held.unsafe("begin isolation level repeatable read");
    await held.unsafe("select count(*) from employer");
    let ended = false;
    const end = async () => {
      if (ended) return;
      ended = true;
      await held.unsafe("rollback");
      held.release();
      await client.end();
    };
    onTestFinished(end);
    return { end };
  }

  it.each([
    ["the app's own login", "appUrl"],
    ["the owner's login", "ownerUrl"],
    ["an administrator's login", "adminUrl"],
  ] as const)("fires while a snapshot is held by %s, and ends with it", async (_who, login) => {
    const told: Alert[] = [];
    let passed = 0;
    const snapshots = createSnapshotWatch(() => Date.now() + passed);
    const looked = vi.spyOn(snapshots, "look");
    const watch = watchAlerts({ snapshots, everyMs: 100, tell: (alert) => told.push(alert) });
    onTestFinished(() => watch.stop());
    const held = await snapshot(database[login]);
    for (let count = 0; count < 120; count += 1) await sql`select pg_current_xact_id()`;
    const before = looked.mock.settledResults.length;
    await vi.waitFor(() => expect(looked.mock.settledResults.length).toBeGreaterThan(before + 2), { timeout: 30_000 });
    expect(told.filter(({ name }) => name === "oldest-snapshot")).toEqual([]);
    passed = 21_000;
    const says = (firing: boolean) => () =>
      expect(told).toContainEqual(expect.objectContaining({ name: "oldest-snapshot", firing }));
    await vi.waitFor(says(true), { timeout: 30_000 });
    await held.end();
    await vi.waitFor(says(false), { timeout: 30_000 });
    expect(told.filter(({ name }) => name === "oldest-snapshot").map(({ firing }) => firing)).toEqual([true, false]);
  });

  it("fires while something that could go out waits, and is a figure too", async () => {
    withToken();
    const receiver = await startReceiver();
    allowEgress(receiver.host);
    const sender = await makeSender(receiver.url);
    const told: Alert[] = [];
    const watch = watchAlerts({ everyMs: 100, tell: (alert) => told.push(alert) });
    onTestFinished(() => watch.stop());
    const waiting = await sender.emit();
    const due = new Date(Date.now() - (QUEUE_AGE_SECONDS + 5) * 1_000);
    await withEmployer(sender.actor.employerId, (tx) => tx.update(delivery).set({ nextAttemptAt: due }));
    const says = (firing: boolean) => () =>
      expect(told).toContainEqual(expect.objectContaining({ name: "webhook-queue-age", firing }));
    await vi.waitFor(says(true), { timeout: 30_000 });
    expect((await samples()).get('patchbay_alert_firing{alert="webhook-queue-age"}')).toBe(1);
    await sender.attempt(waiting);
    await vi.waitFor(says(false), { timeout: 30_000 });
    expect((await samples()).get('patchbay_alert_firing{alert="webhook-queue-age"}')).toBe(0);
  });

  it("says what is wrong and what to do", () => {
    const held = { pid: 7, login: "analyst", seconds: 25.2, transactions: 4_000, alert: true };
    const quiet = alertsOf({ queueAgeSeconds: 0, snapshot: null });
    expect(quiet.map(({ firing }) => firing)).toEqual([false, false]);
    const loud = alertsOf({ queueAgeSeconds: 61, snapshot: held });
    expect(loud.map(({ firing, sentence }) => [firing, sentence])).toEqual([
      [true, "A webhook that could go out has waited for 61 s. See whether workers run and keep up."],
      [
        true,
        "A transaction of analyst (process 7) is held open for 25 s and keeps the dead rows of 4000 others. End it.",
      ],
    ]);
  });
});
