import { and, count, eq, sql } from "drizzle-orm";
import { afterAll, describe, expect, it, vi } from "vitest";
import { manifestOf } from "#app/integrations/catalog.ts";
import { prepareStreams } from "#app/services/sync-runs.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { candidate } from "#db/schema/hiring.ts";
import { externalRecord, syncRun, syncStream } from "#db/schema/sync.ts";
import { makeEmployer } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { connectSandboxVendor, startSandbox } from "#tests/support/sandbox.ts";
import { killProcess, startWorkerProcess } from "#tests/support/worker-process.ts";

const database = await testDatabase();
const sandbox = await startSandbox();
afterAll(() => sandbox.close());

describe("a worker that is killed", () => {
  it("in the middle of a sync of 5,000 loses nothing and doubles nothing, and another takes over", {
    timeout: 180_000,
  }, async () => {
    await sandbox.control("greenhouse", "actions/settings", { v3Limit: 100_000 });
    await sandbox.control("greenhouse", "actions/seed", {
      account: "acme",
      jobs: 10,
      candidates: 5_000,
      applications: 10,
    });
    const employerId = await makeEmployer();
    const inTenant = <T>(work: (tx: EmployerTx) => Promise<T>) => withEmployer(employerId, work);
    const connectionId = await connectSandboxVendor(sandbox, employerId, "greenhouse");
    const manifest = manifestOf("greenhouse");
    if (!manifest) throw new Error("Greenhouse left the catalogue.");
    const first = startWorkerProcess(database, sandbox.origin);
    await inTenant((tx) => prepareStreams(tx, employerId, connectionId, manifest));
    const run = async () => {
      const rows = await inTenant((tx) => tx.select().from(syncRun).where(eq(syncRun.resource, "candidates")));
      return rows[0];
    };
    await vi.waitFor(async () => expect((await run())?.read ?? 0).toBeGreaterThan(1_000), {
      timeout: 60_000,
      interval: 50,
    });
    await killProcess(first);
    const atDeath = await run();
    expect(atDeath?.finishedAt).toBeNull();

    startWorkerProcess(database, sandbox.origin);
    await vi.waitFor(async () => expect((await run())?.status).toBe("succeeded"), { timeout: 120_000, interval: 500 });
    const after = await run();
    const [people] = await inTenant((tx) => tx.select({ rows: count() }).from(candidate));
    const links = await inTenant((tx) =>
      tx
        .select({ rows: count(), distinct: sql<number>`count(distinct ${externalRecord.localId})::int` })
        .from(externalRecord)
        .where(and(eq(externalRecord.connectionId, connectionId), eq(externalRecord.resource, "candidates"))),
    );
    const vendor = after?.read ?? 0;
    expect(vendor).toBeGreaterThanOrEqual(5_000);
    expect(after?.written).toBe(vendor);
    expect(people?.rows).toBe(vendor);
    expect(links[0]).toEqual({ rows: vendor, distinct: vendor });
    const [stream] = await inTenant((tx) => tx.select().from(syncStream).where(eq(syncStream.resource, "candidates")));
    expect(stream?.leaseUntil).toBeNull();
  });
});
