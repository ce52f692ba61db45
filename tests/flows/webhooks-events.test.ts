import { and, eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { manifestOf } from "#app/integrations/catalog.ts";
import { applyOutcome } from "#app/services/connection-state.server.ts";
import { listDeliveries } from "#app/services/delivery-log.server.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { raiseIssue, resolveIssues } from "#app/services/issues.server.ts";
import { closeRun, openRun, prepareStreams } from "#app/services/sync-runs.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { syncRun } from "#db/schema/sync.ts";
import { event } from "#db/schema/webhooks.ts";
import { makeConnection } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { makeSender } from "#tests/support/deliveries.ts";

await testDatabase();

async function world() {
  const sender = await makeSender("https://hooks.example.com/x");
  const { employerId } = sender.actor;
  const inside = <T>(work: (tx: EmployerTx) => Promise<T>) => withEmployer(employerId, work);
  const told = async () => {
    const rows = await inside((tx) => tx.select().from(event).where(eq(event.employerId, employerId)));
    return rows.map(({ type, body }) => ({ type, data: JSON.parse(body ?? "{}").data }));
  };
  return { sender, employerId, inside, told };
}

it("a connection tells each change of its state once, and nothing when it stays", async () => {
  const { employerId, inside, told } = await world();
  const connectionId = await makeConnection(employerId, { vendorId: "greenhouse", label: "Greenhouse" });
  const pause = () => inside((tx) => applyOutcome(tx, employerId, connectionId, { kind: "paused", by: "Mara" }));
  await pause();
  await pause();
  expect(await told()).toMatchObject([
    {
      type: "connection.state_changed",
      data: {
        connection: { id: connectionId, vendor: "greenhouse", state: "paused_by_user", previousState: "active" },
      },
    },
  ]);
});

it("an issue tells when it opens and when it heals, not when it is seen again, and nothing of what was rolled back", async () => {
  const { employerId, inside, told } = await world();
  const cause = { type: "test", causeKey: "test:1", severity: "bad", title: "It broke", detail: "Mend it." } as const;
  await expect(
    inside(async (tx) => {
      await raiseIssue(tx, employerId, cause);
      throw new Error("changed our mind");
    }),
  ).rejects.toThrow();
  for (let seen = 0; seen < 3; seen += 1) await inside((tx) => raiseIssue(tx, employerId, cause));
  await inside((tx) => resolveIssues(tx, employerId, { causeKey: "test:1" }));
  expect(await told()).toMatchObject([
    { type: "issue.opened", data: { issue: { title: "It broke", severity: "bad" }, connection: null } },
    { type: "issue.resolved", data: { issue: { title: "It broke" } } },
  ]);
});

it("an endpoint is not told of its own trouble; the others are", async () => {
  const { sender, employerId, inside } = await world();
  const other = await createEndpoint(sender.actor, { url: "https://hooks.example.com/y" });
  await inside((tx) =>
    raiseIssue(tx, employerId, {
      ...{ type: "endpoint_failing", causeKey: `endpoint-failing:${sender.endpointId}` },
      ...{ severity: "warn", title: "It takes nothing", detail: "Look at it." },
    }),
  );
  const { deliveries } = await listDeliveries(sender.actor);
  expect(deliveries.map(({ endpointId }) => endpointId)).toEqual([other.id]);
});

it("a copy tells what it brought, or that it failed, and is quiet when it found nothing new", async () => {
  const { employerId, inside, told } = await world();
  const connectionId = await makeConnection(employerId, { vendorId: "greenhouse", label: "Greenhouse" });
  const manifest = manifestOf("greenhouse");
  const resource = manifest?.resources?.[0]?.name;
  if (!manifest || !resource) throw new Error("greenhouse copies nothing");
  await inside((tx) => prepareStreams(tx, employerId, connectionId, manifest));
  const run = async (written: number, status: "succeeded" | "failed") =>
    inside(async (tx) => {
      const options = { mode: "incremental", startedBy: "schedule" } as const;
      const { runId } = await openRun(tx, employerId, connectionId, resource, options);
      const mine = and(eq(syncRun.employerId, employerId), eq(syncRun.id, runId ?? ""));
      const [row] = await tx.update(syncRun).set({ read: 9, written }).where(mine).returning();
      if (row)
        await closeRun(tx, row, {
          status,
          ...(status === "failed" ? { error: { kind: "network", message: "No answer." } } : {}),
        });
    });
  await run(0, "succeeded");
  await run(4, "succeeded");
  await run(0, "failed");
  expect(await told()).toMatchObject([
    {
      type: "sync.completed",
      data: { sync: { resource, status: "succeeded", read: 9, written: 4 }, connection: { id: connectionId } },
    },
    { type: "sync.completed", data: { sync: { status: "failed", error: "No answer." } } },
  ]);
});
