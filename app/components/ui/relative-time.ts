const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How long ago, or how soon, in the portal's words: "just now", "4 min ago", "3 h ago", "9 days ago", "in 12 min".
 * Both arguments are milliseconds since 1970.
 */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < 45_000) return at > now ? "in a moment" : "just now";
  const span = spanWords(distance);
  return at > now ? `in ${span}` : `${span} ago`;
}

/** A span in its largest fitting unit: "41 min", "18 h", "1 day". Milliseconds. */
export function spanWords(milliseconds: number): string {
  if (milliseconds < MINUTE) return `${Math.max(1, Math.round(milliseconds / 1000))} s`;
  if (milliseconds < 59.5 * MINUTE) return `${Math.round(milliseconds / MINUTE)} min`;
  if (milliseconds < 23.5 * HOUR) return `${Math.round(milliseconds / HOUR)} h`;
  const days = Math.round(milliseconds / DAY);
  return days === 1 ? "1 day" : `${days} days`;
}
