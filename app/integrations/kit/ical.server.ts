import ICAL from "ical.js";
import type { CalEvent } from "../contract/capabilities.ts";
import { utc, type Wall, wallOf, type Zone, zoneOf } from "./ical-zones.server.ts";

/** A moment as iCalendar writes it: a clock reading in a zone, or a whole day of it. */
export interface Moment {
  wall: Wall;
  zone: Zone;
  isDate: boolean;
  instant: number;
}

/** One VEVENT: an appointment, a series' master, or one occurrence of a series that was changed. */
export interface Part {
  component: ICAL.Component;
  uid: string;
  start: Moment;
  /** Milliseconds since 1970, exclusive. */
  end: number;
  /** Whose place in the series it takes; null for appointments and masters. */
  replaces: Moment | null;
  /** The change holds for all later occurrences as well. */
  andFuture: boolean;
  status: "confirmed" | "tentative" | "cancelled";
  /** Whether its time counts as taken. */
  busy: boolean;
}

export interface IcalObject {
  /** Appointments and masters. */
  masters: readonly Part[];
  overrides: readonly Part[];
}

const DAY = 86_400_000;

/**
 * Reads an iCalendar object. Readings without a zone, and zones that nobody knows, are taken as the calendar's own. Throws
 * a plain Error for text that is no iCalendar or has an event without a start.
 */
export function readIcal(text: string, calendarZone: Zone): IcalObject {
  const calendar = ICAL.Component.fromString(text);
  const parts = calendar.getAllSubcomponents("vevent").map((one) => readPart(one, calendar, calendarZone));
  return {
    masters: parts.filter((part) => part.replaces === null),
    overrides: parts.filter((part) => part.replaces !== null),
  };
}

function readPart(component: ICAL.Component, calendar: ICAL.Component, floating: Zone): Part {
  const start = momentOf(component.getFirstProperty("dtstart"), calendar, floating);
  if (!start) throw new Error("An event has no start.");
  const replaces = component.getFirstProperty("recurrence-id");
  const status = textOf(component, "status").toLowerCase();
  return {
    component,
    uid: textOf(component, "uid"),
    start,
    end: endOf(component, calendar, floating, start),
    replaces: momentOf(replaces, calendar, floating),
    andFuture: replaces?.getFirstParameter("range") === "THISANDFUTURE",
    status: status === "cancelled" || status === "tentative" ? status : "confirmed",
    busy: status !== "cancelled" && textOf(component, "transp").toUpperCase() !== "TRANSPARENT",
  };
}

export const textOf = (component: ICAL.Component, name: string): string => {
  const value: unknown = component.getFirstPropertyValue(name);
  return value === null || value === undefined ? "" : String(value);
};

/** A date or time value as a moment: with Z, with its TZID, or floating. */
export function momentOf(
  property: ICAL.Property | null,
  calendar: ICAL.Component,
  floating: Zone,
  value: unknown = property?.getFirstValue(),
): Moment | null {
  if (!(value instanceof ICAL.Time)) return null;
  const tzid = property?.getFirstParameter("tzid");
  const named = tzid ? zoneOf(tzid, calendar) : null;
  const zone = value.zone === ICAL.Timezone.utcTimezone ? utc : (named ?? floating);
  const wall = wallOf(value);
  if (Number.isNaN(wall)) return null;
  return { wall, zone, isDate: value.isDate, instant: zone.toInstant(wall) };
}

/** DTEND, DURATION (days by the clock, hours by the watch), else one day for a date and nothing for a time. */
function endOf(component: ICAL.Component, calendar: ICAL.Component, floating: Zone, start: Moment): number {
  const end = momentOf(component.getFirstProperty("dtend"), calendar, floating);
  if (end) return Math.max(end.instant, start.instant);
  const duration: unknown = component.getFirstPropertyValue("duration");
  if (duration instanceof ICAL.Duration && !duration.isNegative) {
    const days = duration.weeks * 7 + duration.days;
    const rest = (duration.hours * 3600 + duration.minutes * 60 + duration.seconds) * 1000;
    return start.zone.toInstant(start.wall + days * DAY) + rest;
  }
  return start.isDate ? start.zone.toInstant(start.wall + DAY) : start.instant;
}

const withoutScheme = (address: string): string | null => /^mailto:(.+@.+)$/i.exec(address.trim())?.[1] ?? null;

/** The link to a meeting: CONFERENCE (RFC 7986), or the fields that others use for it. */
export function joinUrlOf(component: ICAL.Component): string | null {
  const names = ["conference", "x-google-conference", "x-microsoft-skypeteamsmeetingurl"];
  return names.map((name) => textOf(component, name)).find((value) => /^https:\/\//i.test(value)) ?? null;
}

/** An event in the domain's words. */
export function toCalEvent(part: Part): CalEvent {
  const { component } = part;
  const description = textOf(component, "description");
  const location = textOf(component, "location");
  return {
    uid: part.uid,
    title: textOf(component, "summary"),
    start: new Date(part.start.instant),
    end: new Date(part.end),
    timeZone: part.start.zone.name,
    attendees: component.getAllProperties("attendee").flatMap((property) => {
      const email = withoutScheme(String(property.getFirstValue()));
      const name = property.getFirstParameter("cn");
      return email ? [{ email, ...(name ? { name } : {}) }] : [];
    }),
    ...(description ? { description } : {}),
    ...(location ? { location } : {}),
  };
}

/** The busy times of a VFREEBUSY answer; null when the text is none (RFC 5545 §3.6.4). Kinds of "free" are left out. */
export function readFreeBusy(text: string): readonly { start: Date; end: Date }[] | null {
  let calendar: ICAL.Component;
  try {
    calendar = ICAL.Component.fromString(text);
  } catch {
    return null;
  }
  const answers = calendar.getAllSubcomponents("vfreebusy");
  if (answers.length === 0) return null;
  return answers
    .flatMap((answer) => answer.getAllProperties("freebusy"))
    .filter((property) => !/^FREE$/i.test(String(property.getFirstParameter("fbtype") ?? "")))
    .flatMap((property) => property.getValues())
    .flatMap((value: unknown) => {
      if (!(value instanceof ICAL.Period)) return [];
      const start = wallOf(value.start);
      const end = wallOf(value.getEnd());
      return end > start ? [{ start: new Date(start), end: new Date(end) }] : [];
    });
}
