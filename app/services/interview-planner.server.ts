import { DateTime } from "luxon";
import { manifestOf } from "#app/integrations/catalog.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { momentWords, type Reader } from "#app/platform/moments.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import type { Actor } from "./actor.ts";
import { type Bookable, calendarConnections, listBookables, readLanes } from "./availability.server.ts";
import { freeSlots, type Lane, momentOf, type Slot, type Span, stretches, workingDays } from "./availability-slots.ts";
import { AppError } from "./errors.ts";
import { spanWords, zoneWords } from "./interview-words.ts";
import { applicantOf, getInterview } from "./interviews.server.ts";
import { idOf, needId } from "./search-text.ts";

export interface PlanQuery {
  applicationId: string | null;
  /** An interview to be moved instead of a new one. */
  moveId: string | null;
  people: readonly string[];
  minutes: number | null;
  /** First day of the row of days, and the day looked at. */
  from: string | null;
  day: string | null;
}

/** Hours that a lane shows; a little more than the working day. */
const LANE = { from: 8, to: 18 };
const DAYS = 5;
const MOST_SLOTS = 12;

/** What the page of a plan reads from its address. */
export function planQuery(url: URL): PlanQuery {
  const get = (name: string) => url.searchParams.get(name);
  const day = (name: string) => (/^\d{4}-\d{2}-\d{2}$/.test(get(name) ?? "") ? get(name) : null);
  const minutes = Number(get("minutes"));
  return {
    applicationId: idOf(get("application")) ?? null,
    moveId: idOf(get("move")) ?? null,
    people: url.searchParams.getAll("people").slice(0, 20),
    minutes: Number.isInteger(minutes) && minutes >= 15 && minutes <= 480 ? minutes : null,
    from: day("from"),
    day: day("day"),
  };
}

/**
 * Everything the booking page shows: who, for whom, the days with their free times, each calendar's day and the times to
 * choose from, in the organiser's zone. Kinds: forbidden, not-found.
 */
export async function planInterview(actor: Actor, query: PlanQuery, reader: Reader, now: Date = new Date()) {
  const { timeZone } = reader;
  allow(actor, "interviews:manage");
  const { employerId } = actor;
  const moving = query.moveId ? await getInterview(actor, query.moveId) : null;
  const applicationId = moving?.row.applicationId ?? needId(query.applicationId);
  const { applicant, bookables, place } = await withEmployer(employerId, async (tx) => ({
    applicant: await applicantOf(tx, employerId, applicationId),
    bookables: await listBookables(tx, employerId),
    place: (await calendarConnections(tx, employerId)).find((one) => one.runs && one.bookingCalendarId !== null),
  }));
  const guests = moving?.attendees.filter(({ role }) => role === "interviewer").map(({ email }) => email);
  const people = guests ?? chosenOf(query, bookables);
  const length = moving ? (moving.row.endsAt.getTime() - moving.row.startsAt.getTime()) / 60_000 : 45;
  const minutes = query.minutes ?? length;
  const today = DateTime.fromJSDate(now, { zone: timeZone }).toISODate() ?? "";
  const from = query.from && query.from > today ? query.from : today;
  const days = workingDays(from, timeZone, DAYS);
  const lanes = await lanesOf(actor, people, days, timeZone, moving ? moving.row : null);
  const slots = freeSlots({ lanes, days, timeZone, minutes, now });
  const perDay = days.map((day) => slots.filter(({ start }) => dayOf(start, timeZone) === day));
  const day = days.includes(query.day ?? "")
    ? (query.day ?? "")
    : (days[perDay.findIndex((one) => one.length > 0)] ?? days[0] ?? today);
  const ofDay = perDay[days.indexOf(day)] ?? [];
  return {
    applicant: { id: applicationId, name: applicant.name, email: applicant.email, jobTitle: applicant.jobTitle },
    moving: moving && {
      id: moving.row.id,
      title: moving.row.title,
      startsAt: moving.row.startsAt,
      endsAt: moving.row.endsAt,
    },
    bookables: bookables.map(({ key, name, vendorId }) => ({
      key,
      name,
      vendor: vendorId && manifestOf(vendorId)?.name,
    })),
    ...{ people, minutes, day, from, zone: zoneWords(timeZone) },
    dayLabel: momentWords(momentOf(day, 12, timeZone), "long-day", reader),
    days: days.map((one, index) => ({ day: one, ...dayParts(one, reader), count: perDay[index]?.length ?? 0 })),
    earlier: from > today ? workingDaysBefore(from, today) : null,
    later:
      DateTime.fromISO(days.at(-1) ?? from)
        .plus({ days: 1 })
        .toISODate() ?? from,
    hours: Array.from({ length: LANE.to - LANE.from }, (_, index) => LANE.from + index),
    lanes: lanes.map((lane) => drawLane(lane, day, reader)),
    free: stretches(ofDay).map((span) => ({
      ...across(span, day, timeZone),
      label: spanWords(span.start, span.end, reader),
    })),
    slots: thinned(ofDay).map((slot) => ({ ...drawSlot(slot, day, reader) })),
    unknown: lanes
      .filter(({ state }) => state === "unknown")
      .map(({ name, reason }) => ({ name, reason: reason ?? "" })),
    place: place ? { label: place.label, makesMeetings: place.makesMeetings } : null,
    key: newId(),
  };
}

const dayOf = (at: Date, timeZone: string): string => DateTime.fromJSDate(at, { zone: timeZone }).toISODate() ?? "";

const workingDaysBefore = (from: string, today: string): string => {
  const earlier = DateTime.fromISO(from).minus({ days: 7 }).toISODate() ?? today;
  return earlier > today ? earlier : today;
};

function dayParts(day: string, reader: Reader) {
  const noon = momentOf(day, 12, reader.timeZone);
  return { weekday: momentWords(noon, "weekday", reader), date: momentWords(noon, "day-of-month", reader) };
}

/** Those in the address; else whoever has a calendar of their own here. */
function chosenOf(query: PlanQuery, bookables: readonly Bookable[]): readonly string[] {
  if (query.people.length > 0) return query.people;
  const own = bookables.find(({ email, connectionId }) => email !== null && connectionId !== null);
  return own ? [own.key] : [];
}

/** The lanes of all shown days. An interview that is being moved does not stand in its own way. */
async function lanesOf(
  actor: Actor,
  people: readonly string[],
  days: readonly string[],
  timeZone: string,
  own: { startsAt: Date; endsAt: Date } | null,
): Promise<Lane[]> {
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last || people.length === 0) return [];
  const lanes = await readLanes(actor, people, momentOf(first, 0, timeZone), momentOf(last, 23, timeZone));
  const isOwn = (span: Span) =>
    span.start.getTime() === own?.startsAt.getTime() && span.end.getTime() === own?.endsAt.getTime();
  return lanes.map((lane) => ({ ...lane, busy: lane.busy.filter((span) => !isOwn(span)) }));
}

/** Where a span lies on the day's bar, in per cent. */
function across(span: Span, day: string, timeZone: string): { left: number; width: number } {
  const opens = momentOf(day, LANE.from, timeZone).getTime();
  const whole = (LANE.to - LANE.from) * 3_600_000;
  const at = (moment: Date) => Math.min(100, Math.max(0, ((moment.getTime() - opens) / whole) * 100));
  return { left: at(span.start), width: at(span.end) - at(span.start) };
}

function drawLane(lane: Lane, day: string, reader: Reader) {
  const blocks = lane.busy
    .map((span) => ({ ...across(span, day, reader.timeZone), label: spanWords(span.start, span.end, reader) }))
    .filter(({ width }) => width > 0);
  const manifest = lane.vendorId ? manifestOf(lane.vendorId) : undefined;
  const { key, name, state, readAt, reason } = lane;
  return {
    ...{ key, name, state, readAt, reason, blocks },
    vendor: manifest ? { id: manifest.id, name: manifest.name, color: manifest.brand.color } : null,
  };
}

/** Every quarter of an hour while there are few; else the full and half hours. */
function thinned(slots: readonly Slot[]): readonly Slot[] {
  if (slots.length <= MOST_SLOTS) return slots;
  const halves = slots.filter(({ start }) => start.getUTCMinutes() % 30 === 0);
  return halves.length <= MOST_SLOTS ? halves : halves.filter((_slot, index) => index % 2 === 0).slice(0, MOST_SLOTS);
}

const drawSlot = (slot: Slot, day: string, reader: Reader) => ({
  value: slot.start.toISOString(),
  label: spanWords(slot.start, slot.end, reader),
  unknown: slot.unknown,
  ...across(slot, day, reader.timeZone),
});

/** The booking form as `bookInterview` takes it. */
export function bookingOfForm(form: FormData, timeZone: string) {
  const text = (name: string) => String(form.get(name) ?? "");
  return {
    ...{ key: text("key"), applicationId: text("application"), title: text("title"), startsAt: text("slot") },
    ...{ minutes: Number(text("minutes")), people: form.getAll("people").map(String), timeZone },
    ...{ meeting: text("where") !== "place", location: text("location"), notes: text("notes") },
    unseen: form.has("unseen"),
  };
}

/** The same form when it moves an interview. */
export function moveOfForm(form: FormData) {
  const minutes = Number(form.get("minutes"));
  if (!form.has("slot")) throw new AppError("invalid", "Choose a time.", { fields: { startsAt: "Choose a time." } });
  return { startsAt: String(form.get("slot")), minutes, unseen: form.has("unseen") };
}
