/** What a posting needs next, from what is wanted and what is known. Pure: the reconciler and the pages read it alike. */
export interface PostingFacts {
  desired: "live" | "closed";
  state: string;
  desiredVersion: number;
  observedVersion: number | null;
  externalId: string | null;
  sentAt: Date | null;
  feedItem: string | null;
  feedVersion: number | null;
  liveAt: Date | null;
  /** The board has taken the order to close and works on it until then. */
  closingUntil: Date | null;
}

export type Way = "api" | "feed" | "hand-off";

/** Steps that speak with the board. */
export type RemoteStep = "send" | "find" | "update" | "look" | "take-down";
/** Steps that are done in our own tables. */
export type LocalStep = "put-in-feed" | "take-from-feed" | "ask-person" | "drop" | "nothing";

const isBehind = (facts: PostingFacts) => (facts.observedVersion ?? 0) < facts.desiredVersion;

export function nextStep(facts: PostingFacts, way: Way, now = new Date()): RemoteStep | LocalStep {
  return facts.desired === "live" ? towardsLive(facts, way) : towardsClosed(facts, way, now);
}

function towardsLive(facts: PostingFacts, way: Way): RemoteStep | LocalStep {
  const { state } = facts;
  const anew = state === "validating";
  switch (way) {
    case "api":
      if (facts.externalId === null) {
        if (facts.sentAt) return "find";
        return anew || state === "queued" ? "send" : "nothing";
      }
      if (state === "closed") return "nothing";
      return anew || (state !== "rejected" && isBehind(facts)) ? "update" : "look";
    case "feed":
      if (!anew && (state === "rejected" || state === "closed" || state === "draft")) return "nothing";
      return anew || facts.feedItem === null || isBehind(facts) ? "put-in-feed" : "nothing";
    case "hand-off":
      return anew ? "ask-person" : "nothing";
  }
}

function towardsClosed(facts: PostingFacts, way: Way, now: Date): RemoteStep | LocalStep {
  if (facts.state === "closed") return way === "api" && facts.externalId !== null ? "look" : "nothing";
  switch (way) {
    case "api":
      if (facts.externalId !== null)
        return facts.closingUntil !== null && facts.closingUntil > now ? "look" : "take-down";
      return facts.sentAt ? "find" : "drop";
    case "feed":
      if (facts.feedItem !== null) return "take-from-feed";
      // Gone from the feed: the next crawl proves it.
      return facts.feedVersion === null ? "drop" : "nothing";
    case "hand-off":
      if (facts.liveAt === null) return "drop";
      return facts.state === "your_step" ? "nothing" : "ask-person";
  }
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A posting that ends within this time is said to expire. */
export const EXPIRING_MS = 7 * DAY;

/**
 * When to look at a board again, before jitter: often while it decides, rarely while all is well, never where nothing is
 * awaited. `since` is when the posting came into its state.
 */
export function nextLook(
  state: string,
  { now, since, expiresAt }: { now: Date; since: Date; expiresAt: Date | null },
): number | null {
  const age = now.getTime() - since.getTime();
  switch (state) {
    case "queued":
    case "in_review":
      return age < HOUR ? MINUTE : age < DAY ? 15 * MINUTE : HOUR;
    case "live":
    case "expiring": {
      const left = expiresAt ? expiresAt.getTime() - now.getTime() : Number.POSITIVE_INFINITY;
      const nearest = [6 * HOUR, left, left - EXPIRING_MS].filter((ms) => ms > 0);
      return Math.max(MINUTE, Math.min(...nearest, 6 * HOUR));
    }
    case "rejected":
      return 6 * HOUR;
    case "still_up":
      return age < HOUR ? 10 * MINUTE : HOUR;
    case "closed":
      // A last look a day later: boards have been seen to bring postings back.
      return age < DAY ? DAY : null;
    default:
      return null;
  }
}

/** ± 20 %, so that postings made together do not ask together. */
export const jittered = (ms: number): number => Math.round(ms * (0.8 + Math.random() * 0.4));

/** How long to wait after the n-th failure in a row: 5 s doubling up to half an hour. */
export const backOff = (failures: number): number => Math.min(5_000 * 2 ** Math.max(0, failures - 1), 30 * MINUTE);
