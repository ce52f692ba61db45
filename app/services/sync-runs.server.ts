import { and, eq, isNull, lt, or, sql } from "drizzle-orm";
import type { Manifest, ResourceName, SyncResource } from "#app/integrations/contract/manifest.ts";
import { newId } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { syncRun, syncStream } from "#db/schema/sync.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { emitEvent } from "./events.server.ts";
import { pollFactor } from "./inbound-silence.server.ts";
import { notifyLive } from "./live.server.ts";

export type SyncRun = typeof syncRun.$inferSelect;
export type SyncStream = typeof syncStream.$inferSelect;

/** A run whose pages stop coming gives up its place after this long. A page's vendor calls stay far below it. */
const LEASE_MS = 10 * 60_000;
/** Vendors that cannot name deletions are read completely this often. */
const FULL_SCAN_MS = 24 * 3_600_000;

export const leaseEnd = (now: Date) => new Date(now.getTime() + LEASE_MS);

const ofStream = (employerId: string, connectionId: string, resource: string) =>
  and(
    eq(syncStream.employerId, employerId),
    eq(syncStream.connectionId, connectionId),
    eq(syncStream.resource, resource),
  );

/** The pulled resources of a vendor, in the order a first copy needs. */
export const pulledResources = (manifest: Manifest): readonly SyncResource[] =>
  (manifest.resources ?? []).filter((resource) => resource.direction !== "push");

/** Whether the vendor no longer remembers what was deleted since the last complete run. A day early, to be safe. */
export const forgotten = (resource: SyncResource, lastCompleteAt: Date | null, now: Date): boolean =>
  resource.tombstoneDays !== undefined &&
  lastCompleteAt !== null &&
  now.getTime() - lastCompleteAt.getTime() > (resource.tombstoneDays - 1) * 86_400_000;

/**
 * Gives a connection its streams and starts those that wait for no other. Called when a connection becomes active;
 * streams that are there keep their checkpoint and are due at once.
 */
export async function prepareStreams(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  manifest: Manifest,
): Promise<void> {
  const resources = pulledResources(manifest);
  if (resources.length === 0) return;
  await tx
    .insert(syncStream)
    .values(
      resources.map(({ name, everyMinutes }) => ({
        ...{ employerId, connectionId, resource: name, everyMinutes, nextRunAt: new Date() },
      })),
    )
    .onConflictDoUpdate({
      target: [syncStream.employerId, syncStream.connectionId, syncStream.resource],
      set: { nextRunAt: sql`least(${syncStream.nextRunAt}, excluded.next_run_at)` },
    });
  for (const { name, after } of resources) {
    if (!after?.length) await enqueue(tx, "sync-start", { employerId, connectionId, resource: name });
  }
}

export type StartResult = { started: true; runId: string } | { started: false; runId: string | null; why: string };

export interface StartOptions {
  mode: "incremental" | "full";
  /** A person's name, or "schedule", "webhook", "first copy". */
  startedBy: string;
}

/**
 * Opens a run and enqueues its first page, unless one holds the stream's lease: no two runs of one connection and
 * resource go on at once. A run whose lease ran out is written off first.
 */
export async function openRun(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  resource: ResourceName,
  options: StartOptions,
  now: Date = new Date(),
): Promise<StartResult> {
  const runId = newId();
  const [stream] = await tx
    .update(syncStream)
    .set({ currentRunId: runId, leaseOwner: runId, leaseUntil: leaseEnd(now), updatedAt: now })
    .where(
      and(
        ofStream(employerId, connectionId, resource),
        or(isNull(syncStream.leaseUntil), lt(syncStream.leaseUntil, now)),
      ),
    )
    .returning();
  if (!stream) {
    const [held] = await tx
      .select()
      .from(syncStream)
      .where(ofStream(employerId, connectionId, resource));
    return {
      started: false,
      runId: held?.currentRunId ?? null,
      why: held ? "A run goes on already." : "There is no such stream.",
    };
  }
  await tx
    .update(syncRun)
    .set({
      status: "failed",
      error: "The run stopped without a word and was written off.",
      finishedAt: now,
      updatedAt: now,
    })
    .where(
      and(
        eq(syncRun.employerId, employerId),
        eq(syncRun.connectionId, connectionId),
        eq(syncRun.resource, resource),
        sql`${syncRun.status} in ('queued', 'running', 'parked')`,
      ),
    );
  const mode = stream.checkpoint === null ? "full" : options.mode;
  await tx.insert(syncRun).values({
    ...{ employerId, id: runId, connectionId, resource, mode, status: "queued", startedBy: options.startedBy },
    checkpoint: mode === "full" ? null : stream.checkpoint,
    startedAt: now,
  });
  await enqueue(tx, "sync-page", { employerId, runId, page: 0 });
  await notifyLive(tx, employerId, "sync", connectionId);
  return { started: true, runId };
}

/** Spreads the load: the same connection always lands on the same offset of up to a tenth of its interval. */
export function jitterOf(connectionId: string, everyMinutes: number): number {
  const hash = Number.parseInt(connectionId.replaceAll("-", "").slice(-8), 16);
  return Math.floor((hash % 1000) * everyMinutes * 6);
}

/** When a stream runs next after a run that ended now, milliseconds of jitter included. */
export const nextRunAt = (stream: Pick<SyncStream, "connectionId" | "everyMinutes">, now: Date) =>
  new Date(now.getTime() + stream.everyMinutes * 60_000 + jitterOf(stream.connectionId, stream.everyMinutes));

/** Tells of a run that brought changes or could not finish; most runs find nothing new and stay quiet. */
async function announceRun(tx: EmployerTx, run: SyncRun, { status, error }: RunEnd, now: Date): Promise<void> {
  const { employerId, id, resource, read, written, deleted, skipped, rejected } = run;
  if (status === "succeeded" && written + deleted === 0) return;
  const [from] = await tx
    .select({ id: connection.id, vendor: connection.vendorId, label: connection.label })
    .from(connection)
    .where(and(eq(connection.employerId, employerId), eq(connection.id, run.connectionId)));
  if (!from) return;
  const mode = run.mode === "full" ? "full" : "incremental";
  await emitEvent(tx, employerId, "sync.completed", id, {
    sync: {
      ...{ id, resource, mode, status, read, written, deleted, skipped, rejected, error: error?.message ?? null },
      ...{ startedAt: run.startedAt.toISOString(), finishedAt: now.toISOString() },
    },
    connection: from,
  });
}

export interface RunEnd {
  status: "succeeded" | "partial" | "failed" | "held" | "stopped";
  error?: { kind: string; message: string };
}

/**
 * Closes a run and frees its stream. The checkpoint moves to the run's start only when everything was read; a run that
 * failed or was stopped keeps the old one, so the next reads again what this one missed.
 */
export async function closeRun(
  tx: EmployerTx,
  run: SyncRun,
  end: RunEnd,
  now: Date = new Date(),
): Promise<SyncStream | null> {
  const complete = end.status === "succeeded" || end.status === "partial" || end.status === "held";
  const [closed] = await tx
    .update(syncRun)
    .set({
      ...{ status: end.status, finishedAt: now, updatedAt: now, cursor: null, parkedUntil: null },
      errorKind: end.error?.kind ?? null,
      error: end.error?.message ?? null,
    })
    .where(and(eq(syncRun.employerId, run.employerId), eq(syncRun.id, run.id)))
    .returning();
  if (closed) await announceRun(tx, { ...closed, deleted: Math.max(closed.deleted, run.deleted) }, end, now);
  const mine = and(ofStream(run.employerId, run.connectionId, run.resource), eq(syncStream.currentRunId, run.id));
  const [stream] = await tx.select().from(syncStream).where(mine);
  if (!stream) return null;
  const rarely = complete ? await pollFactor(tx, run, now) : 1;
  const [freed] = await tx
    .update(syncStream)
    .set({
      ...{
        leaseOwner: null,
        leaseUntil: null,
        currentRunId: null,
        lastRunId: run.id,
        lastStatus: end.status,
        updatedAt: now,
      },
      nextRunAt: nextRunAt({ ...stream, everyMinutes: stream.everyMinutes * rarely }, now),
      ...(complete
        ? {
            checkpoint: run.startedAt.toISOString(),
            lastCompleteAt: now,
            records: sql`(select count(*) from external_record r where r.employer_id = ${run.employerId}
              and r.connection_id = ${run.connectionId} and r.resource = ${run.resource} and r.deleted_at is null)`,
          }
        : {}),
      ...(complete && run.mode === "full"
        ? { fullScanAt: new Date(now.getTime() + FULL_SCAN_MS + jitterOf(run.connectionId, 60)) }
        : {}),
    })
    .where(mine)
    .returning();
  await notifyLive(tx, run.employerId, "sync", run.connectionId);
  return freed ?? null;
}
