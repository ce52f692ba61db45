import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import type { Upsert } from "#app/integrations/contract/capabilities.ts";
import type { ResourceName } from "#app/integrations/contract/manifest.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { heldDeletion, syncReject, syncRun, syncStream } from "#db/schema/sync.ts";
import { recordActivity } from "./activity.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { notifyLive } from "./live.server.ts";
import { writeRows } from "./sync-page.server.ts";
import {
  forgotten,
  nextRunAt,
  openRun,
  pulledResources,
  type StartOptions,
  type StartResult,
} from "./sync-runs.server.ts";
import type { SyncedPage } from "./synced-page.server.ts";
import { removeSynced } from "./synced-removal.server.ts";
import { callVendor } from "./vendor-context.server.ts";

const RETRY_SOON_MS = 60_000;

const ofConnection = (employerId: string, connectionId: string) =>
  and(eq(connection.employerId, employerId), eq(connection.id, connectionId));

/**
 * Starts the stream that is due, if its connection runs and the resources it builds on were copied once. What cannot
 * start is put off, so that the schedule does not ask every minute.
 */
export async function startDue(employerId: string, connectionId: string, resource: ResourceName): Promise<void> {
  await withEmployer(employerId, async (tx) => {
    const [owner] = await tx.select().from(connection).where(ofConnection(employerId, connectionId));
    const streams = await tx
      .select()
      .from(syncStream)
      .where(and(eq(syncStream.employerId, employerId), eq(syncStream.connectionId, connectionId)));
    const stream = streams.find((one) => one.resource === resource);
    if (!owner || !stream?.enabled) return;
    const now = new Date();
    if (stream.lastCompleteAt && stream.nextRunAt && stream.nextRunAt > now) return;
    const manifest = manifestOf(owner.vendorId);
    const declared = (manifest ? pulledResources(manifest) : []).find((one) => one.name === resource);
    const runs = owner.state === "active" || owner.state === "degraded";
    const waits =
      declared?.after?.some((before) => !streams.find((one) => one.resource === before)?.lastCompleteAt) ?? false;
    if (!runs || !declared || waits) {
      const next = waits && runs ? new Date(now.getTime() + RETRY_SOON_MS) : nextRunAt(stream, now);
      await tx.update(syncStream).set({ nextRunAt: next }).where(ofStream(stream));
      return;
    }
    const scan =
      forgotten(declared, stream.lastCompleteAt, now) ||
      (declared.deletes === "full-scan" && (!stream.fullScanAt || stream.fullScanAt <= now));
    const options: StartOptions = {
      mode: scan ? "full" : "incremental",
      startedBy: stream.lastCompleteAt ? "schedule" : "first copy",
    };
    const result = await openRun(tx, employerId, connectionId, resource, options, now);
    if (!result.started)
      await tx
        .update(syncStream)
        .set({ nextRunAt: nextRunAt(stream, now) })
        .where(ofStream(stream));
  });
}

/** Pulls a resource now, because the vendor said that something in it changed. False when a run goes on already. */
export async function pullSoon(employerId: string, connectionId: string, resource: ResourceName): Promise<boolean> {
  return withEmployer(employerId, async (tx) => {
    const run = await openRun(tx, employerId, connectionId, resource, { mode: "incremental", startedBy: "webhook" });
    return run.started;
  });
}

const ofStream = (stream: { employerId: string; connectionId: string; resource: string }) =>
  and(
    eq(syncStream.employerId, stream.employerId),
    eq(syncStream.connectionId, stream.connectionId),
    eq(syncStream.resource, stream.resource),
  );

/**
 * Starts runs because a person asked: all resources of the connection or one. Resources that already run go on as they
 * are. Kinds of AppError: not-found, forbidden, conflict when the connection does not run.
 */
export async function syncNow(
  actor: Actor,
  connectionId: string,
  wanted: { resource?: ResourceName; mode: "incremental" | "full" },
): Promise<StartResult[]> {
  allow(actor, "connections:manage");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const [owner] = await tx.select().from(connection).where(ofConnection(employerId, connectionId));
    if (!owner) throw new AppError("not-found", "This connection does not exist.");
    if (owner.state !== "active" && owner.state !== "degraded") {
      throw new AppError("conflict", `${owner.label} does not run at the moment. Resume or reconnect it first.`);
    }
    const manifest = manifestOf(owner.vendorId);
    const resources = (manifest ? pulledResources(manifest) : []).filter(
      (one) => !wanted.resource || one.name === wanted.resource,
    );
    const results: StartResult[] = [];
    for (const { name } of resources) {
      results.push(await openRun(tx, employerId, connectionId, name, { mode: wanted.mode, startedBy: actor.name }));
    }
    const started = results.filter((result) => result.started).length;
    if (started > 0) {
      const what = wanted.mode === "full" ? "a full check" : "a sync";
      await audit(
        tx,
        actor,
        "sync.started",
        { kind: "connection", id: connectionId, name: owner.label },
        { mode: wanted.mode },
      );
      await recordActivity(tx, employerId, {
        connectionId,
        kind: "person",
        who: actor.name,
        what: `started ${what} of ${owner.label}.`,
      });
    }
    return results;
  });
}

/** Asks a run to stop after its present page; what was read is kept. Kinds: not-found, forbidden. */
export async function stopRun(actor: Actor, runId: string): Promise<void> {
  allow(actor, "connections:manage");
  await withEmployer(actor.employerId, async (tx) => {
    const [run] = await tx
      .update(syncRun)
      .set({ stopRequested: true, updatedAt: new Date() })
      .where(and(eq(syncRun.employerId, actor.employerId), eq(syncRun.id, runId), isNull(syncRun.finishedAt)))
      .returning();
    if (!run) throw new AppError("not-found", "This run is over.");
    await audit(tx, actor, "sync.stopped", { kind: "connection", id: run.connectionId, name: run.resource });
    await recordActivity(tx, actor.employerId, {
      ...{ connectionId: run.connectionId, kind: "person" },
      ...{ who: actor.name, what: `stopped the sync of ${run.resource}.` },
    });
    await notifyLive(tx, actor.employerId, "sync", run.connectionId);
  });
}

/** One object type of a connection as the overview shows it. */
export interface StreamView {
  stream: typeof syncStream.$inferSelect;
  /** The run that goes on, else the last one. */
  run: typeof syncRun.$inferSelect | null;
  rejects: number;
}

/** Freshness of every stream of a connection, with held deletions; two statements. Joins the caller's transaction. */
export async function streamsOf(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
): Promise<{ streams: StreamView[]; held: (typeof heldDeletion.$inferSelect)[] }> {
  const rows = await tx
    .select({
      stream: syncStream,
      run: syncRun,
      rejects: sql<number>`(select count(*)::int from ${syncReject} where ${syncReject.employerId} = ${syncStream.employerId}
        and ${syncReject.connectionId} = ${syncStream.connectionId} and ${syncReject.resource} = ${syncStream.resource})`,
    })
    .from(syncStream)
    .leftJoin(
      syncRun,
      and(
        eq(syncRun.employerId, syncStream.employerId),
        eq(syncRun.id, sql`coalesce(${syncStream.currentRunId}, ${syncStream.lastRunId})`),
      ),
    )
    .where(and(eq(syncStream.employerId, employerId), eq(syncStream.connectionId, connectionId)))
    .orderBy(syncStream.resource);
  const held = await tx
    .select()
    .from(heldDeletion)
    .where(
      and(
        eq(heldDeletion.employerId, employerId),
        eq(heldDeletion.connectionId, connectionId),
        isNull(heldDeletion.decision),
      ),
    )
    .orderBy(desc(heldDeletion.id));
  return { streams: rows, held };
}

/** Rejected rows of a connection with their reasons, newest first. Joins the caller's transaction. */
export async function rejectsOf(tx: EmployerTx, employerId: string, connectionId: string, most = 100) {
  return tx
    .select()
    .from(syncReject)
    .where(and(eq(syncReject.employerId, employerId), eq(syncReject.connectionId, connectionId)))
    .orderBy(desc(syncReject.createdAt))
    .limit(most);
}

export interface InboundChange {
  kind: "changed" | "removed";
  resource: ResourceName;
  externalId: string;
}

/**
 * Follows a thin webhook: fetches the fresh object, so that repeats and reordering converge, and first the job and person
 * an application builds on when they are not known yet. Returns what came of it, in words for the delivery log.
 */
export async function applyInboundChange(
  employerId: string,
  connectionId: string,
  change: InboundChange,
  options: { signal: AbortSignal; idempotencyKey: string },
): Promise<string> {
  const vendor = { ...options, part: `sync:${change.resource}` };
  return callVendor(employerId, connectionId, vendor, async ({ adapter, ctx }) => {
    const { manifest, sync } = adapter;
    const write = (work: (tx: EmployerTx) => Promise<SyncedPage>) => withEmployer(employerId, work);
    const announced = { announce: true, changedBy: manifest.name };
    const fresh =
      change.kind === "removed" ? null : ((await sync?.fetch?.(ctx, change.resource, change.externalId)) ?? null);
    if (!fresh) {
      const gone = await withEmployer(employerId, (tx) =>
        removeSynced(tx, employerId, connectionId, change.resource, [change.externalId], announced),
      );
      return gone.length > 0 ? `Removed one of ${change.resource}.` : `Nothing to remove in ${change.resource}.`;
    }
    const put = (resource: ResourceName, row: Upsert) =>
      write((tx) => writeRows(tx, employerId, connectionId, resource, [row], announced));
    let page = await put(change.resource, fresh);
    if (page.rejects.length > 0 && change.resource === "applications") {
      const { jobExternalId, candidateExternalId } = (fresh as Upsert<"applications">).data;
      const job = await sync?.fetch?.(ctx, "jobs", jobExternalId);
      if (job) await put("jobs", job);
      const person = await sync?.fetch?.(ctx, "candidates", candidateExternalId);
      if (person) await put("candidates", person);
      page = await put(change.resource, fresh);
    }
    if (page.rejects[0]) return `Not used: ${page.rejects[0].reason}`;
    return page.unchanged > 0 ? "Nothing new." : `Updated one of ${change.resource}.`;
  });
}
