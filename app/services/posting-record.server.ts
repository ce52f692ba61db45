import { manifestOf } from "#app/integrations/catalog.ts";
import type { PostingObservation } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { type Posting, profileOf } from "./posting-job.server.ts";
import { backOff } from "./posting-plan.ts";
import { type Columns, charged, movePosting, observed, type PostingState } from "./posting-state.server.ts";
import { type Answer, mayHaveArrived, type RemoteWork } from "./posting-vendor.server.ts";

/** What was written, and in how many milliseconds to look again; undefined leaves it to the state's own rhythm. */
export interface Recorded {
  row: Posting;
  againIn?: number;
}

/** Writes down what came of a step, in the transaction that also gives the lease back. */
export async function record(tx: EmployerTx, row: Posting, work: RemoteWork, answer: Answer): Promise<Recorded> {
  const board = boardName(row);
  if (answer.kind === "failed") return failed(tx, row, work, answer.error, board);
  switch (work.step) {
    case "send":
    case "find":
      return answer.kind === "seen" ? taken(tx, row, answer, board, work) : notFound(tx, row, board);
    case "update":
    case "look":
      return answer.kind === "seen"
        ? { row: await see(tx, row, answer.observation, board, answer.version) }
        : vanished(tx, row, board);
    case "take-down":
      return closing(tx, row, answer, board);
  }
}

export const boardName = (row: Pick<Posting, "vendorId">): string => manifestOf(row.vendorId)?.name ?? row.vendorId;

/** The board has it. What was found again after a lost answer is brought up to date by the next step. */
async function taken(
  tx: EmployerTx,
  row: Posting,
  answer: Extract<Answer, { kind: "seen" }>,
  board: string,
  { step }: RemoteWork,
): Promise<Recorded> {
  const profile = await profileOf(tx, row);
  const price = profile?.price;
  const cost = answer.observation.cost ?? (price?.per === "posting" ? price : undefined);
  const { state, patch } = observed(row, answer.observation, new Date(), profile);
  const again = profile?.lookup === "upsert";
  const how = again
    ? `Sent to ${board} again after a lost answer; under one key it is one posting.`
    : `Found on ${board} after a lost answer.`;
  const moved = await movePosting(tx, row, {
    state,
    by: board,
    ...(step === "find" ? { note: how } : {}),
    patch: { ...patch, ...charged(row, cost), observedVersion: answer.version ?? null },
  });
  return step === "find" && !again && row.desired === "live" ? { row: moved, againIn: 0 } : { row: moved };
}

const MINUTE_MS = 60_000;

/** A look-up found nothing. Where that proves it, we send again; where it does not, a person looks. */
async function notFound(tx: EmployerTx, row: Posting, board: string): Promise<Recorded> {
  const profile = await profileOf(tx, row);
  if (profile?.lookup === "key") {
    const settled = (row.sentAt?.getTime() ?? 0) + (profile.settlesMinutes ?? 0) * MINUTE_MS - Date.now();
    if (settled > 0) return { row, againIn: Math.min(settled, MINUTE_MS) };
    const note = `Not on ${board}; it is sent again.`;
    const fresh = await movePosting(tx, row, { by: "Patchbay", note, patch: { sentAt: null } });
    return { row: fresh, againIn: 0 };
  }
  const asked = await movePosting(tx, row, {
    state: "your_step",
    by: "Patchbay",
    ...(row.state === "your_step" ? {} : { note: `The answer was lost and ${board} cannot be asked. A person looks.` }),
    patch: { reason: `We do not know whether ${board} took it.` },
  });
  return { row: asked, againIn: 10 * 60_000 };
}

/** What the board shows now. A posting that we closed before and that is up again is a ghost. */
export async function see(
  tx: EmployerTx,
  row: Posting,
  observation: PostingObservation,
  board: string,
  version?: number,
): Promise<Posting> {
  const { state, patch } = observed(row, observation, new Date(), await profileOf(tx, row));
  const current =
    version === undefined ? patch : { ...patch, observedVersion: version, reason: observation.reason ?? null };
  if (row.desired === "live") {
    if (state === "closed") return endedThere(tx, row, board, patch);
    return movePosting(tx, row, { state, by: board, patch: current });
  }
  const up = state === "live" || state === "expiring" || state === "in_review" || state === "queued";
  if (row.state === "closed" && up && row.closeReason === TAKEN_DOWN) {
    return movePosting(tx, row, {
      state,
      by: board,
      note: `Back on ${board}.`,
      patch: { ...patch, desired: "live", closeReason: null },
    });
  }
  if (row.state === "closed" && up) return ghost(tx, row, board);
  if (row.state === "closed") return movePosting(tx, row, { by: board, patch: { observedAt: new Date() } });
  if (down.has(state)) return (await closing(tx, row, { kind: "seen", observation }, board)).row;
  return movePosting(tx, row, { by: board, patch: { ...keptData(observation), observedAt: new Date() } });
}

const TAKEN_DOWN = "taken down by the board";

/** The board took it down by itself. Nothing is posted again without a person: it may cost money. */
async function endedThere(tx: EmployerTx, row: Posting, board: string, patch: Columns): Promise<Posting> {
  const ended = row.expiresAt !== null && row.expiresAt.getTime() <= Date.now();
  return movePosting(tx, row, {
    state: "closed",
    by: board,
    note: ended ? "Its time on the board is over." : `${board} took it down.`,
    patch: {
      ...patch,
      desired: "closed",
      closeReason: ended ? "expired" : TAKEN_DOWN,
      reason: ended ? null : `${board} took it down.`,
      sentAt: null,
    },
  });
}

async function vanished(tx: EmployerTx, row: Posting, board: string): Promise<Recorded> {
  if (row.sentAt) {
    // A person said that it is there under this link; the board does not know it.
    const reason = `${board} knows no posting of yours at that address.`;
    const patch = { externalId: null, url: null, reason };
    return {
      row: await movePosting(tx, row, { state: "your_step", by: board, note: reason, patch }),
      againIn: 10 * 60_000,
    };
  }
  if (row.state === "closed") return { row };
  if (row.desired === "live") return { row: await endedThere(tx, row, board, { observedAt: new Date() }) };
  return closing(tx, row, { kind: "gone" }, board);
}

const down: ReadonlySet<PostingState> = new Set(["closed", "rejected"]);

async function closing(
  tx: EmployerTx,
  row: Posting,
  answer: Exclude<Answer, { kind: "failed" }>,
  board: string,
): Promise<Recorded> {
  if (answer.kind === "gone" || down.has(answer.observation.state)) {
    const note =
      answer.kind === "gone" ? "We looked: the board no longer has it." : "We looked: the board says it is closed.";
    const said = { reason: null, reasonField: null, observedAt: new Date(), sentAt: null, attempts: 0 };
    const patch = { ...said, closingUntil: null };
    return { row: await movePosting(tx, row, { state: "closed", by: board, note, patch }) };
  }
  const kept = answer.kind === "closing" ? { externalData: answer.data } : {};
  if (answer.kind === "closing" && row.closingUntil === null) {
    const minutes = (await profileOf(tx, row))?.settlesMinutes ?? 0;
    const closingUntil = new Date(Date.now() + minutes * MINUTE_MS);
    const patch = { ...kept, closingUntil, observedAt: new Date(), attempts: 0 };
    return { row: await movePosting(tx, row, { by: board, note: `${board} works on taking it down.`, patch }) };
  }
  return { row: await ghost(tx, row, board, kept) };
}

const keptData = ({ data }: PostingObservation): Columns => (data ? { externalData: data } : {});

const ghost = (tx: EmployerTx, row: Posting, board: string, kept: Columns = {}): Promise<Posting> =>
  movePosting(tx, row, {
    state: "still_up",
    by: board,
    ...(row.state === "still_up" ? {} : { note: `Closed here, yet ${board} still shows it.` }),
    patch: {
      ...kept,
      observedAt: new Date(),
      reason: `We told ${board} to close it and it still shows it. We ask again.`,
    },
  });

async function failed(
  tx: EmployerTx,
  row: Posting,
  work: RemoteWork,
  error: unknown,
  board: string,
): Promise<Recorded> {
  const { step } = work;
  const kind = error instanceof IntegrationError ? error.kind : null;
  const info = error instanceof IntegrationError ? error.info : {};
  const sentence = error instanceof IntegrationError ? error.message : `${board} could not be asked.`;
  const definite = step === "send" && !mayHaveArrived(error);
  const patch = { attempts: row.attempts + 1, ...(definite ? { sentAt: null } : {}) };
  const soon = info.retryAfter ? Math.max(1000, info.retryAfter.getTime() - Date.now()) : backOff(patch.attempts);
  const refused = kind === "validation" || (step === "send" && (kind === "not-found" || kind === "conflict"));
  if (refused && (step === "send" || step === "update"))
    return refusedBy(tx, row, board, sentence, info.field ?? null, patch);
  if (step === "take-down" && (kind === "auth-revoked" || kind === "forbidden")) {
    const reason = `${board} does not let us in, so it cannot be closed there. Sign in again.`;
    return {
      row: await movePosting(tx, row, { state: "still_up", by: board, note: reason, patch: { ...patch, reason } }),
      againIn: REST_MS,
    };
  }
  const waits = kind === "auth-revoked" || kind === "forbidden" || kind === "config" || kind === "unsupported";
  return { row: await movePosting(tx, row, { by: board, patch }), againIn: waits ? REST_MS : soon };
}

/** While a connection does not run, a look costs nothing: the call ends before the network. */
const REST_MS = 15 * 60_000;

async function refusedBy(
  tx: EmployerTx,
  row: Posting,
  board: string,
  reason: string,
  field: string | null,
  patch: Columns,
): Promise<Recorded> {
  const shown = row.state === "live" || row.state === "expiring" || row.state === "in_review";
  const words = { reason: shown ? `Your last change is not on ${board}: ${reason}` : reason, reasonField: field };
  // A refused change leaves the posting up as it was; the next change is tried again.
  const rest = { ...patch, ...words, attempts: 0, ...(shown ? { observedVersion: row.desiredVersion } : {}) };
  const state = shown ? row.state : ("rejected" as const);
  return { row: await movePosting(tx, row, { state, by: board, note: words.reason, patch: rest }) };
}
