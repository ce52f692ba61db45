const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The pause after each failed attempt; the first attempt goes out at once. Together a good day. */
export const retrySteps: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  10 * HOUR,
];
export const attemptsAtMost = retrySteps.length + 1;

/** A receiver that says "slow down" or does not answer in time gets at least this long. */
const RELIEF_MS = MINUTE;
const JITTER = 0.2;

export interface FailedAttempt {
  /** 1 for the first. */
  number: number;
  /** HTTP status, where there was one. */
  status: number | null;
  timedOut: boolean;
  /** The answer's Retry-After header. */
  retryAfter: string | null;
}

/**
 * Milliseconds until the next attempt, or null when there is none. Spread by ±20 %, so that endpoints which failed
 * together do not come back together; `Retry-After` counts within [step, 2 × step]. `random` gives 0 to 1.
 */
export function retryDelay(attempt: FailedAttempt, now: Date, random: () => number = Math.random): number | null {
  const planned = retrySteps[attempt.number - 1];
  if (planned === undefined) return null;
  const pressed = attempt.timedOut || (attempt.status !== null && PRESSED.has(attempt.status));
  const step = pressed ? Math.max(planned, RELIEF_MS) : planned;
  const asked = attempt.retryAfter === null ? null : retryAfterMs(attempt.retryAfter, now);
  if (asked !== null) {
    // Whoever asks for more than can be given gets close to it, spread too: many say the same absurd number.
    const least = Math.min(Math.max(asked, step), (asked > 2 * step ? 2 - JITTER : 2) * step);
    return Math.round(least + (Math.min(least * (1 + JITTER / 2), 2 * step) - least) * random());
  }
  if (step > planned) return Math.round(step * (1 + JITTER * random()));
  return Math.round(step * (1 - JITTER + 2 * JITTER * random()));
}

/** Answers that say "too much": 502 and 504 by Standard Webhooks. */
const PRESSED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * The draw of one delivery's pause, 0 to 1. The last two pauses, of ten hours each, share one draw: the first takes the
 * lower half of the spread and the second its mirror image in the upper half. Each is even over its half, no pause is
 * shorter than the one before, the two are always twenty hours, and so the schedule never ends within 26 hours. `id` is
 * the delivery's; its last bits are random.
 */
export function drawOf(id: string, number: number, random: () => number = Math.random): number {
  if (number < retrySteps.length - 1) return random();
  const draw = Number.parseInt(id.slice(-8), 16) / 0xffff_ffff / 2;
  return number === retrySteps.length ? 1 - draw : draw;
}

/** Retry-After as seconds or as an HTTP date; null when it is neither. */
export function retryAfterMs(value: string, now: Date): number | null {
  const text = value.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * SECOND;
  if (!/^[A-Za-z]{3},? /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}

/** From this many failures in a row an endpoint counts as struggling. */
export const strugglingAfter = 3;
/** From this many failures in a row the breaker opens: one probe per interval goes out, the rest waits. */
export const breakerAfter = 5;
const BREAKER_FIRST_MS = 30 * SECOND;
const BREAKER_MOST_MS = 10 * MINUTE;

/** How long the breaker stays open after this many failures in a row; null while it is closed. Doubles with every five. */
export function breakerMs(consecutiveFailures: number): number | null {
  if (consecutiveFailures < breakerAfter) return null;
  const doublings = Math.min(10, Math.floor((consecutiveFailures - breakerAfter) / breakerAfter));
  return Math.min(BREAKER_MOST_MS, BREAKER_FIRST_MS * 2 ** doublings);
}

const DAY = 24 * HOUR;
const OFF_AFTER_MS = 5 * DAY;

/** After how long of nothing but failures somebody is told. */
const WARNINGS_MS: readonly number[] = [DAY, OFF_AFTER_MS / 2, 3 * DAY, 4 * DAY];

/** What a time of nothing but failures means: warnings after one day, half of the time, three and four days, then the end. */
export function verdictOnFailing(failingSince: Date, now: Date): "keep" | "warn" | "off" {
  if (now.getTime() - failingSince.getTime() >= OFF_AFTER_MS) return "off";
  return warningsDue(failingSince, now) > 0 ? "warn" : "keep";
}

/** How many warnings have come due. */
export const warningsDue = (failingSince: Date, now: Date): number =>
  WARNINGS_MS.filter((after) => now.getTime() - failingSince.getTime() >= after).length;

/** When an endpoint that keeps failing is switched off. */
export const offAt = (failingSince: Date): Date => new Date(failingSince.getTime() + OFF_AFTER_MS);
