import { and, asc, eq, inArray } from "drizzle-orm";
import type { Change, PushResult } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { application, candidate } from "#db/schema/hiring.ts";
import { externalRecord, pushItem } from "#db/schema/sync.ts";
import { recordActivity } from "./activity.server.ts";
import { raiseIssue, resolveIssues } from "./issues.server.ts";
import { callVendor } from "./vendor-context.server.ts";

type Item = typeof pushItem.$inferSelect;

const BATCH = 20;

/**
 * Sends what waits for one connection, oldest first, one batch a call. Adapters look up before they create, so an item
 * whose answer was lost is sent again without harm. Returns whether more wait.
 */
export async function sendPushes(employerId: string, connectionId: string, signal: AbortSignal): Promise<boolean> {
  const items = await withEmployer(employerId, (tx) => take(tx, employerId, connectionId));
  if (items.length === 0) return false;
  const batch = await withEmployer(employerId, (tx) => changesOf(tx, employerId, connectionId, items));
  const vendor = { signal, idempotencyKey: `push:${items[0]?.id}`, part: "push:applications" };
  const results = await callVendor(employerId, connectionId, vendor, async ({ adapter, ctx }) => {
    const push = adapter.sync?.push;
    if (!push) throw new IntegrationError("unsupported", `${adapter.manifest.name} takes nothing from us.`);
    return batch.changes.length > 0 ? push(ctx, "applications", batch.changes) : [];
  });
  await withEmployer(employerId, (tx) => record(tx, employerId, connectionId, items, [...batch.unready, ...results]));
  return items.length === BATCH || results.length < batch.changes.length;
}

/** Items of a worker that died stand as "sending" and are taken again: there is one push job per connection at a time. */
async function take(tx: EmployerTx, employerId: string, connectionId: string): Promise<Item[]> {
  const waiting = tx
    .select({ id: pushItem.id })
    .from(pushItem)
    .where(
      and(
        eq(pushItem.employerId, employerId),
        eq(pushItem.connectionId, connectionId),
        inArray(pushItem.status, ["queued", "sending"]),
      ),
    )
    .orderBy(asc(pushItem.id))
    .limit(BATCH)
    .for("update", { skipLocked: true });
  const rows = await tx
    .update(pushItem)
    .set({ status: "sending" })
    .where(and(eq(pushItem.employerId, employerId), inArray(pushItem.id, waiting)))
    .returning();
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const refused = (localId: string, message: string): PushResult => ({
  ...{ localId, ok: false },
  error: new IntegrationError("validation", message),
});

async function changesOf(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  items: readonly Item[],
): Promise<{ changes: Change<"applications">[]; unready: PushResult[] }> {
  const rows = await tx
    .select({ application, candidate })
    .from(application)
    .innerJoin(
      candidate,
      and(eq(candidate.employerId, application.employerId), eq(candidate.id, application.candidateId)),
    )
    .where(
      and(
        eq(application.employerId, employerId),
        inArray(
          application.id,
          items.map((item) => item.localId),
        ),
      ),
    );
  const local = rows.flatMap((row) => [
    row.application.id,
    row.application.jobId,
    row.application.stageId ?? row.application.id,
  ]);
  const links = await tx
    .select()
    .from(externalRecord)
    .where(
      and(
        eq(externalRecord.employerId, employerId),
        eq(externalRecord.connectionId, connectionId),
        inArray(externalRecord.localId, local.length > 0 ? local : [employerId]),
      ),
    );
  const externalOf = (resource: string, id: string | null) =>
    links.find((link) => link.resource === resource && link.localId === id);
  const changes: Change<"applications">[] = [];
  const unready: PushResult[] = [];
  for (const item of items) {
    const row = rows.find((one) => one.application.id === item.localId);
    const job = externalOf("jobs", row?.application.jobId ?? null);
    if (!row || !job) {
      unready.push(refused(item.localId, row ? "Its job is not in the ATS." : "The application was removed here."));
      continue;
    }
    const stage = externalOf("stages", item.detail.stageId ?? null);
    const known = externalOf("applications", row.application.id);
    changes.push({
      ...{ op: known ? "update" : "create", localId: item.localId },
      ...{ externalId: known?.externalId ?? null, ifVersion: known?.version ?? null },
      data: {
        ...{ jobExternalId: job.externalId, candidateExternalId: "", status: row.application.status },
        ...{ appliedAt: row.application.appliedAt, source: row.application.source },
        ...(stage ? { moveToStageExternalId: stage.externalId } : {}),
        candidate: {
          ...{ firstName: row.candidate.firstName, lastName: row.candidate.lastName },
          ...{ emails: row.candidate.emails, phones: row.candidate.phones, links: row.candidate.links },
        },
      },
    });
  }
  return { changes, unready };
}

async function record(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  items: readonly Item[],
  results: readonly PushResult[],
): Promise<void> {
  const causeKey = `connection:${connectionId}:push`;
  const failed: string[] = [];
  for (const item of items) {
    const result = results.find((one) => one.localId === item.localId);
    const mine = and(eq(pushItem.employerId, employerId), eq(pushItem.id, item.id));
    if (!result) {
      await tx.update(pushItem).set({ status: "queued" }).where(mine);
    } else if (result.ok) {
      await tx
        .update(pushItem)
        .set({ status: "done", externalId: result.externalId, error: null, doneAt: new Date() })
        .where(mine);
      await link(tx, employerId, connectionId, "applications", result.externalId, item.localId, result.version);
    } else {
      failed.push(result.error.message);
      await tx.update(pushItem).set({ status: "failed", error: result.error.message, doneAt: new Date() }).where(mine);
    }
  }
  if (failed.length === 0) return void (await resolveIssues(tx, employerId, { causeKey }));
  await raiseIssue(tx, employerId, {
    ...{ connectionId, type: "push_failed", causeKey, severity: "warn" },
    title: `${failed.length} ${failed.length === 1 ? "change" : "changes"} did not reach the ATS`,
    detail: `${failed[0]} The rest goes on.`,
    fix: { label: "See the activity", href: `/integrations/${connectionId}/activity` },
    affected: [{ label: "applications", count: failed.length }],
  });
  await recordActivity(tx, employerId, {
    ...{ connectionId, kind: "sync", tone: "warn" },
    ...{ who: "Not sent.", what: `${failed.length} of ${items.length} changes were refused: ${failed[0]}` },
  });
}

/** Our own write comes back with the next sync: the link tells it apart from a new application. */
const link = (
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  resource: string,
  externalId: string,
  localId: string,
  version: string,
) =>
  tx
    .insert(externalRecord)
    .values({ employerId, connectionId, resource, externalId, localId, version, contentHash: "" })
    .onConflictDoUpdate({
      target: [
        externalRecord.employerId,
        externalRecord.connectionId,
        externalRecord.resource,
        externalRecord.externalId,
      ],
      set: { version, updatedAt: new Date() },
    });
