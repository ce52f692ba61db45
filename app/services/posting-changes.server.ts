import { and, eq, inArray, ne, sql } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { job } from "#db/schema/hiring.ts";
import { posting, postingEvent } from "#db/schema/postings.ts";
import { enqueueMany } from "#jobs/enqueue.server.ts";
import { notifyLive } from "./live.server.ts";
import { lookedAfter } from "./posting-farewell.server.ts";

/** Marks live postings as wanted down and wakes them; returns how many. */
export async function wantClosed(
  tx: EmployerTx,
  employerId: string,
  which: ReturnType<typeof and>,
  reason: string,
  by: string,
): Promise<number> {
  const rows = await tx
    .update(posting)
    .set({ desired: "closed", closeReason: reason, nextCheckAt: new Date(), attempts: 0, updatedAt: new Date() })
    .where(and(which, lookedAfter, eq(posting.desired, "live")))
    .returning();
  if (rows.length === 0) return 0;
  await tx.insert(postingEvent).values(
    rows.map((row) => ({
      employerId,
      id: newId(),
      postingId: row.id,
      state: row.state,
      note: `Closing: ${reason}.`,
      actor: by,
    })),
  );
  await wake(
    tx,
    employerId,
    rows.map((row) => row.id),
  );
  return rows.length;
}

async function wake(tx: EmployerTx, employerId: string, ids: readonly string[]): Promise<void> {
  await enqueueMany(
    tx,
    ids.map((postingId) => ({ name: "posting-reconcile" as const, payload: { employerId, postingId } })),
  );
  for (const id of ids) await notifyLive(tx, employerId, "posting", id);
}

/**
 * Call after every write to jobs, in the same transaction: postings of an open job learn of its new version, postings of
 * a job that is no longer open come down. Synced pages pass all their ids at once.
 */
export async function jobsChanged(tx: EmployerTx, employerId: string, jobIds: readonly string[]): Promise<void> {
  if (jobIds.length === 0) return;
  const ids = [...new Set(jobIds)];
  const ofJobs = and(eq(posting.employerId, employerId), inArray(posting.jobId, ids));
  const openJob = sql`exists (select 1 from job j where j.employer_id = ${posting.employerId} and j.id = ${posting.jobId} and j.status = 'open')`;
  const version = sql`(select j.version from job j where j.employer_id = ${posting.employerId} and j.id = ${posting.jobId})`;
  const changed = await tx
    .update(posting)
    .set({ desiredVersion: sql`${version}`, nextCheckAt: new Date(), updatedAt: new Date() })
    .where(and(ofJobs, lookedAfter, eq(posting.desired, "live"), openJob, sql`${posting.desiredVersion} < ${version}`))
    .returning({ id: posting.id });
  await wake(
    tx,
    employerId,
    changed.map((row) => row.id),
  );
  const shut = await tx
    .select({ id: job.id, reason: job.closeReason })
    .from(job)
    .where(and(eq(job.employerId, employerId), inArray(job.id, ids), ne(job.status, "open")));
  for (const { id, reason } of shut) {
    await wantClosed(
      tx,
      employerId,
      and(eq(posting.employerId, employerId), eq(posting.jobId, id)),
      reason ?? "withdrawn",
      "Patchbay",
    );
  }
}

export const jobChanged = (tx: EmployerTx, employerId: string, jobId: string): Promise<void> =>
  jobsChanged(tx, employerId, [jobId]);
