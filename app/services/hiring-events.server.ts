import { sql } from "drizzle-orm";
import { z } from "zod";
import type { EmployerTx } from "#db/client.server.ts";
import { applicationStatuses } from "#db/schema/hiring.ts";
import { queueDispositions } from "./dispositions.server.ts";
import { emitEvent } from "./events.server.ts";
import { notifyLive } from "./live.server.ts";

const status = z.enum(applicationStatuses);

const described = z
  .object({
    id: z.string(),
    status,
    stage: z.string().nullable(),
    source: z.string(),
    applied_at: z.string(),
    job_id: z.string(),
    job_title: z.string(),
    candidate_id: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    email: z.string().nullable(),
  })
  .transform((row) => ({
    application: { id: row.id, status: row.status, stage: row.stage },
    source: row.source,
    appliedAt: row.applied_at,
    job: { id: row.job_id, title: row.job_title },
    candidate: { id: row.candidate_id, firstName: row.first_name, lastName: row.last_name, email: row.email },
  }));

type Described = z.output<typeof described>;

/** What the events about these applications say, read in one statement, in the order of the ids given. */
async function describeApplications(tx: EmployerTx, employerId: string, ids: readonly string[]): Promise<Described[]> {
  if (ids.length === 0) return [];
  const rows = await tx.execute(sql`
    select a.id, a.status, a.stage_name as stage, a.source, a.job_id, j.title as job_title, a.candidate_id,
      c.first_name, c.last_name, c.email,
      to_char(a.applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as applied_at
    from jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) with ordinality as wanted(id, place)
    join application a on a.employer_id = ${employerId} and a.id = wanted.id::uuid
    join job j on j.employer_id = a.employer_id and j.id = a.job_id
    join candidate c on c.employer_id = a.employer_id and c.id = a.candidate_id
    order by wanted.place`);
  return rows.map((row) => described.parse(row));
}

/** Emits application.received for each id, in the caller's transaction. */
export async function announceReceived(tx: EmployerTx, employerId: string, ids: readonly string[]): Promise<void> {
  for (const { application, source, appliedAt, job, candidate } of await describeApplications(tx, employerId, ids)) {
    await emitEvent(tx, employerId, "application.received", application.id, {
      application: { ...application, source, appliedAt },
      job,
      candidate,
    });
    await notifyLive(tx, employerId, "application", application.id);
  }
}

/** What an application was before it moved. */
export interface Moved {
  applicationId: string;
  status: string;
  stage: string | null;
}

/**
 * Emits application.status_changed for each, with what it was before and who changed it, and queues what the boards that
 * handed them over are told.
 */
export async function announceMoved(
  tx: EmployerTx,
  employerId: string,
  changedBy: string,
  changes: readonly Moved[],
): Promise<void> {
  const before = new Map(changes.map((change) => [change.applicationId, change]));
  for (const { application, job, candidate } of await describeApplications(tx, employerId, [...before.keys()])) {
    const was = before.get(application.id);
    await emitEvent(tx, employerId, "application.status_changed", application.id, {
      application: {
        ...application,
        previousStatus: status.parse(was?.status),
        previousStage: was?.stage ?? null,
      },
      job,
      candidate,
      changedBy,
    });
    await notifyLive(tx, employerId, "application", application.id);
  }
  await queueDispositions(tx, employerId, [...before.keys()]);
}

/** Emits job.closed for each job that stopped taking applications. */
export async function announceClosed(
  tx: EmployerTx,
  employerId: string,
  jobs: readonly { id: string; title: string; reason: string | null }[],
): Promise<void> {
  const closedAt = new Date().toISOString();
  for (const { id, title, reason } of jobs) {
    await emitEvent(tx, employerId, "job.closed", id, { job: { id, title }, reason, closedAt });
    await notifyLive(tx, employerId, "job", id);
  }
}
