import { and, count, eq, inArray, sql } from "drizzle-orm";
import type { Page, Upsert } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { Manifest, ResourceName } from "#app/integrations/contract/manifest.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { syncReject, syncRun, syncStream } from "#db/schema/sync.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { recordActivity } from "./activity.server.ts";
import { raiseIssue, resolveIssues } from "./issues.server.ts";
import { notifyLive } from "./live.server.ts";
import { applyScan, asResource } from "./sync-deletions.server.ts";
import { closeRun, leaseEnd, type RunEnd, type SyncRun } from "./sync-runs.server.ts";
import { upsertSyncedJobs, upsertSyncedStages } from "./synced-jobs.server.ts";
import { upsertSyncedOnboardings } from "./synced-onboardings.server.ts";
import type { SyncedPage, SyncOptions } from "./synced-page.server.ts";
import { upsertSyncedApplications, upsertSyncedCandidates } from "./synced-people.server.ts";
import { removeSynced } from "./synced-removal.server.ts";
import { callVendor } from "./vendor-context.server.ts";

/** Rows that were rejected before are asked for again at the start of a run, at most this many. */
const RETRIED_REJECTS = 25;

const going = ["queued", "running", "parked"] as const;

const ofRun = (employerId: string, runId: string) => and(eq(syncRun.employerId, employerId), eq(syncRun.id, runId));

/** Writes one resource's rows; the adapter promised their type by the resource's name. */
export function writeRows(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  resource: ResourceName,
  rows: readonly Upsert[],
  options: SyncOptions,
): Promise<SyncedPage> {
  switch (resource) {
    case "jobs":
      return upsertSyncedJobs(tx, employerId, connectionId, rows as readonly Upsert<"jobs">[], options);
    case "stages":
      return upsertSyncedStages(tx, employerId, connectionId, rows as readonly Upsert<"stages">[], options);
    case "candidates":
      return upsertSyncedCandidates(tx, employerId, connectionId, rows as readonly Upsert<"candidates">[], options);
    case "applications":
      return upsertSyncedApplications(tx, employerId, connectionId, rows as readonly Upsert<"applications">[], options);
    case "onboardings":
      return upsertSyncedOnboardings(tx, employerId, connectionId, rows as readonly Upsert<"onboardings">[], options);
  }
}

/**
 * Reads and writes one page of a run: rows, counts, cursor and the next page's job commit together, so a crash repeats
 * at most this page. `page` is the fence: a page that is done already is passed over. Throws what the vendor call threw,
 * after noting on the run that it waits.
 */
export async function runPage(employerId: string, runId: string, page: number, signal: AbortSignal): Promise<void> {
  const run = await withEmployer(employerId, (tx) => takePage(tx, employerId, runId, page));
  if (!run) return;
  const resource = asResource(run.resource);
  const vendor = { signal, idempotencyKey: `sync:${runId}:${page}`, part: `sync:${resource}` };
  try {
    await callVendor(employerId, run.connectionId, vendor, async ({ adapter, ctx }) => {
      const { manifest, sync } = adapter;
      if (!sync) throw new IntegrationError("unsupported", `${manifest.name} has nothing to sync.`);
      const answer = await sync.pull(ctx, { resource, cursor: run.cursor, checkpoint: run.checkpoint });
      const retries = page === 0 && run.mode === "incremental";
      const again = retries ? await fetchRejects(run, (id) => sync.fetch?.(ctx, resource, id)) : [];
      const whole = { ...answer, upserts: [...answer.upserts, ...again] };
      await withEmployer(employerId, (tx) => writePage(tx, run, resource, whole, manifest));
    });
  } catch (error) {
    await noteTrouble(employerId, runId, error);
    throw error;
  }
}

/** The run, when this page is the next one; a stop asked for by a person ends it here. */
async function takePage(tx: EmployerTx, employerId: string, runId: string, page: number): Promise<SyncRun | null> {
  const [run] = await tx.select().from(syncRun).where(ofRun(employerId, runId)).for("update");
  if (!run || !going.some((status) => status === run.status) || run.pages !== page) return null;
  if (run.stopRequested) {
    await closeRun(tx, run, { status: "stopped" });
    return null;
  }
  await tx
    .update(syncRun)
    .set({ status: "running", parkedUntil: null, updatedAt: new Date() })
    .where(ofRun(employerId, runId));
  await tx
    .update(syncStream)
    .set({ leaseUntil: leaseEnd(new Date()) })
    .where(and(eq(syncStream.employerId, employerId), eq(syncStream.currentRunId, runId)));
  return run;
}

async function fetchRejects(
  run: SyncRun,
  fetch: (externalId: string) => Promise<Upsert | null> | undefined,
): Promise<Upsert[]> {
  const rows = await withEmployer(run.employerId, (tx) =>
    tx
      .select({ externalId: syncReject.externalId })
      .from(syncReject)
      .where(
        and(
          eq(syncReject.employerId, run.employerId),
          eq(syncReject.connectionId, run.connectionId),
          eq(syncReject.resource, run.resource),
        ),
      )
      .limit(RETRIED_REJECTS),
  );
  const found: Upsert[] = [];
  for (const { externalId } of rows) {
    const fresh = await fetch(externalId);
    if (fresh) found.push(fresh);
  }
  return found;
}

async function writePage(
  tx: EmployerTx,
  taken: SyncRun,
  resource: ResourceName,
  answer: Page,
  manifest: Manifest,
): Promise<void> {
  const { employerId, connectionId, id: runId, pages: page } = taken;
  const [run] = await tx.select().from(syncRun).where(ofRun(employerId, runId)).for("update");
  if (!run || run.pages !== page || !going.some((status) => status === run.status)) return;
  const vendorName = manifest.name;
  const firstCopy = run.checkpoint === null && (await isFirstCopy(tx, run));
  const options: SyncOptions = {
    runId: run.mode === "full" ? runId : null,
    announce: !firstCopy,
    changedBy: vendorName,
  };
  const written = await writeRows(tx, employerId, connectionId, resource, answer.upserts, options);
  const removed = await removeSynced(tx, employerId, connectionId, resource, answer.deletedIds, options);
  const rejects = [...answer.rejects, ...written.rejects];
  await keepRejects(tx, run, answer.upserts, rejects);
  const counts = {
    read: run.read + answer.upserts.length + answer.rejects.length,
    written: run.written + written.created.length + written.changed.length,
    skipped: run.skipped + written.unchanged,
    rejected: run.rejected + rejects.length,
    deleted: run.deleted + removed.length,
  };
  const next = {
    ...counts,
    pages: page + 1,
    cursor: answer.cursor,
    total: answer.total ?? run.total,
    updatedAt: new Date(),
  };
  await tx.update(syncRun).set(next).where(ofRun(employerId, runId));
  if (answer.cursor !== null) {
    await enqueue(tx, "sync-page", { employerId, runId, page: page + 1 });
    await notifyLive(tx, employerId, "sync", connectionId);
    return;
  }
  await finish(tx, { ...run, ...next }, manifest, firstCopy);
}

const isFirstCopy = async (tx: EmployerTx, run: SyncRun): Promise<boolean> => {
  const [stream] = await tx
    .select({ at: syncStream.lastCompleteAt })
    .from(syncStream)
    .where(and(eq(syncStream.employerId, run.employerId), eq(syncStream.currentRunId, run.id)));
  return !stream?.at;
};

/** Rejected rows stay on a list with their reason until a later page reads them well. */
async function keepRejects(
  tx: EmployerTx,
  run: SyncRun,
  upserts: readonly Upsert[],
  rejects: readonly { externalId: string; reason: string }[],
): Promise<void> {
  const { employerId, connectionId, resource, id: runId } = run;
  const bad = new Map(rejects.map((reject) => [reject.externalId, reject.reason]));
  const good = upserts.map((row) => row.externalId).filter((externalId) => !bad.has(externalId));
  if (good.length > 0) {
    await tx
      .delete(syncReject)
      .where(
        and(
          eq(syncReject.employerId, employerId),
          eq(syncReject.connectionId, connectionId),
          eq(syncReject.resource, resource),
          inArray(syncReject.externalId, good),
        ),
      );
  }
  if (bad.size === 0) return;
  await tx
    .insert(syncReject)
    .values([...bad].map(([externalId, reason]) => ({ employerId, connectionId, resource, externalId, runId, reason })))
    .onConflictDoUpdate({
      target: [syncReject.employerId, syncReject.connectionId, syncReject.resource, syncReject.externalId],
      set: { reason: sql`excluded.reason`, runId },
    });
}

async function finish(tx: EmployerTx, run: SyncRun, manifest: Manifest, firstCopy: boolean): Promise<void> {
  const { employerId, connectionId, resource } = run;
  const declared = manifest.resources?.find((one) => one.name === resource);
  const scans = declared?.deletes === "full-scan" || declared?.tombstoneDays !== undefined;
  const scan = run.mode === "full" && !firstCopy && scans ? await applyScan(tx, run, manifest.name) : null;
  const [open] = await tx
    .select({ rows: count() })
    .from(syncReject)
    .where(
      and(
        eq(syncReject.employerId, employerId),
        eq(syncReject.connectionId, connectionId),
        eq(syncReject.resource, resource),
      ),
    );
  const left = open?.rows ?? 0;
  const status: RunEnd["status"] = scan?.held ? "held" : left > 0 ? "partial" : "succeeded";
  const deleted = run.deleted + (scan?.deleted ?? 0);
  await tx.update(syncRun).set({ deleted }).where(ofRun(employerId, run.id));
  await closeRun(tx, { ...run, deleted }, { status });
  await tellResult(tx, { ...run, deleted }, status, left);
  if (firstCopy) await startFollowers(tx, run);
}

async function tellResult(tx: EmployerTx, run: SyncRun, status: RunEnd["status"], rejected: number): Promise<void> {
  const { employerId, connectionId, resource } = run;
  const causeKey = `connection:${connectionId}:partial:${resource}`;
  if (rejected > 0) {
    await raiseIssue(tx, employerId, {
      ...{ connectionId, type: "partial_sync", causeKey, severity: "warn" },
      title: `${rejected} ${resource} could not be used`,
      detail: `${rejected} of ${run.read} were rejected, each with a reason. The others are up to date.`,
      fix: { label: "See the reasons", href: `/integrations/${connectionId}/activity` },
      affected: [{ label: resource, count: rejected }],
    });
  } else await resolveIssues(tx, employerId, { causeKey });
  if (run.written + run.deleted + run.rejected === 0 && status === "succeeded") return;
  const words = [
    `${run.read} read`,
    `${run.written} changed`,
    ...(run.deleted ? [`${run.deleted} removed`] : []),
    `${rejected} rejected`,
  ];
  await recordActivity(tx, employerId, {
    ...{ connectionId, kind: "sync", tone: status === "succeeded" ? "ok" : "warn" },
    who: `${resource.charAt(0).toUpperCase()}${resource.slice(1)} synced${status === "succeeded" ? "" : " in part"}.`,
    what: `${words.join(", ")}.`,
  });
}

/** After the first copy of a resource, those that waited for it are due. */
async function startFollowers(tx: EmployerTx, run: SyncRun): Promise<void> {
  const waiting = await tx
    .select({ resource: syncStream.resource })
    .from(syncStream)
    .where(
      and(
        eq(syncStream.employerId, run.employerId),
        eq(syncStream.connectionId, run.connectionId),
        sql`${syncStream.lastCompleteAt} is null`,
      ),
    );
  for (const { resource } of waiting) {
    await enqueue(tx, "sync-start", { employerId: run.employerId, connectionId: run.connectionId, resource });
  }
}

/** Says on the run why it waits. A dead cursor begins again from the start; the page job that failed is over then. */
async function noteTrouble(employerId: string, runId: string, error: unknown): Promise<void> {
  if (!(error instanceof IntegrationError)) return;
  await withEmployer(employerId, async (tx) => {
    const [run] = await tx.select().from(syncRun).where(ofRun(employerId, runId)).for("update");
    if (!run || !going.some((status) => status === run.status)) return;
    if (error.kind === "rate-limited") {
      const parkedUntil = error.info.retryAfter ?? null;
      await tx
        .update(syncRun)
        .set({ status: "parked", parkedUntil, updatedAt: new Date() })
        .where(ofRun(employerId, runId));
      if (parkedUntil) {
        await tx
          .update(syncStream)
          .set({ leaseUntil: leaseEnd(parkedUntil) })
          .where(and(eq(syncStream.employerId, employerId), eq(syncStream.currentRunId, runId)));
      }
    }
    await notifyLive(tx, employerId, "sync", run.connectionId);
  });
}

/** Begins a run again as a complete pull after the vendor forgot its cursor. */
export async function restartFull(employerId: string, runId: string): Promise<void> {
  await withEmployer(employerId, async (tx) => {
    const [run] = await tx.select().from(syncRun).where(ofRun(employerId, runId)).for("update");
    if (!run || !going.some((status) => status === run.status)) return;
    const fresh = { status: "queued", mode: "full", cursor: null, checkpoint: null } as const;
    const page = run.pages + 1;
    await tx
      .update(syncRun)
      .set({ ...fresh, pages: page, read: 0, updatedAt: new Date() })
      .where(ofRun(employerId, runId));
    await enqueue(tx, "sync-page", { employerId, runId, page });
    await recordActivity(tx, employerId, {
      ...{ connectionId: run.connectionId, kind: "sync", tone: "run", who: "Resyncing." },
      what: `The last place in ${run.resource} is no longer known; everything is read again.`,
    });
  });
}

/** Ends a run that will not be tried again, with its reason. */
export async function failRun(employerId: string, runId: string, error: unknown): Promise<void> {
  await withEmployer(employerId, async (tx) => {
    const [run] = await tx.select().from(syncRun).where(ofRun(employerId, runId)).for("update");
    if (!run || !going.some((status) => status === run.status)) return;
    const known = error instanceof IntegrationError;
    const resting = known && error.kind === "unsupported";
    const message = known ? error.message : "Something went wrong on our side. The next run tries again.";
    const kind = known ? error.kind : "internal";
    await closeRun(tx, run, { status: resting ? "stopped" : "failed", error: { kind, message } });
    if (resting) return;
    await recordActivity(tx, employerId, {
      ...{ connectionId: run.connectionId, kind: "sync", tone: "bad" },
      who: `${run.resource.charAt(0).toUpperCase()}${run.resource.slice(1)} stopped at page ${run.pages + 1}.`,
      what: `${message} What was read is kept.`,
    });
  });
}
