import { describe, expect, it } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { saveGrant } from "#app/services/credentials.server.ts";
import { refreshAhead } from "#app/services/token-refresh.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { subscription } from "#db/schema/connections.ts";
import { syncStream } from "#db/schema/sync.ts";
import dueWork from "#jobs/tasks/due-work.ts";
import { makeConnection, makeEmployer } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";

await testDatabase();

const keys = async () =>
  (await sql<{ key: string }[]>`select key from graphile_worker.jobs order by key`).map((row) => row.key);
const MINUTE = 60_000;

async function grant(employerId: string, connectionId: string, expiresAt: Date, renewable = true): Promise<void> {
  const tokens = { accessToken: "a", refreshToken: "r", expiresAt, scopes: null, keep: {} };
  await withEmployer(employerId, (tx) => saveGrant(tx, employerId, connectionId, tokens, renewable));
}

describe("every minute", () => {
  it("what is due becomes one job each, over all employers, and what is not due stays", async () => {
    const expected: string[] = [];
    for (const name of ["Northwind", "Contoso"]) {
      const employerId = await makeEmployer(name);
      const id = await makeConnection(employerId, { vendorId: "slack" });
      const later = await makeConnection(employerId, { vendorId: "slack" });
      await grant(employerId, id, new Date(Date.now() + 5 * MINUTE));
      await grant(employerId, later, new Date(Date.now() + 120 * MINUTE));
      const subscriptionId = newId();
      const sealed = { keyId: "test1", nonce: Buffer.alloc(12), ciphertext: Buffer.alloc(16) };
      await withEmployer(employerId, async (tx) => {
        await tx.insert(syncStream).values([
          {
            employerId,
            connectionId: id,
            resource: "jobs",
            everyMinutes: 15,
            nextRunAt: new Date(Date.now() - MINUTE),
          },
          {
            employerId,
            connectionId: id,
            resource: "stages",
            everyMinutes: 15,
            nextRunAt: new Date(Date.now() + MINUTE),
          },
        ]);
        await tx.insert(subscription).values({
          employerId,
          id: subscriptionId,
          connectionId: id,
          externalId: "x",
          data: {},
          expiresAt: new Date(Date.now() + 60 * MINUTE),
          ...sealed,
        });
      });
      expected.push(`subscription-renew:${subscriptionId}`, `sync:${id}:jobs`, `token-refresh:${id}`);
    }
    await dueWork();
    await dueWork();
    expect(await keys()).toEqual(expected.sort());
  });
});

describe("a sign-in that cannot be renewed", () => {
  it("is not due for renewal, and the connection knows when it ends", async () => {
    const employerId = await makeEmployer();
    const id = await makeConnection(employerId, { vendorId: "slack" });
    await grant(employerId, id, new Date(Date.now() + MINUTE), false);
    await refreshAhead(employerId, id, AbortSignal.timeout(1_000));
    await sql`delete from graphile_worker._private_jobs`;
    await dueWork();
    expect((await keys()).filter((key) => key.includes(id))).toEqual([]);
  });
});
