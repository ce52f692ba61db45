import { and, eq } from "drizzle-orm";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { postingModule } from "#app/integrations/choice.ts";
import type { AnyAdapter } from "#app/integrations/contract/adapter.ts";
import type { JobPosting } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { job } from "#db/schema/hiring.ts";
import { posting } from "#db/schema/postings.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { putInFeed, takeFromFeed } from "./posting-feed.server.ts";
import { employerFacts, handOverUrl, type Posting, postingJob, problemsOf, profileOf } from "./posting-job.server.ts";
import { jittered, type LocalStep, nextLook, nextStep, type RemoteStep } from "./posting-plan.ts";
import { boardName, type Recorded, record } from "./posting-record.server.ts";
import { movePosting, ofPosting } from "./posting-state.server.ts";
import { type RemoteWork, speak } from "./posting-vendor.server.ts";
import type { Connection } from "./vendor-context.server.ts";

/** Longer than the longest step, so that a lease never ends under a living holder. */
const LEASE_MS = 90_000;
/** How often a board is looked at that works on taking a posting down. */
const CLOSING_MS = 60_000;
/** Waits below this get a job of their own; longer ones are found by the row's time. */
const SOON_MS = 5 * 60_000;

/**
 * Brings one posting a step closer to what is wanted: takes the lease, speaks with the board outside any transaction
 * (writing down that it is being sent right before that request leaves), writes down what came of it. Safe to run
 * any number of times, at once or after a crash: while a sending's fate is open, it looks and does not send. `interactive`
 * says that somebody waits for it, so that it may spend the reserve of the call budget.
 */
export async function reconcile(
  employerId: string,
  postingId: string,
  signal: AbortSignal,
  { interactive = false }: { interactive?: boolean } = {},
): Promise<void> {
  const owner = newId();
  const work = await take(employerId, postingId, owner);
  if (!work) return;
  const departure = work.step === "send" ? departureOf(employerId, postingId, owner) : null;
  const answer = await speak(work, { signal, interactive, ...(departure ? { departing: departure.depart } : {}) });
  if (signal.aborted && answer.kind === "failed" && !departure?.hasLeft()) {
    await release(employerId, postingId, owner);
    return;
  }
  await withEmployer(employerId, async (tx) => {
    const row = await lockPosting(tx, employerId, postingId);
    if (row?.leaseOwner !== owner) return;
    await schedule(tx, await record(tx, row, work, answer));
  });
}

/** Writes down, once and under the lease, that a posting is being sent. Kind conflict when the lease was lost. */
function departureOf(employerId: string, postingId: string, owner: string) {
  let left = false;
  return {
    hasLeft: () => left,
    async depart(): Promise<void> {
      if (left) return;
      left = await withEmployer(employerId, async (tx) => {
        const written = await tx
          .update(posting)
          .set({ sentAt: new Date() })
          .where(and(ofPosting(employerId, postingId), eq(posting.leaseOwner, owner)))
          .returning({ id: posting.id });
        return written.length > 0;
      });
      if (!left) throw new IntegrationError("conflict", "Another worker has taken this posting over.");
    },
  };
}

async function lockPosting(tx: EmployerTx, employerId: string, id: string): Promise<Posting | undefined> {
  const [row] = await tx.select().from(posting).where(ofPosting(employerId, id)).for("update");
  return row;
}

async function release(employerId: string, postingId: string, owner: string): Promise<void> {
  await withEmployer(employerId, (tx) =>
    tx
      .update(posting)
      .set({ leaseOwner: null, leaseUntil: null, nextCheckAt: new Date() })
      .where(and(ofPosting(employerId, postingId), eq(posting.leaseOwner, owner))),
  );
}

/** Decides the next step. Steps in our own tables are done here; for the others the lease is taken. */
async function take(employerId: string, postingId: string, owner: string): Promise<RemoteWork | null> {
  return withEmployer(employerId, async (tx) => {
    const row = await lockPosting(tx, employerId, postingId);
    if (!row) return null;
    if (row.leaseUntil && row.leaseUntil.getTime() > Date.now()) {
      await enqueue(tx, "posting-reconcile", { employerId, postingId }, { runAt: row.leaseUntil });
      return null;
    }
    const at = await surroundings(tx, row);
    if (!at) return null;
    const step = nextStep(row, at.board?.way ?? "hand-off");
    if (isLocal(step)) {
      await schedule(tx, await doLocally(tx, row, step, at), at);
      return null;
    }
    const refused = step === "send" || step === "update" ? await objection(tx, row, at) : null;
    if (refused) {
      await schedule(tx, { row: refused }, at);
      return null;
    }
    const lease = { leaseOwner: owner, leaseUntil: new Date(Date.now() + LEASE_MS) };
    const held = await movePosting(tx, row, {
      ...(step === "send" && row.state !== "queued" ? { state: "queued" as const } : {}),
      by: "Patchbay",
      patch: lease,
    });
    return { step, row: held, job: at.job, version: at.version, connection: at.connection };
  });
}

interface Surroundings {
  connection: Connection;
  adapter: AnyAdapter;
  /** What carries postings on this connection. */
  board: JobPosting | undefined;
  job: RemoteWork["job"];
  version: number;
}

async function surroundings(tx: EmployerTx, row: Posting): Promise<Surroundings | null> {
  const { employerId } = row;
  const [found] = await tx
    .select({ of: job, at: connection })
    .from(job)
    .innerJoin(connection, and(eq(connection.employerId, employerId), eq(connection.id, row.connectionId)))
    .where(and(eq(job.employerId, employerId), eq(job.id, row.jobId)));
  const adapter = await loadAdapter(row.vendorId);
  if (!found || !adapter) return null;
  const inbound = await handOverUrl(tx, found.at, adapter);
  const facts = await employerFacts(tx, employerId);
  const value = postingJob(found.of, facts, { key: row.key, sourceToken: row.sourceToken, inbound });
  const board = postingModule(adapter, found.at.config);
  return { connection: found.at, adapter, board, job: value, version: found.of.version };
}

const local: ReadonlySet<string> = new Set<LocalStep>([
  "put-in-feed",
  "take-from-feed",
  "ask-person",
  "drop",
  "nothing",
]);
const isLocal = (step: RemoteStep | LocalStep): step is LocalStep => local.has(step);

/** The board's rules once more on the job as it is now. What breaks them is not sent: the row then says why. */
async function objection(tx: EmployerTx, row: Posting, at: Surroundings): Promise<Posting | null> {
  const problem = problemsOf(at.adapter, at.job, at.connection.config).find((one) => one.level === "error");
  if (!problem) return null;
  const isUp = row.observedVersion !== null && row.state !== "validating";
  const reason = isUp ? `Your last change is not on ${boardName(row)}: ${problem.message}` : problem.message;
  return movePosting(tx, row, {
    ...(isUp ? {} : { state: "draft" as const }),
    by: "Patchbay",
    note: reason,
    patch: { reason, reasonField: problem.field, ...(isUp ? { observedVersion: row.desiredVersion } : {}) },
  });
}

async function doLocally(tx: EmployerTx, row: Posting, step: LocalStep, at: Surroundings): Promise<Recorded> {
  const by = "Patchbay";
  switch (step) {
    case "put-in-feed": {
      if (at.board?.way !== "feed") return { row };
      const refused = await objection(tx, row, at);
      if (refused) return { row: refused };
      const item = at.board.format(at.job, { ...at.connection.config, ...at.connection.setup });
      return { row: await putInFeed(tx, row, item, by) };
    }
    case "take-from-feed":
      return { row: await takeFromFeed(tx, row, by) };
    case "ask-person": {
      const closes = row.desired === "closed";
      const note = closes ? `Close it on ${boardName(row)}, then confirm here.` : "The text is ready to paste.";
      const patch = closes ? {} : { observedVersion: row.desiredVersion };
      return { row: await movePosting(tx, row, { state: "your_step", by, note, patch: { ...patch, reason: null } }) };
    }
    case "drop":
      return { row: await movePosting(tx, row, { state: "closed", by, note: "It was never up there." }) };
    case "nothing":
      return { row };
  }
}

/** Gives the lease back and sets when to look again. What changed meanwhile is done at once. */
async function schedule(tx: EmployerTx, { row, againIn }: Recorded, at?: Surroundings): Promise<void> {
  const { employerId, id: postingId } = row;
  const way = (at ? at.board?.way : (await profileOf(tx, row))?.way) ?? "hand-off";
  const now = new Date();
  const wait = againIn ?? waitOf(row, way, now);
  const nextCheckAt = wait === null ? null : new Date(now.getTime() + wait);
  await tx
    .update(posting)
    .set({ leaseOwner: null, leaseUntil: null, nextCheckAt })
    .where(ofPosting(employerId, postingId));
  if (nextCheckAt && wait !== null && wait <= SOON_MS) {
    await enqueue(tx, "posting-reconcile", { employerId, postingId }, wait === 0 ? {} : { runAt: nextCheckAt });
  }
}

function waitOf(row: Posting, way: "api" | "feed" | "hand-off", now: Date): number | null {
  const step = nextStep(row, way, now);
  if (isLocal(step)) return step === "nothing" ? endOf(row, now) : 0;
  const closing = row.desired === "closed" && row.closingUntil ? row.closingUntil.getTime() - now.getTime() : 0;
  if (closing > 0) return Math.min(jittered(CLOSING_MS), closing);
  if (step !== "look" && step !== "take-down") return 0;
  if (step === "take-down" && row.state !== "still_up") return 0;
  const wait = nextLook(row.state, { now, since: sinceWhen(row), expiresAt: row.expiresAt });
  return wait === null ? null : jittered(wait);
}

function sinceWhen(row: Posting): Date {
  if (row.state === "closed") return row.closedAt ?? row.updatedAt;
  return row.state === "queued" || row.state === "in_review" ? (row.queuedAt ?? row.createdAt) : row.updatedAt;
}

/** Feeds and hand-offs are looked at again only for their end. */
function endOf(row: Posting, now: Date): number | null {
  if (row.state !== "live" || !row.expiresAt) return null;
  return nextLook("live", { now, since: now, expiresAt: row.expiresAt });
}
