import { DateTime } from "luxon";

export interface Span {
  start: Date;
  end: Date;
}

/** One person's or room's day. Unknown is never free: it only says whom we cannot see. */
export interface Lane {
  /** The calendar's id, or the address of somebody whose calendar we asked for. */
  key: string;
  name: string;
  vendorId: string | null;
  /** `live`: asked just now. `mirrored`: from our copy, as old as `readAt`. */
  state: "live" | "mirrored" | "unknown";
  readAt: Date | null;
  /** Why a lane is unknown or not live, in one sentence. */
  reason: string | null;
  busy: readonly Span[];
}

export interface Slot extends Span {
  /** Who could not be looked at; empty means free for everybody. */
  unknown: readonly string[];
}

export interface SlotQuery {
  lanes: readonly Lane[];
  /** Calendar days in the zone, "2026-11-24". */
  days: readonly string[];
  timeZone: string;
  minutes: number;
  now: Date;
}

/** Hours of the working day in the organiser's zone. */
export const WORKING_HOURS = { from: 9, to: 17 };
const GRID_MINUTES = 15;
/** Monday is 1. */
const LAST_WORKDAY = 5;

/** The next `count` working days from a day on, as "yyyy-mm-dd". */
export function workingDays(from: string, timeZone: string, count: number): string[] {
  const days: string[] = [];
  for (let day = DateTime.fromISO(from, { zone: timeZone }); days.length < count; day = day.plus({ days: 1 }))
    if (day.weekday <= LAST_WORKDAY) days.push(day.toISODate() ?? "");
  return days;
}

/** A wall-clock moment of a day in the zone; a clock change moves the instant, not the hour. */
export const momentOf = (day: string, hour: number, timeZone: string, minute = 0): Date =>
  DateTime.fromISO(day, { zone: timeZone }).set({ hour, minute }).toJSDate();

const overlaps = (one: Span, two: Span): boolean => one.start < two.end && two.start < one.end;

/** Whether a lane that we can see has nothing in this time. */
export const isFree = (lane: Lane, span: Span): boolean =>
  lane.state !== "unknown" && !lane.busy.some((busy) => overlaps(busy, span));

/**
 * Times within working hours, on a grid of 15 minutes, at which everybody whose calendar we can see is free; none when
 * nobody can be seen. Each names those whom we cannot see.
 */
export function freeSlots({ lanes, days, timeZone, minutes, now }: SlotQuery): Slot[] {
  const seen = lanes.filter((lane) => lane.state !== "unknown");
  const unknown = lanes.filter((lane) => lane.state === "unknown").map((lane) => lane.name);
  if (seen.length === 0) return [];
  const slots: Slot[] = [];
  for (const day of days) {
    const closing = momentOf(day, WORKING_HOURS.to, timeZone);
    for (let at = WORKING_HOURS.from * 60; at + minutes <= WORKING_HOURS.to * 60; at += GRID_MINUTES) {
      const start = momentOf(day, Math.floor(at / 60), timeZone, at % 60);
      const end = new Date(start.getTime() + minutes * 60_000);
      if (start <= now || end > closing) continue;
      if (seen.every((lane) => isFree(lane, { start, end }))) slots.push({ start, end, unknown });
    }
  }
  return slots;
}

/** Slots that touch or overlap, as the stretches in which they lie. */
export function stretches(slots: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const slot of slots) {
    const last = found.at(-1);
    if (last && slot.start <= last.end) last.end = slot.end > last.end ? slot.end : last.end;
    else found.push({ start: slot.start, end: slot.end });
  }
  return found;
}
