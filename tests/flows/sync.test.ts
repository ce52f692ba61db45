import { and, count, eq, isNull } from "drizzle-orm";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { manifestOf } from "#app/integrations/catalog.ts";
import { systemActor } from "#app/services/actor.ts";
import { applyInboundChange, startDue, syncNow } from "#app/services/sync.server.ts";
import { brake, decideHeldDeletion } from "#app/services/sync-deletions.server.ts";
import { runPage } from "#app/services/sync-page.server.ts";
import { openRun, prepareStreams } from "#app/services/sync-runs.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { issue } from "#db/schema/connections.ts";
import { application, candidate, job } from "#db/schema/hiring.ts";
import { externalRecord, heldDeletion, syncRun, syncStream } from "#db/schema/sync.ts";
import { type RunningWorker, startWorker } from "#jobs/runner.server.ts";
import { makeEmployer } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { connectSandboxVendor, startSandbox } from "#tests/support/sandbox.ts";

await testDatabase();
const sandbox = await startSandbox();
afterAll(() => sandbox.close());

let worker: RunningWorker | undefined;
let employerId: string;
let connectionId: string;

beforeEach(async () => {
  await sandbox.control("greenhouse", "reset", {});
  employerId = await makeEmployer();
  connectionId = await connectSandboxVendor(sandbox, employerId, "greenhouse", { push: true });
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

const inTenant = <T>(work: (tx: EmployerTx) => Promise<T>) => withEmployer(employerId, work);
const manifest = () => {
  const found = manifestOf("greenhouse");
  if (!found) throw new Error("Greenhouse left the catalogue.");
  return found;
};
const begin = () => inTenant((tx) => prepareStreams(tx, employerId, connectionId, manifest()));
const streams = () => inTenant((tx) => tx.select().from(syncStream).where(eq(syncStream.employerId, employerId)));
const allCopied = () =>
  vi.waitFor(
    async () => {
      const rows = await streams();
      expect(rows.map((row) => [row.resource, row.lastStatus]).sort()).toEqual(
        ["applications", "candidates", "jobs", "stages"].map((name) => [name, "succeeded"]),
      );
    },
    { timeout: 50_000, interval: 200 },
  );
const runOf = async (runId: string) => {
  const [run] = await inTenant((tx) => tx.select().from(syncRun).where(eq(syncRun.id, runId)));
  if (!run) throw new Error("The run is gone.");
  return run;
};
const signal = new AbortController().signal;
const known = (resource: string) =>
  inTenant((tx) =>
    tx.$count(
      externalRecord,
      and(
        eq(externalRecord.employerId, employerId),
        eq(externalRecord.resource, resource),
        isNull(externalRecord.deletedAt),
      ),
    ),
  );

/** Runs one resource to its end without a worker, page after page. */
async function runThrough(resource: "jobs" | "stages" | "candidates" | "applications", mode: "incremental" | "full") {
  const started = await inTenant((tx) => openRun(tx, employerId, connectionId, resource, { mode, startedBy: "test" }));
  if (!started.started) throw new Error(started.why);
  for (let page = 0; ; page += 1) {
    const run = await runOf(started.runId);
    if (run.finishedAt) return run;
    await runPage(employerId, started.runId, page, signal);
  }
}
async function copyAll() {
  await begin();
  for (const resource of ["jobs", "stages", "candidates", "applications"] as const) await runThrough(resource, "full");
}

describe("a first copy", () => {
  it("brings jobs, stages, people and applications in the order they need", async () => {
    worker = await startWorker();
    await begin();
    await allCopied();
    const rows = await streams();
    expect(rows.every((row) => row.leaseUntil === null && row.checkpoint !== null && row.records > 0)).toBe(true);
    const [people] = await inTenant((tx) => tx.select({ rows: count() }).from(candidate));
    const [jobs] = await inTenant((tx) => tx.select({ rows: count() }).from(job));
    const [applications] = await inTenant((tx) => tx.select({ rows: count() }).from(application));
    expect([jobs?.rows, people?.rows, applications?.rows]).toEqual([
      await known("jobs"),
      await known("candidates"),
      await known("applications"),
    ]);
  });

  it("writes nothing when it is read again without a change", async () => {
    await copyAll();
    const again = await runThrough("candidates", "full");
    expect(again).toMatchObject({ status: "succeeded", written: 0, deleted: 0, rejected: 0 });
    expect(again.read).toBeGreaterThan(100);
    expect(again.skipped).toBe(again.read);
  });

  it("goes on exactly where it stopped when a page is repeated or its job comes twice", async () => {
    await begin();
    await runThrough("jobs", "full");
    const started = await inTenant((tx) =>
      openRun(tx, employerId, connectionId, "candidates", { mode: "full", startedBy: "test" }),
    );
    if (!started.started) throw new Error(started.why);
    await runPage(employerId, started.runId, 0, signal);
    const after = await runOf(started.runId);
    await Promise.all([runPage(employerId, started.runId, 0, signal), runPage(employerId, started.runId, 0, signal)]);
    expect(await runOf(started.runId)).toMatchObject({ pages: 1, read: after.read, written: after.written });
    await Promise.all([runPage(employerId, started.runId, 1, signal), runPage(employerId, started.runId, 1, signal)]);
    const twice = await runOf(started.runId);
    expect(twice.pages).toBe(2);
    expect([twice.read, twice.written]).toEqual([await known("candidates"), await known("candidates")]);
  });
});

describe("a stream", () => {
  it("never runs twice at once", async () => {
    await begin();
    const options = { mode: "incremental", startedBy: "test" } as const;
    const results = await Promise.all(
      [1, 2, 3, 4].map(() => inTenant((tx) => openRun(tx, employerId, connectionId, "jobs", options))),
    );
    expect(results.filter((result) => result.started)).toHaveLength(1);
  });

  it("reads only what changed since its last run", async () => {
    await copyAll();
    await sandbox.control("greenhouse", "actions/add-job", { account: "acme", title: "Crane Driver" });
    const run = await runThrough("jobs", "incremental");
    expect(run.status).toBe("succeeded");
    expect(run.read).toBeLessThan(10);
    const found = await inTenant((tx) => tx.select().from(job).where(eq(job.title, "Crane Driver")));
    expect(found).toHaveLength(1);
  });

  it("waits its turn when the vendor asks for fewer calls, and keeps what it read", async () => {
    await begin();
    await sandbox.control("greenhouse", "faults", {
      kind: "429",
      count: 1,
      retryAfter: "seconds",
      seconds: 30,
      match: "/jobs",
    });
    const started = await inTenant((tx) =>
      openRun(tx, employerId, connectionId, "jobs", { mode: "full", startedBy: "test" }),
    );
    if (!started.started) throw new Error(started.why);
    await expect(runPage(employerId, started.runId, 0, signal)).rejects.toMatchObject({ kind: "rate-limited" });
    const run = await runOf(started.runId);
    expect(run.status).toBe("parked");
    expect(run.parkedUntil?.getTime()).toBeGreaterThan(Date.now() + 5_000);
  });

  it("is not started while its connection rests", async () => {
    await begin();
    await inTenant((tx) => tx.update(syncStream).set({ leaseUntil: null }));
    await expect(
      syncNow(systemActor(await makeEmployer(), "Stranger"), connectionId, { mode: "full" }),
    ).rejects.toMatchObject({
      kind: "not-found",
    });
    await startDue(employerId, connectionId, "applications");
    const waiting = (await streams()).find((row) => row.resource === "applications");
    expect(waiting?.currentRunId).toBeNull();
    expect(waiting?.nextRunAt?.getTime()).toBeGreaterThan(Date.now());
  });
});

describe("a deletion", () => {
  it("is found by a complete check and carried out when it is plausible", async () => {
    await copyAll();
    const before = await known("jobs");
    await sandbox.control("greenhouse", "actions/delete-job", { account: "acme" });
    const run = await runThrough("jobs", "full");
    expect(run).toMatchObject({ status: "succeeded", deleted: 1 });
    expect(await known("jobs")).toBe(before - 1);
    const archived = await inTenant((tx) => tx.select().from(job).where(eq(job.status, "archived")));
    expect(archived).toHaveLength(1);
  });

  it("is held and asked about when the answer is implausible", async () => {
    await copyAll();
    const people = await known("candidates");
    await inTenant((tx) => tx.update(externalRecord).set({ updatedAt: new Date(Date.now() - 60_000) }));
    const gone = Math.ceil(people * 0.15);
    for (let n = 0; n < gone; n += 1)
      await sandbox.control("greenhouse", "actions/delete-candidate", { account: "acme" });
    const run = await runThrough("candidates", "full");
    expect(run).toMatchObject({ status: "held", deleted: 0 });
    expect(await known("candidates")).toBe(people);
    const [open] = await inTenant((tx) => tx.select().from(issue).where(eq(issue.type, "deletions_held")));
    expect(open?.title).toMatch(/vanished from Greenhouse/);
    const [asked] = await inTenant((tx) => tx.select().from(heldDeletion));
    if (!asked) throw new Error("Nothing was held.");
    await decideHeldDeletion(systemActor(employerId, "Mara"), asked.id, "deleted");
    expect(await known("candidates")).toBe(people - gone);
    expect(await inTenant((tx) => tx.select().from(issue).where(eq(issue.resolvedKey, "")))).toEqual([]);
  });

  it.each([
    [{ missing: 0, known: 500, read: 500 }, false],
    [{ missing: 20, known: 50, read: 30 }, false],
    [{ missing: 50, known: 500, read: 450 }, false],
    [{ missing: 51, known: 500, read: 449 }, true],
    [{ missing: 3, known: 3, read: 0 }, true],
  ])("is braked by share, number and empty answers: %o", (scan, holds) => {
    expect(brake(scan) !== null).toBe(holds);
  });
});

describe("a thin webhook", () => {
  it("fetches the fresh record, also what it builds on, and repeats change nothing", async () => {
    await begin();
    const list = z.array(z.object({ id: z.number() }));
    const external = await firstApplication(list);
    const change = { kind: "changed", resource: "applications", externalId: external } as const;
    const options = { signal, idempotencyKey: "delivery-1" };
    expect(await applyInboundChange(employerId, connectionId, change, options)).toBe("Updated one of applications.");
    expect(await applyInboundChange(employerId, connectionId, change, options)).toBe("Nothing new.");
    expect(await known("jobs")).toBe(1);
    expect(await known("candidates")).toBe(1);
  });
});

/** An application's id as the vendor itself lists it. */
async function firstApplication(list: z.ZodType<{ id: number }[]>): Promise<string> {
  const { good } = z
    .object({ good: z.object({ config: z.object({ clientId: z.string(), clientSecret: z.string() }) }) })
    .parse(await sandbox.control("greenhouse", "credentials"));
  const basic = Buffer.from(`${good.config.clientId}:${good.config.clientSecret}`).toString("base64");
  const token = await fetch(`${sandbox.origin}/greenhouse/auth.greenhouse.io/token`, {
    method: "POST",
    headers: { authorization: `Basic ${basic}`, "content-type": "application/x-www-form-urlencoded" },
    body: "grant_type=client_credentials",
  });
  const { access_token: bearer } = z.object({ access_token: z.string() }).parse(await token.json());
  const answer = await fetch(
    `${sandbox.origin}/greenhouse/harvest.greenhouse.io/v3/applications?status=active&per_page=1`,
    {
      headers: { authorization: `Bearer ${bearer}` },
    },
  );
  return String(list.parse(await answer.json())[0]?.id);
}
