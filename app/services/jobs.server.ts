import { and, eq } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { job } from "#db/schema/hiring.ts";
import { recordActivity } from "./activity.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { announceClosed } from "./hiring-events.server.ts";
import { boardColumns, type JobInput, slugOf } from "./job-input.server.ts";
import { notifyLive } from "./live.server.ts";
import { jobChanged } from "./posting-changes.server.ts";
import { stableJson } from "./stable-json.ts";

export type Job = typeof job.$inferSelect;
export type CloseReason = "filled" | "withdrawn" | "expired";

const unknownJob = () => new AppError("not-found", "This job does not exist.");

/** One job, inside the caller's transaction. AppError not-found. */
export async function jobRow(tx: EmployerTx, employerId: string, id: string): Promise<Job> {
  const [row] = await tx
    .select()
    .from(job)
    .where(and(eq(job.employerId, employerId), eq(job.id, id)));
  if (!row) throw unknownJob();
  return row;
}

/** One job. Needs jobs:read; another employer's id is not-found. */
export async function getJob(actor: Actor, id: string): Promise<Job> {
  allow(actor, "jobs:read");
  return withEmployer(actor.employerId, (tx) => jobRow(tx, actor.employerId, id));
}

/** The label of the ATS connection that owns a job; null for a job written here. */
export async function atsOf(actor: Actor, row: Pick<Job, "connectionId">): Promise<string | null> {
  const { connectionId } = row;
  if (connectionId === null) return null;
  const [found] = await withEmployer(actor.employerId, (tx) =>
    tx
      .select({ label: connection.label })
      .from(connection)
      .where(and(eq(connection.employerId, actor.employerId), eq(connection.id, connectionId))),
  );
  return found?.label ?? null;
}

/**
 * Writes a job (null makes one) and returns it. `version` grows only when something a board shows has changed. A job that
 * its ATS owns keeps what the ATS says: only category, experience, pay and end date are taken, because an ATS often has
 * no field for them. Needs jobs:manage. AppError: not-found; conflict for an archived job.
 */
export async function saveJob(actor: Actor, id: string | null, input: JobInput): Promise<Job> {
  allow(actor, "jobs:manage");
  return withEmployer(actor.employerId, (tx) =>
    id === null ? createJob(tx, actor, input) : updateJob(tx, actor, id, input),
  );
}

async function createJob(tx: EmployerTx, actor: Actor, input: JobInput): Promise<Job> {
  const id = newId();
  const [row] = await tx
    .insert(job)
    .values({
      employerId: actor.employerId,
      id,
      slug: slugOf(input.title, id),
      status: input.status,
      origin: actor.kind === "api" ? "api" : "portal",
      createdBy: actor.id,
      publishedAt: input.status === "open" ? new Date() : null,
      ...boardColumns(input),
    })
    .returning();
  if (!row) throw new Error("A job was not written.");
  const what = input.status === "open" ? "opened the job" : "drafted the job";
  await tell(tx, actor, row, { action: "job.created", what });
  return row;
}

async function updateJob(tx: EmployerTx, actor: Actor, id: string, input: JobInput): Promise<Job> {
  const before = await lockJob(tx, actor.employerId, id);
  if (before.status === "archived") throw new AppError("conflict", "This job is archived and cannot be changed.");
  const given = boardColumns(input);
  const columns = before.origin === "sync" ? { ...given, ...ownedByAts(before) } : given;
  const shown = changedColumns(before, columns);
  const opens = before.status === "draft" && input.status === "open" && before.origin !== "sync";
  if (shown.length === 0 && !opens) return before;
  const [row] = await tx
    .update(job)
    .set({
      ...columns,
      ...(opens ? { status: "open" as const, publishedAt: new Date() } : {}),
      ...(shown.length > 0 ? { version: before.version + 1 } : {}),
      updatedAt: new Date(),
    })
    .where(and(eq(job.employerId, actor.employerId), eq(job.id, id)))
    .returning();
  if (!row) throw unknownJob();
  const what = opens ? "opened the job" : "changed the job";
  await jobChanged(tx, actor.employerId, id);
  await tell(tx, actor, row, { action: "job.updated", what, data: { changed: shown } });
  return row;
}

/** The row, locked, so that two writers cannot both grow one version. */
async function lockJob(tx: EmployerTx, employerId: string, id: string): Promise<Job> {
  const [row] = await tx
    .select()
    .from(job)
    .where(and(eq(job.employerId, employerId), eq(job.id, id)))
    .for("update");
  if (!row) throw unknownJob();
  return row;
}

type BoardColumns = ReturnType<typeof boardColumns>;

const ownedByAts = (before: Job) => ({
  title: before.title,
  descriptionHtml: before.descriptionHtml,
  departments: before.departments,
  locations: before.locations,
  remote: before.remote,
  employment: before.employment,
  openings: before.openings,
  requisition: before.requisition,
});

function changedColumns(before: Job, next: { [Key in keyof BoardColumns]: unknown }): string[] {
  const then: Record<string, unknown> = before;
  return Object.entries(next)
    .filter(([name, value]) => stableJson(then[name]) !== stableJson(value))
    .map(([name]) => name);
}

/**
 * Takes a job off the career site and off every board. Closing twice changes nothing. Needs jobs:manage.
 */
export async function closeJob(actor: Actor, id: string, reason: CloseReason): Promise<Job> {
  allow(actor, "jobs:manage");
  return withEmployer(actor.employerId, async (tx) => {
    const before = await lockJob(tx, actor.employerId, id);
    if (before.status === "closed" || before.status === "archived") return before;
    const [row] = await tx
      .update(job)
      .set({ status: "closed", closedAt: new Date(), closeReason: reason, updatedAt: new Date() })
      .where(and(eq(job.employerId, actor.employerId), eq(job.id, id)))
      .returning();
    if (!row) throw unknownJob();
    await announceClosed(tx, actor.employerId, [{ id, title: row.title, reason }]);
    await jobChanged(tx, actor.employerId, id);
    await tell(tx, actor, row, { action: "job.closed", what: `closed the job, ${reason}`, data: { reason } });
    return row;
  });
}

/** Opens a closed job or a draft again. Postings stay closed until someone publishes. Needs jobs:manage. */
export async function reopenJob(actor: Actor, id: string): Promise<Job> {
  allow(actor, "jobs:manage");
  return withEmployer(actor.employerId, async (tx) => {
    const before = await lockJob(tx, actor.employerId, id);
    if (before.status === "open") return before;
    if (before.status === "archived") throw new AppError("conflict", "This job is archived and cannot be opened.");
    if (before.validThrough && before.validThrough.getTime() < Date.now()) {
      throw new AppError("conflict", "The end date of this job has passed. Change it, then open the job.");
    }
    const [row] = await tx
      .update(job)
      .set({
        status: "open",
        closedAt: null,
        closeReason: null,
        publishedAt: before.publishedAt ?? new Date(),
        updatedAt: new Date(),
      })
      .where(and(eq(job.employerId, actor.employerId), eq(job.id, id)))
      .returning();
    if (!row) throw unknownJob();
    await tell(tx, actor, row, { action: "job.reopened", what: "opened the job again" });
    return row;
  });
}

/** The activity line and, last because it holds the employer's row, the audit entry. */
async function tell(tx: EmployerTx, actor: Actor, row: Job, said: Said): Promise<void> {
  await recordActivity(tx, actor.employerId, {
    subject: { kind: "job", id: row.id },
    kind: "person",
    who: actor.name,
    what: `${said.what}: ${row.title}`,
    href: `/jobs/${row.id}`,
  });
  await notifyLive(tx, actor.employerId, "job", row.id);
  const subject = { kind: "job", id: row.id, name: row.title };
  await audit(tx, actor, said.action, subject, { version: row.version, ...said.data });
}

interface Said {
  action: string;
  what: string;
  data?: Record<string, unknown>;
}
