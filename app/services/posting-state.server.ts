import { and, eq } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import type { PostingObservation } from "#app/integrations/contract/capabilities.ts";
import type { PostingProfile } from "#app/integrations/contract/manifest.ts";
import { newId } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { job } from "#db/schema/hiring.ts";
import { posting, postingEvent } from "#db/schema/postings.ts";
import { recordActivity } from "./activity.server.ts";
import { emitEvent } from "./events.server.ts";
import { notifyLive } from "./live.server.ts";
import { keepPostingIssues } from "./posting-issues.server.ts";
import type { Posting } from "./posting-job.server.ts";
import { EXPIRING_MS } from "./posting-plan.ts";

export type PostingState = Posting["state"];
export type Columns = Partial<typeof posting.$inferInsert>;

export interface Move {
  state?: PostingState;
  /** One sentence for the history. */
  note?: string | null;
  /** Who did it: a person's name, the board, or "Patchbay". */
  by: string;
  patch?: Columns;
}

export const ofPosting = (employerId: string, id: string) =>
  and(eq(posting.employerId, employerId), eq(posting.id, id));

/** States that the world is told about; the others pass within seconds. */
const told: ReadonlySet<PostingState> = new Set([
  "in_review",
  "live",
  "rejected",
  "expiring",
  "closed",
  "your_step",
  "still_up",
]);

/**
 * The only writer of posting.state. Writes the row, and with a new state its history line, events, activity, issues and
 * the live note. Returns the row as it is now.
 */
export async function movePosting(tx: EmployerTx, before: Posting, move: Move): Promise<Posting> {
  const { employerId, id } = before;
  const now = new Date();
  const state = move.state ?? before.state;
  const moved = state !== before.state;
  const [after] = await tx
    .update(posting)
    .set({ ...(moved ? stamps(before, state, now) : {}), ...move.patch, state, updatedAt: now })
    .where(ofPosting(employerId, id))
    .returning();
  if (!after) throw new Error("A posting vanished under its lock.");
  if (moved || move.note) {
    const note = move.note ?? (state === "rejected" ? after.reason : null);
    await tx
      .insert(postingEvent)
      .values({ employerId, id: newId(), postingId: id, at: now, state, note, actor: move.by });
  }
  if (moved || after.reason !== before.reason || after.url !== before.url)
    await notifyLive(tx, employerId, "posting", id);
  if (moved) await announce(tx, before, after);
  return after;
}

function stamps(before: Posting, state: PostingState, now: Date): Columns {
  switch (state) {
    case "queued":
      return { queuedAt: now };
    case "live":
    case "expiring":
      return { liveAt: before.liveAt ?? now };
    case "rejected":
      return { rejectedAt: now };
    case "closed":
      return { closedAt: now };
    default:
      return {};
  }
}

async function announce(tx: EmployerTx, before: Posting, after: Posting): Promise<void> {
  const { employerId, id, jobId, vendorId, state } = after;
  const [of] = await tx
    .select({ id: job.id, title: job.title, board: connection.label })
    .from(job)
    .innerJoin(connection, and(eq(connection.employerId, employerId), eq(connection.id, after.connectionId)))
    .where(and(eq(job.employerId, employerId), eq(job.id, jobId)));
  if (!of) return;
  const board = manifestOf(vendorId)?.name ?? of.board;
  const about = { job: { id: of.id, title: of.title } };
  const shown = { id, board: vendorId, state, url: after.url };
  if (told.has(state)) {
    await emitEvent(tx, employerId, "posting.state_changed", id, {
      ...about,
      posting: { ...shown, previousState: before.state, reason: after.reason },
    });
    const { tone, what } = sentences[state](board, of.title, after.reason);
    await recordActivity(tx, employerId, {
      connectionId: after.connectionId,
      subject: { kind: "posting", id },
      kind: "posting",
      tone,
      who: board,
      what,
      href: `/jobs/postings/${id}`,
    });
  }
  if (before.liveAt === null && state === "live") {
    const { costAmount: amount, costCurrency: currency } = after;
    const cost = amount !== null && currency !== null ? { amount, currency } : null;
    await emitEvent(tx, employerId, "job.posted", id, { ...about, posting: { ...shown, cost } });
  }
  await keepPostingIssues(tx, { before, after, board, title: of.title });
}

type Sentence = (
  board: string,
  title: string,
  reason: string | null,
) => { tone: "ok" | "idle" | "run" | "warn" | "bad"; what: string };

const plain =
  (tone: ReturnType<Sentence>["tone"], words: string): Sentence =>
  (_board, title) => ({ tone, what: `${words}: ${title}` });

const sentences: Record<PostingState, Sentence> = {
  draft: plain("idle", "was not sent"),
  validating: plain("run", "is being checked"),
  queued: plain("run", "has it in its queue"),
  in_review: plain("run", "looks at the posting"),
  live: plain("ok", "shows the posting"),
  rejected: (_board, title, reason) => ({ tone: "bad", what: `refused the posting: ${title}. ${reason ?? ""}`.trim() }),
  expiring: plain("warn", "ends the posting soon"),
  closed: plain("idle", "no longer shows the posting"),
  your_step: plain("warn", "waits for you"),
  still_up: plain("bad", "still shows the closed posting"),
};

/** What a board says, as columns and a state. `reason` stays while the state does and the board says nothing new. */
export function observed(
  before: Posting,
  seen: PostingObservation,
  now: Date,
  profile: Pick<PostingProfile, "lifetimeDays"> | undefined,
): { state: PostingState; patch: Columns } {
  const lifetime = profile?.lifetimeDays;
  const since = before.liveAt ?? now;
  const ends =
    seen.expiresAt ?? before.expiresAt ?? (lifetime ? new Date(since.getTime() + lifetime * 86_400_000) : null);
  const isUp = seen.state === "live" || seen.state === "expiring";
  const soon = ends !== null && ends.getTime() - now.getTime() < EXPIRING_MS;
  const state = isUp ? (soon ? "expiring" : "live") : seen.state;
  return {
    state,
    patch: {
      externalId: seen.externalId,
      observedAt: now,
      sentAt: null,
      attempts: 0,
      ...(seen.url ? { url: seen.url } : {}),
      ...(seen.data ? { externalData: seen.data } : {}),
      reason: seen.reason ?? (state === before.state ? before.reason : null),
      ...(seen.reason || state === before.state ? {} : { reasonField: null }),
      ...(isUp ? { expiresAt: ends } : {}),
    },
  };
}

/** The cost of one more posting, added to what this job has cost on this board before. */
export function charged(before: Posting, cost: { amount: number; currency: string } | undefined): Columns {
  if (!cost) return {};
  const same = before.costCurrency === cost.currency ? (before.costAmount ?? 0) : 0;
  return { costAmount: same + cost.amount, costCurrency: cost.currency };
}
