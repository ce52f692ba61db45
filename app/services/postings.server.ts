import { and, eq } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import { majorOf } from "#app/integrations/kit/money.ts";
import { newId, randomToken } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { job } from "#db/schema/hiring.ts";
import { posting, postingEvent } from "#db/schema/postings.ts";
import { enqueue, enqueueMany } from "#jobs/enqueue.server.ts";
import { recordActivity } from "./activity.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { notifyLive } from "./live.server.ts";
import { wantClosed } from "./posting-changes.server.ts";
import type { Job, Posting } from "./posting-job.server.ts";
import { postingKey } from "./posting-job.server.ts";
import { movePosting, ofPosting } from "./posting-state.server.ts";
import { type BoardCheck, preflight, totalOf, totalWord } from "./preflight.server.ts";

export {
  confirmPosting,
  postingByKey,
  settleUnknown,
} from "./posting-answers.server.ts";
export type { Posting } from "./posting-job.server.ts";
export { reconcile } from "./posting-reconcile.server.ts";
export { preflight, totalOf, totalWord } from "./preflight.server.ts";

export interface Published {
  /** Postings that were made or sent again by this call. */
  sent: { postingId: string; connectionId: string; label: string }[];
  /** Boards that have the job already. */
  already: string[];
}

/**
 * Sends a job to boards. Nothing goes out when one of them has an error, cannot be reached, or costs another sum than
 * `confirmedTotal` (as `totalWord` writes it) says. A board that has the job already is passed over, so a second click
 * changes nothing. Needs postings:publish. AppError: not-found, invalid (fields by connection id), conflict.
 */
export async function publish(
  actor: Actor,
  jobId: string,
  connectionIds: readonly string[],
  confirmedTotal: string,
): Promise<Published> {
  allow(actor, "postings:publish");
  const { employerId } = actor;
  const checks = await preflight(actor, jobId, connectionIds);
  if (connectionIds.length === 0) throw new AppError("invalid", "Choose at least one board.");
  if (checks.length < new Set(connectionIds).size)
    throw new AppError("not-found", "One of these boards is not connected.");
  refuseProblems(checks.filter((check) => !isThere(check)));
  return withEmployer(employerId, async (tx) => {
    const of = await lockJob(tx, employerId, jobId);
    if (of.status !== "open") throw new AppError("conflict", "This job is not open. Open it, then publish.");
    const rows = await tx
      .select()
      .from(posting)
      .where(and(eq(posting.employerId, employerId), eq(posting.jobId, jobId)))
      .for("update");
    const wanted = checks.filter((check) => !isThere(check) && !isSent(rows, check));
    const total = totalWord(totalOf(wanted.map((check) => check.price)));
    // Whatever another click has sent meanwhile no longer costs anything: only a higher or other sum is refused.
    if (total !== confirmedTotal && total !== "") {
      throw new AppError("conflict", `This costs ${spoken(wanted)} now. Look at the price once more, then publish.`);
    }
    const sent: Published["sent"] = [];
    for (const check of wanted) {
      const before = rows.find((row) => row.connectionId === check.connectionId);
      const row = before ? await sendAgain(tx, before, of, actor) : await begin(tx, of, check, actor);
      sent.push({ postingId: row.id, connectionId: check.connectionId, label: check.label });
    }
    await enqueueMany(
      tx,
      sent.map(({ postingId }) => ({ name: "posting-reconcile" as const, payload: { employerId, postingId } })),
    );
    if (sent.length > 0) await tellPublished(tx, actor, of, sent, total);
    return { sent, already: checks.filter((check) => !wanted.includes(check)).map((check) => check.label) };
  });
}

const atRest: ReadonlySet<Posting["state"]> = new Set(["rejected", "draft", "closed"]);
const isThere = ({ already }: BoardCheck) =>
  already !== null && already.desired === "live" && !atRest.has(already.state);
const isSent = (rows: readonly Posting[], check: BoardCheck) =>
  rows.some((row) => row.connectionId === check.connectionId && row.desired === "live" && !atRest.has(row.state));

function refuseProblems(checks: readonly BoardCheck[]): void {
  const fields: Record<string, string> = {};
  for (const check of checks) {
    const problem = check.problems.find((one) => one.level === "error");
    if (check.blocked) fields[check.connectionId] = `${check.label}: ${check.blocked.word}.`;
    else if (problem) fields[check.connectionId] = problem.message;
    else if (check.already?.desired === "closed" && check.already.state !== "closed")
      fields[check.connectionId] = `${check.label} is still closing this posting. Wait until it is down.`;
  }
  const count = Object.keys(fields).length;
  if (count > 0)
    throw new AppError(
      "invalid",
      count === 1 ? "One board would refuse this job." : `${count} boards would refuse this job.`,
      { fields },
    );
}

const spoken = (checks: readonly BoardCheck[]): string =>
  totalOf(checks.map((check) => check.price))
    .map(({ amount, currency }) =>
      new Intl.NumberFormat("en-US", { style: "currency", currency }).format(majorOf(amount, currency)),
    )
    .join(" and ");

async function lockJob(tx: EmployerTx, employerId: string, id: string): Promise<Job> {
  const [row] = await tx
    .select()
    .from(job)
    .where(and(eq(job.employerId, employerId), eq(job.id, id)))
    .for("update");
  if (!row) throw new AppError("not-found", "This job does not exist.");
  return row;
}

async function begin(tx: EmployerTx, of: Job, check: BoardCheck, actor: Actor): Promise<Posting> {
  const { employerId } = of;
  const id = newId();
  const [row] = await tx
    .insert(posting)
    .values({
      employerId,
      id,
      jobId: of.id,
      connectionId: check.connectionId,
      vendorId: check.vendorId,
      key: postingKey(of.id, check.connectionId),
      desired: "live",
      desiredVersion: of.version,
      state: "validating",
      sourceToken: randomToken(9),
      nextCheckAt: new Date(),
      createdBy: actor.id,
    })
    .returning();
  if (!row) throw new Error("A posting was not written.");
  await tx
    .insert(postingEvent)
    .values({ employerId, id: newId(), postingId: id, state: "validating", note: null, actor: actor.name });
  await notifyLive(tx, employerId, "posting", id);
  return row;
}

/** A closed posting starts anew with the same key; a refused one goes out as a change of what the board holds. */
async function sendAgain(tx: EmployerTx, before: Posting, of: Job, actor: Actor): Promise<Posting> {
  const fresh = {
    externalId: null,
    externalData: null,
    closingUntil: null,
    url: null,
    liveAt: null,
    expiresAt: null,
    sentAt: null,
    observedVersion: null,
  };
  return movePosting(tx, before, {
    state: "validating",
    by: actor.name,
    patch: {
      desired: "live",
      desiredVersion: of.version,
      closeReason: null,
      closedAt: null,
      reason: null,
      reasonField: null,
      attempts: 0,
      nextCheckAt: new Date(),
      ...(before.state === "closed" ? fresh : {}),
    },
  });
}

async function tellPublished(
  tx: EmployerTx,
  actor: Actor,
  of: Job,
  sent: Published["sent"],
  total: string,
): Promise<void> {
  const where = sent.length === 1 ? (sent[0]?.label ?? "a board") : `${sent.length} boards`;
  await recordActivity(tx, actor.employerId, {
    subject: { kind: "job", id: of.id },
    kind: "person",
    who: actor.name,
    what: `published to ${where}: ${of.title}`,
    href: `/jobs/${of.id}`,
  });
  const data = { boards: sent.map((one) => one.connectionId), total };
  await audit(tx, actor, "job.published", { kind: "job", id: of.id, name: of.title }, data);
}

/** Which postings `closePostings` takes down. */
export type PostingSelector = { postingId: string } | { jobId: string } | { connectionId: string };

/**
 * Wants postings down: of one board, one job or one connection. Proof follows by looking. Needs postings:publish. Returns
 * how many are on their way down. AppError not-found for an unknown posting.
 */
export async function closePostings(
  actor: Actor,
  which: PostingSelector,
  reason: "filled" | "withdrawn" | "expired",
): Promise<number> {
  allow(actor, "postings:publish");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    if ("postingId" in which) await postingRow(tx, employerId, which.postingId);
    const chosen =
      "postingId" in which
        ? eq(posting.id, which.postingId)
        : "jobId" in which
          ? eq(posting.jobId, which.jobId)
          : eq(posting.connectionId, which.connectionId);
    const count = await wantClosed(tx, employerId, and(eq(posting.employerId, employerId), chosen), reason, actor.name);
    if (count > 0)
      await audit(
        tx,
        actor,
        "posting.closed",
        { kind: "posting", id: Object.values(which)[0] ?? "", name: null },
        { ...which, reason, count },
      );
    return count;
  });
}

/** One posting inside a transaction. AppError not-found, also for another employer's id. */
export async function postingRow(tx: EmployerTx, employerId: string, id: string): Promise<Posting> {
  const [row] = /^[0-9a-f-]{36}$/i.test(id) ? await tx.select().from(posting).where(ofPosting(employerId, id)) : [];
  if (!row) throw new AppError("not-found", "This posting does not exist.");
  return row;
}

/** The board of a posting in the reader's words. */
export const boardOf = (vendorId: string): string => manifestOf(vendorId)?.name ?? vendorId;

/** Asks a board again now, whatever its rhythm. */
export async function lookAgain(actor: Actor, postingId: string): Promise<void> {
  allow(actor, "jobs:read");
  await withEmployer(actor.employerId, async (tx) => {
    await postingRow(tx, actor.employerId, postingId);
    await enqueue(tx, "posting-reconcile", { employerId: actor.employerId, postingId });
  });
}
