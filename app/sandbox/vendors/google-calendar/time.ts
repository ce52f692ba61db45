import type { When } from "./state.ts";

const offsetFormat = new Map<string, Intl.DateTimeFormat>();

/** Minutes that a zone is ahead of UTC at an instant. Throws for a zone that does not exist. */
const offsetMinutes = (zone: string, at: number): number => {
  const format =
    offsetFormat.get(zone) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  offsetFormat.set(zone, format);
  const name = format.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name);
  if (!match) return 0;
  return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
};

/** The instant of a wall-clock time in a zone; a time that the clock skips moves on by the gap. */
const fromWallClock = (local: string, zone: string): number => {
  const asUtc = Date.parse(`${local}Z`);
  const guess = asUtc - offsetMinutes(zone, asUtc) * 60_000;
  return asUtc - offsetMinutes(zone, guess) * 60_000;
};

/** Milliseconds of an event's start or end; null when it has no meaning. All-day dates count in the calendar's zone. */
export const instant = (when: When, calendarZone: string): number | null => {
  try {
    const zone = when.timeZone ?? calendarZone;
    if (when.date !== undefined) {
      const at = /^\d{4}-\d\d-\d\d$/.test(when.date)
        ? fromWallClock(`${when.date}T00:00:00`, calendarZone)
        : Number.NaN;
      return Number.isNaN(at) ? null : at;
    }
    if (when.dateTime === undefined) return null;
    const hasOffset = /(?:Z|[+-]\d\d:\d\d)$/i.test(when.dateTime);
    if (!hasOffset && when.timeZone === undefined) return null;
    const at = hasOffset ? Date.parse(when.dateTime) : fromWallClock(when.dateTime, zone);
    return Number.isNaN(at) ? null : at;
  } catch {
    return null;
  }
};
