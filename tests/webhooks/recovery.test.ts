import { eq } from "drizzle-orm";
import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { type Actor, systemActor } from "#app/services/actor.ts";
import { createEndpoint, switchEndpoint } from "#app/services/endpoints.server.ts";
import { cancelRecovery, getRecovery, startRecovery } from "#app/services/recoveries.server.ts";
import { recoverPage, wakeRecoveries } from "#app/services/recovery-page.server.ts";
import { withEmployer, withSystem } from "#db/client.server.ts";
import { recovery } from "#db/schema/webhooks.ts";
import { makeEmployer } from "#tests/support/connections.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";
import { measured } from "#tests/support/measured.ts";
import { startReceiver } from "#tests/support/receiver.ts";
import { killProcess, outwaitTheDead, startWorkerProcess } from "#tests/support/worker-process.ts";
import { type History, replaysOf, stillFailed, writeHistories } from "./histories.ts";

const database = await testDatabase();

const DAY = 86_400_000;
let actor: Actor;
let endpointId: string;
let receiver: Awaited<ReturnType<typeof startReceiver>>;

beforeAll(async () => {
  receiver = await startReceiver();
});

beforeEach(async () => {
  setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: receiver.host });
  receiver.arrived.length = 0;
  actor = systemActor(await makeEmployer("Hollin"), "Mara");
  ({ id: endpointId } = await createEndpoint(actor, { url: receiver.url }));
});

const write = (histories: readonly History[]) =>
  writeHistories(database.adminUrl, { employerId: actor.employerId, endpointId }, histories);
const replays = () => replaysOf(database.adminUrl, actor.employerId);
const start = (days: number, more: Partial<Parameters<typeof startRecovery>[2]> = {}) =>
  startRecovery(actor, endpointId, { since: new Date(Date.now() - days * DAY).toISOString(), ...more });
const current = (id: string) => getRecovery(actor, endpointId, id);
const noJobs = () => withSystem((tx) => tx.execute("delete from graphile_worker._private_jobs"));

/** The job that would run next. */
async function nextJob(recoveryId: string) {
  const [row] = await withEmployer(actor.employerId, (tx) =>
    tx.select().from(recovery).where(eq(recovery.id, recoveryId)),
  );
  return { employerId: actor.employerId, recoveryId, after: row?.cursor ?? "" };
}

const endings = fc.constantFrom("failed", "not_sent", "delivered", "retrying", "queued", "sending");
/** Of one message: how each of its deliveries to the endpoint ended, oldest first, and how many attempts each had. */
const history: fc.Arbitrary<History> = fc.record({
  deliveries: fc.array(fc.record({ state: endings, attempts: fc.integer({ min: 1, max: 15 }) }), {
    minLength: 1,
    maxLength: 5,
  }),
});

/** As they are after an outage: everything failed once, some were sent again by hand, and some of those arrived. */
const afterAnOutage: fc.Arbitrary<History> = fc
  .tuple(
    fc.integer({ min: 1, max: 15 }),
    fc.option(fc.record({ state: endings, attempts: fc.integer({ min: 1, max: 15 }) }), { freq: 3 }),
  )
  .map(([attempts, later]) => ({ deliveries: [{ state: "failed", attempts }, ...(later ? [later] : [])] }));

describe("recover since", () => {
  it("sends each message that is still failed exactly once, over random histories, page sizes, repetitions and aborted pages", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(history, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 17 }),
        fc.array(fc.constantFrom("go", "twice", "abort", "late"), { minLength: 1, maxLength: 6 }),
        async (histories, rows, mishaps) => {
          actor = systemActor(await makeEmployer("Hollin"), "Mara");
          ({ id: endpointId } = await createEndpoint(actor, { url: receiver.url }));
          const messages = await write(histories);
          const { id } = await start(45);
          for (let page = 0; (await current(id)).state === "running"; page += 1) {
            if (page > 2_000) throw new Error("The recovery does not end.");
            const job = await nextJob(id);
            const mishap = mishaps[page % mishaps.length];
            if (mishap === "abort") await abortedPage(job, rows);
            if (mishap === "twice") await Promise.all([recoverPage(job, { rows }), recoverPage(job, { rows })]);
            else await recoverPage(job, { rows });
            if (mishap === "late") await recoverPage(job, { rows });
          }
          const wanted = stillFailed(messages);
          const made = await replays();
          expect(made.map((one) => one.eventId).sort()).toEqual(wanted.sort());
          const failing = messages.filter(({ states }) => states.some((one) => one === "failed" || one === "not_sent"));
          expect(await current(id)).toMatchObject({
            state: "done",
            found: failing.length,
            enqueued: wanted.length,
            skipped: failing.length - wanted.length,
            progress: 1,
          });
          await noJobs();
        },
      ),
      { numRuns: 25, seed: Date.now() & 0x7fff_ffff, verbose: true },
    );
  });

  /** A page whose transaction dies after all its statements: nothing of it may be seen afterwards. */
  async function abortedPage(job: Awaited<ReturnType<typeof nextJob>>, rows: number): Promise<void> {
    const before = (await replays()).length;
    await asAdmin(database.adminUrl, (admin) =>
      admin.unsafe(`create or replace function stop_page() returns trigger language plpgsql as $$
          begin raise exception 'the machine died'; end $$;
        create constraint trigger stop_page after update on recovery deferrable initially deferred
          for each row execute function stop_page()`),
    );
    await expect(recoverPage(job, { rows })).rejects.toThrow("the machine died");
    await asAdmin(database.adminUrl, (admin) => admin`drop trigger stop_page on recovery`);
    expect(await replays()).toHaveLength(before);
  }

  it("takes 10,000 messages of 40 days with 1 to 15 attempts each, and a worker killed half-way makes no difference", async () => {
    const seed = Date.now() & 0x7fff_ffff;
    console.info(`seed of the histories: ${seed}`);
    const histories = fc.sample(afterAnOutage, { numRuns: 19_000, seed });
    const messages = await write(histories);
    const wanted = stillFailed(messages);
    expect(wanted.length).toBeGreaterThan(10_000);
    const { id } = await start(45);

    // What is sent again needs not arrive for this; one slot leaves the machine to the recovery.
    setEnvironment({ PATCHBAY_WORKER_DELIVERIES: "1" });
    let worker = startWorkerProcess(database, "http://127.0.0.1:1");
    await until(async () => (await current(id)).enqueued > wanted.length / 4);
    await killProcess(worker);
    const half = await current(id);
    expect(half.state).toBe("running");
    expect((await replays()).length).toBe(half.enqueued);

    await outwaitTheDead(database);
    worker = startWorkerProcess(database, "http://127.0.0.1:1");
    await until(async () => (await current(id)).state === "done");
    await killProcess(worker);
    const made = await replays();
    expect(made).toHaveLength(wanted.length);
    expect(made.map((one) => one.eventId).sort()).toEqual(wanted.sort());
    expect(await current(id)).toMatchObject({ enqueued: wanted.length });
    measured({
      messages: messages.length,
      "still failed": wanted.length,
      sent: made.length,
      "killed at": half.enqueued,
      seed,
    });
  }, 240_000);

  it("goes on by itself when its job was lost", async () => {
    await write([{ deliveries: [{ state: "failed", attempts: 8 }] }]);
    const { id } = await start(45);
    await noJobs();
    await wakeRecoveries(new Date(Date.now() + 60_000));
    const jobs = await withSystem((tx) =>
      tx.execute(`select key from graphile_worker.jobs where key like 'recovery:%'`),
    );
    expect(jobs).toHaveLength(1);
    await recoverPage(await nextJob(id));
    expect(await replays()).toHaveLength(1);
  });

  it("looks only at the time, the ends and the events it was asked for, and never at test events", async () => {
    const messages = await write([
      { deliveries: [{ state: "failed", attempts: 8 }] },
      { deliveries: [{ state: "not_sent", attempts: 1 }] },
      { deliveries: [{ state: "delivered", attempts: 1 }] },
      { deliveries: [{ state: "failed", attempts: 8 }] },
    ]);
    const sent = async (days: number, more: Parameters<typeof start>[1]) => {
      const before = new Set((await replays()).map((one) => one.id));
      const { id } = await start(days, more);
      await runThrough(id);
      const made = (await replays()).filter((one) => !before.has(one.id)).map((one) => one.eventId);
      await asAdmin(database.adminUrl, (admin) => admin`delete from delivery where recovery_id is not null`);
      return made.map((eventId) => messages.findIndex((one) => one.eventId === eventId)).sort();
    };
    expect(await sent(45, { states: ["failed"] })).toEqual([0, 3]);
    expect(await sent(45, { states: ["not_sent"] })).toEqual([1]);
    expect(await sent(45, { states: ["failed", "not_sent", "delivered"] })).toEqual([0, 1, 2, 3]);
    expect(await sent(45, { eventTypes: ["job.posted"] })).toEqual([]);
    expect(await sent(15, {})).toEqual([3]);
    const twentyDaysAgo = new Date(Date.now() - 20 * DAY).toISOString();
    expect(await sent(45, { until: twentyDaysAgo })).toEqual([0, 1]);
    await asAdmin(database.adminUrl, (admin) => admin`update delivery set cause = 'test'`);
    expect(await sent(45, {})).toEqual([]);
  });

  it("is one at a time for an endpoint, can be cancelled, and ends when the endpoint is switched off", async () => {
    await write(Array.from({ length: 6 }, () => ({ deliveries: [{ state: "failed" as const, attempts: 8 }] })));
    const started = await Promise.allSettled([start(45), start(45), start(45)]);
    expect(started.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    const first = started.find((one) => one.status === "fulfilled")?.value.id ?? "";
    await recoverPage(await nextJob(first), { rows: 2 });
    expect(await current(first)).toMatchObject({ state: "running", found: 2, enqueued: 2 });
    expect((await current(first)).progress).toBeGreaterThan(0);
    await cancelRecovery(actor, endpointId, first);
    await recoverPage(await nextJob(first), { rows: 2 });
    expect(await current(first)).toMatchObject({ state: "cancelled", enqueued: 2, note: "Cancelled by Mara." });
    await expect(cancelRecovery(actor, endpointId, first)).rejects.toThrow("has ended");

    const { id } = await start(45);
    await switchEndpoint(actor, endpointId, false);
    await runThrough(id);
    expect(await current(id)).toMatchObject({ state: "cancelled", note: "The endpoint was switched off." });
    await expect(start(45)).rejects.toThrow("switched off");
    expect((await replays()).length).toBe(2);
  });

  it("belongs to its employer", async () => {
    await write([{ deliveries: [{ state: "failed", attempts: 8 }] }]);
    const { id } = await start(45);
    const stranger = systemActor(await makeEmployer("Elsewhere"), "Mara");
    await expect(getRecovery(stranger, endpointId, id)).rejects.toThrow("does not exist");
    await expect(cancelRecovery(stranger, endpointId, id)).rejects.toThrow("does not exist");
    await expect(startRecovery(stranger, endpointId, { since: new Date(0).toISOString() })).rejects.toThrow(
      "does not exist",
    );
    await recoverPage({ ...(await nextJob(id)), employerId: stranger.employerId });
    expect(await replays()).toEqual([]);
  });
});

/** Makes the pages of a recovery until it has ended. */
async function runThrough(recoveryId: string): Promise<void> {
  for (let page = 0; (await current(recoveryId)).state === "running"; page += 1) {
    if (page > 500) throw new Error("The recovery does not end.");
    await recoverPage(await nextJob(recoveryId));
  }
}

/** Waits for something that another process does, however busy the machine is. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("It did not come to that.");
}
