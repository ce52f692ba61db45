import { and, asc, eq, isNull, or, sql } from "drizzle-orm";
import type { InboundApplication } from "#app/integrations/contract/domain.ts";
import { newId, sha256Hex } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { application, applicationStatuses, candidate, job, stage } from "#db/schema/hiring.ts";
import { posting } from "#db/schema/postings.ts";
import { recordActivity } from "./activity.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { type Candidate, fullName, mergeCandidate } from "./candidates.server.ts";
import { attachDocuments, type StoredDocument } from "./documents.server.ts";
import { AppError } from "./errors.ts";
import { announceMoved, announceReceived } from "./hiring-events.server.ts";
import { provedByApplication } from "./posting-answers.server.ts";
import { queuePush } from "./push.server.ts";

export type Application = typeof application.$inferSelect;
export type ApplicationStatus = Application["status"];

export interface ReceivedApplication extends Omit<InboundApplication, "postingKey" | "resume"> {
  jobId: string;
  /** The posting whose link, feed or form brought the person. */
  postingId?: string | null;
  documents?: readonly StoredDocument[];
}

export interface ReceiveResult {
  applicationId: string;
  candidateId: string;
  /** False when this person had applied to this job before: that application stands. */
  created: boolean;
  /** Files that were not needed: give them to `discardDocuments` after the commit. */
  unusedDocuments: StoredDocument[];
}

/**
 * Takes an application in, in the caller's transaction: merges the candidate by e-mail, writes the application once
 * (same person, same job), attaches the files, emits application.received, and queues it for the ATS that owns the job
 * where two-way is on. A repeat adds only files that are new. AppError not-found for an unknown job.
 */
export async function receiveApplication(
  tx: EmployerTx,
  employerId: string,
  input: ReceivedApplication,
): Promise<ReceiveResult> {
  const [target] = await tx
    .select({ id: job.id, title: job.title, connectionId: job.connectionId })
    .from(job)
    .where(and(eq(job.employerId, employerId), eq(job.id, input.jobId)));
  if (!target) throw new AppError("not-found", "The job of this application does not exist.");
  const { candidate: person } = await mergeCandidate(tx, employerId, input.candidate);
  const { id, created } = await writeOnce(tx, employerId, input, person);
  const owner = { candidateId: person.id, applicationId: id };
  const unusedDocuments = await attachDocuments(tx, employerId, owner, input.documents ?? []);
  await recordActivity(tx, employerId, {
    subject: { kind: "application", id },
    kind: "person",
    tone: created ? "ok" : "idle",
    who: fullName(person),
    what: `${created ? "applied" : "applied again"}: ${target.title}`,
    href: `/applicants/${id}`,
  });
  if (created) {
    await announceReceived(tx, employerId, [id]);
    if (input.postingId) await provedByApplication(tx, employerId, input.postingId);
    if (target.connectionId) {
      const request = { connectionId: target.connectionId, resource: "applications" as const, localId: id };
      await queuePush(tx, employerId, { ...request, op: "create", detail: {} });
    }
  }
  return { applicationId: id, candidateId: person.id, created, unusedDocuments };
}

async function writeOnce(
  tx: EmployerTx,
  employerId: string,
  input: ReceivedApplication,
  person: Candidate,
): Promise<{ id: string; created: boolean }> {
  const first = await firstStage(tx, employerId, input.jobId);
  const dedupeKey = `person:${sha256Hex(`${input.jobId}:${person.id}`)}`;
  const [row] = await tx
    .insert(application)
    .values({
      employerId,
      id: newId(),
      jobId: input.jobId,
      candidateId: person.id,
      stageId: first?.id ?? null,
      stageName: first?.name ?? null,
      source: input.source,
      postingId: input.postingId ?? null,
      coverLetter: input.coverLetter?.trim() || null,
      answers: input.answers,
      appliedAt: input.appliedAt,
      dedupeKey,
    })
    .onConflictDoNothing({ target: [application.employerId, application.dedupeKey] })
    .returning({ id: application.id });
  if (row) return { id: row.id, created: true };
  const [known] = await tx
    .select({ id: application.id })
    .from(application)
    .where(and(eq(application.employerId, employerId), eq(application.dedupeKey, dedupeKey)));
  if (!known) throw new Error("An application was neither written nor found.");
  return { id: known.id, created: false };
}

/** The stages that a job's applications go through: its own, or those every job shares; in order. */
export async function stagesOf(tx: EmployerTx, employerId: string, jobId: string) {
  const rows = await tx
    .select({ id: stage.id, name: stage.name, position: stage.position, jobId: stage.jobId })
    .from(stage)
    .where(and(eq(stage.employerId, employerId), or(eq(stage.jobId, jobId), isNull(stage.jobId))))
    .orderBy(asc(stage.position), asc(stage.id));
  const own = rows.filter((row) => row.jobId === jobId);
  return own.length > 0 ? own : rows;
}

const firstStage = async (tx: EmployerTx, employerId: string, jobId: string) =>
  (await stagesOf(tx, employerId, jobId))[0];

/**
 * Where a source token leads: the posting and its board, if the posting is of this job. Null for a token that we did not
 * make; the caller then says "career-site" or "unknown", never a guess.
 */
export async function postingOfToken(
  tx: EmployerTx,
  employerId: string,
  jobId: string,
  token: string,
): Promise<{ postingId: string; vendorId: string } | null> {
  const [row] = await tx
    .select({ postingId: posting.id, vendorId: posting.vendorId })
    .from(posting)
    .where(and(eq(posting.employerId, employerId), eq(posting.sourceToken, token), eq(posting.jobId, jobId)));
  return row ?? null;
}

export type Move = { stageId: string } | { status: ApplicationStatus; reason?: string };

const endings: ReadonlySet<string> = new Set(applicationStatuses);
const isStatus = (word: string): word is ApplicationStatus => endings.has(word);

/** The move that a posted form asks for: `intent` "stage" with `stageId`, or a status with an optional `reason`. */
export function moveOfForm(form: FormData): Move {
  const intent = String(form.get("intent") ?? "");
  if (isStatus(intent)) return { status: intent, reason: String(form.get("reason") ?? "").slice(0, 300) };
  return { stageId: String(form.get("stageId") ?? "") };
}

/**
 * Moves an application to a stage of its job, or hires, rejects, withdraws or reopens it. Emits
 * application.status_changed and queues the change for the ATS where two-way is on. The same place again changes
 * nothing. Needs applications:manage. AppError: not-found; invalid for a stage of another job.
 */
export async function moveApplication(actor: Actor, id: string, move: Move): Promise<Application> {
  allow(actor, "applications:manage");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const [found] = await tx
      .select({ before: application, connectionId: job.connectionId, person: candidate })
      .from(application)
      .innerJoin(job, and(eq(job.employerId, employerId), eq(job.id, application.jobId)))
      .innerJoin(candidate, and(eq(candidate.employerId, employerId), eq(candidate.id, application.candidateId)))
      .where(and(eq(application.employerId, employerId), eq(application.id, id)))
      .for("update", { of: application });
    if (!found) throw new AppError("not-found", "This application does not exist.");
    const { before, person, connectionId } = found;
    const next = await placeOf(tx, before, move);
    if (next.status === before.status && next.stageId === before.stageId) return before;
    const [row] = await tx
      .update(application)
      .set({ ...next, updatedAt: sql`now()` })
      .where(and(eq(application.employerId, employerId), eq(application.id, id)))
      .returning();
    if (!row) throw new Error("An application vanished under its lock.");
    const words = "stageId" in move ? `moved to ${row.stageName}` : statusWords[row.status];
    await recordActivity(tx, employerId, {
      subject: { kind: "application", id },
      kind: "person",
      tone: row.status === "hired" ? "ok" : "idle",
      who: fullName(person),
      what: `was ${words} by ${actor.name}`,
      href: `/applicants/${id}`,
    });
    await announceMoved(tx, employerId, actor.name, [
      { applicationId: id, status: before.status, stage: before.stageName },
    ]);
    if (connectionId) {
      const detail = { status: row.status, ...(row.stageId ? { stageId: row.stageId } : {}) };
      await queuePush(tx, employerId, { connectionId, resource: "applications", op: "update", localId: id, detail });
    }
    const subject = { kind: "application", id, name: fullName(person) };
    const from = `${before.status}, ${before.stageName ?? "no stage"}`;
    await audit(tx, actor, "application.moved", subject, { from, to: `${row.status}, ${row.stageName ?? "no stage"}` });
    return row;
  });
}

const statusWords: Record<ApplicationStatus, string> = {
  active: "taken up again",
  hired: "hired",
  rejected: "rejected",
  withdrawn: "withdrawn",
};

async function placeOf(tx: EmployerTx, before: Application, move: Move) {
  if ("status" in move) {
    return {
      status: move.status,
      stageId: before.stageId,
      stageName: before.stageName,
      rejectedReason: move.status === "rejected" ? move.reason?.trim() || null : null,
    };
  }
  const stages = await stagesOf(tx, before.employerId, before.jobId);
  const chosen = stages.find((candidateStage) => candidateStage.id === move.stageId);
  if (!chosen) {
    throw new AppError("invalid", "This stage belongs to another job.", { fields: { stageId: "Choose a stage." } });
  }
  return { status: "active" as const, stageId: chosen.id, stageName: chosen.name, rejectedReason: null };
}
