import { and, eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { saveJob } from "#app/services/jobs.server.ts";
import { publish } from "#app/services/postings.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { posting, postingEvent } from "#db/schema/postings.ts";
import { event } from "#db/schema/webhooks.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";
import { type BoardWorld, boardsForEach, sampleJob } from "#tests/support/postings.ts";
import { startReceiver } from "#tests/support/receiver.ts";
import { killProcess, outwaitTheDead, startWorkerProcess } from "#tests/support/worker-process.ts";

const database = await testDatabase();
const PRICE = "USD 29900";
const JOBS = 4;
let world: BoardWorld;
let jobIds: string[];

boardsForEach(async (one) => {
  world = one;
  jobIds = [world.job.id];
  for (let n = 2; n <= JOBS; n += 1) {
    const { id } = await saveJob(world.actor, null, { ...sampleJob, title: `Senior Welder ${n}` });
    jobIds.push(id);
  }
});

const worker = () => startWorkerProcess(database, world.sandbox.origin);
const inTenant = <T>(work: Parameters<typeof withEmployer<T>>[1]) => withEmployer(world.employerId, work);
/** Longer than a posting's lease (90 s): a step that could not be written down is made again when its lease has ended. */
const eventually = (check: () => Promise<void>, timeout = 150_000) => vi.waitFor(check, { timeout, interval: 100 });
const rowsAt = (vendorId: string) =>
  inTenant((tx) => tx.select().from(posting).where(eq(posting.vendorId, vendorId)).orderBy(posting.id));

async function publishAll(vendorId: string, total = ""): Promise<void> {
  const connectionId = await world.connect(vendorId);
  for (const id of jobIds) await publish(world.actor, id, [connectionId], total);
}

const zipRecruiter = z.object({
  jobs: z.array(z.object({ status: z.string(), job: z.object({ job_id: z.string() }) })),
});
const onZipRecruiter = async () =>
  zipRecruiter.parse(await world.state("ziprecruiter")).jobs.map(({ job, status }) => `${status} ${job.job_id}`);

const weWorkRemotely = z.object({
  listings: z.array(z.object({ id: z.number(), listing: z.object({ title: z.string() }) })),
  charges: z.array(z.object({ listing: z.number() })),
});
const onWeWorkRemotely = async () => weWorkRemotely.parse(await world.state("weworkremotely"));

/** Each job stands at ZipRecruiter once, our rows say so with its id, and the world was told once of each. */
async function expectEachLiveOnce(): Promise<void> {
  const rows = await rowsAt("ziprecruiter");
  expect(rows).toHaveLength(JOBS);
  expect((await onZipRecruiter()).sort()).toEqual(rows.map(({ key }) => `active ${key}`).sort());
  for (const row of rows) {
    expect(row).toMatchObject({ state: "live", externalId: row.key, sentAt: null, leaseOwner: null });
    const history = await inTenant((tx) =>
      tx
        .select()
        .from(postingEvent)
        .where(and(eq(postingEvent.postingId, row.id), eq(postingEvent.state, "live"))),
    );
    expect(history.filter(({ note }) => note === null || note.startsWith("Found on"))).toHaveLength(1);
    const told = await inTenant((tx) =>
      tx
        .select()
        .from(event)
        .where(and(eq(event.subjectId, row.id), eq(event.type, "job.posted"))),
    );
    expect(told).toHaveLength(1);
  }
}

describe("a worker that is killed in the middle of a distribution", () => {
  it("after boards took postings and before we noted it: each is up once, is noted by another worker, and is told once", {
    timeout: 400_000,
  }, async () => {
    const receiver = await startReceiver();
    setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: receiver.host });
    await createEndpoint(world.actor, { url: receiver.url, eventTypes: ["job.posted"] });
    await publishAll("ziprecruiter");
    const first = worker();
    await eventually(async () =>
      expect((await rowsAt("ziprecruiter")).some(({ state }) => state === "live")).toBe(true),
    );
    await world.fault("ziprecruiter", "slow-after-commit", { count: 0, seconds: 60, match: "^POST " });
    const takenUnnoted = async () => {
      const there = await onZipRecruiter();
      const rows = await rowsAt("ziprecruiter");
      return rows.filter((row) => row.externalId === null && there.includes(`active ${row.key}`));
    };
    await eventually(async () => expect((await takenUnnoted()).length).toBeGreaterThan(0));
    await killProcess(first);
    expect((await takenUnnoted()).every(({ sentAt }) => sentAt !== null)).toBe(true);

    await world.fault("ziprecruiter", "clear");
    await outwaitTheDead(database);
    worker();
    await eventually(expectEachLiveOnce);
    await eventually(async () =>
      expect(new Set(receiver.arrived.map(({ headers }) => headers["webhook-id"])).size).toBe(JOBS),
    );
    const subjects = receiver.arrived.map(({ body }) => JSON.parse(body).data.job.id);
    expect(new Set(subjects)).toEqual(new Set(jobIds));
  });

  it("before the board was called: nothing was sent, and another worker sends each once", {
    timeout: 400_000,
  }, async () => {
    await publishAll("ziprecruiter");
    const keys = (await rowsAt("ziprecruiter")).map(({ id }) => `posting:${id}`);
    await asAdmin(database.adminUrl, (admin) =>
      admin.begin(async (tx) => {
        await tx`select 1 from posting where employer_id = ${world.employerId} for update`;
        const first = worker();
        // Asked inside the transaction, so that it never idles, and of these postings alone.
        await eventually(async () =>
          expect(
            await tx`select 1 from graphile_worker.jobs where key = any(${keys}) and locked_at is not null`,
          ).toHaveLength(JOBS),
        );
        await killProcess(first);
      }),
    );
    expect(await onZipRecruiter()).toEqual([]);
    expect((await rowsAt("ziprecruiter")).map(({ sentAt }) => sentAt)).toEqual(Array(JOBS).fill(null));

    await outwaitTheDead(database);
    worker();
    await eventually(expectEachLiveOnce);
  });

  it("while its request was on the way: what the board takes after our death is found, not sent again", {
    timeout: 400_000,
  }, async () => {
    await world.fault("ziprecruiter", "slow", { count: 0, seconds: 60, match: "^POST " });
    await publishAll("ziprecruiter");
    const first = worker();
    await eventually(async () =>
      expect((await rowsAt("ziprecruiter")).some(({ sentAt }) => sentAt !== null)).toBe(true),
    );
    const meter = async () =>
      z
        .object({ total: z.number() })
        .parse(await (await fetch(`${world.sandbox.origin}/_control/ziprecruiter/meter?match=^POST`)).json()).total;
    await eventually(async () => expect(await meter()).toBeGreaterThan(0));
    expect(await onZipRecruiter()).toEqual([]);
    await killProcess(first);
    await eventually(async () => expect((await onZipRecruiter()).length).toBeGreaterThan(0));

    await world.fault("ziprecruiter", "clear");
    await outwaitTheDead(database);
    worker();
    await eventually(expectEachLiveOnce);
    expect(await meter()).toBe(JOBS);
  });

  it("at a paid board that cannot be asked: nobody pays twice, and what is unsure waits for a person until it is seen", {
    timeout: 400_000,
  }, async () => {
    await world.fault("weworkremotely", "slow-after-commit", { count: 0, seconds: 60, match: "^POST " });
    await publishAll("weworkremotely", PRICE);
    const first = worker();
    await eventually(async () => expect((await onWeWorkRemotely()).charges.length).toBeGreaterThan(0));
    await killProcess(first);
    const paid = (await onWeWorkRemotely()).charges.length;
    expect((await rowsAt("weworkremotely")).filter(({ sentAt }) => sentAt !== null).length).toBeGreaterThanOrEqual(
      paid,
    );

    await world.fault("weworkremotely", "clear");
    await outwaitTheDead(database);
    worker();
    await eventually(async () => {
      const rows = await rowsAt("weworkremotely");
      expect(rows.every(({ state }) => state === "your_step" || state === "in_review")).toBe(true);
    });
    // Some may have been written down as being sent and never left: they wait for a person too, unpaid.
    const { listings, charges } = await onWeWorkRemotely();
    expect(charges.length).toBeGreaterThanOrEqual(paid);
    expect(charges).toHaveLength(listings.length);
    expect(new Set(listings.map(({ listing }) => listing.title)).size).toBe(listings.length);
    const unsure = (await rowsAt("weworkremotely")).filter(({ state }) => state === "your_step");
    expect(unsure.length).toBeGreaterThanOrEqual(paid);

    for (const { id } of listings) await world.act("weworkremotely", "approve", { id: String(id) });
    for (const row of await rowsAt("weworkremotely")) await world.run(row.id, 2);
    const rows = await rowsAt("weworkremotely");
    const live = rows.filter(({ state }) => state === "live");
    expect(live.map(({ externalId }) => externalId).sort()).toEqual(listings.map(({ id }) => String(id)).sort());
    expect(rows.filter(({ state }) => state === "your_step")).toHaveLength(JOBS - live.length);
    expect((await onWeWorkRemotely()).charges).toHaveLength(charges.length);
  });
});
