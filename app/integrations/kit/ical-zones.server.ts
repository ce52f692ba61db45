import ICAL from "ical.js";
import { DateTime, IANAZone } from "luxon";
import { windowsZones } from "./ical-windows-zones.server.ts";

/** A reading on a wall clock, as the milliseconds that UTC would show for it. */
export type Wall = number;

/** How a zone turns clock readings into moments and back. */
export interface Zone {
  /** IANA name where it has one. */
  name: string;
  toInstant(wall: Wall): number;
  toWall(instant: number): Wall;
}

export const utc: Zone = { name: "UTC", toInstant: (wall) => wall, toWall: (instant) => instant };

/** An IANA zone. A reading that the clock shows twice is its first time; one that it skips is read as before the change. */
export function ianaZone(name: string): Zone {
  return {
    name,
    toInstant(wall) {
      const { year, month, day, hour, minute, second } = DateTime.fromMillis(wall, { zone: "utc" });
      const at = DateTime.fromObject({ year, month, day, hour, minute, second }, { zone: name });
      return (at.getPossibleOffsets()[0] ?? at).toMillis();
    },
    toWall: (instant) => instant + DateTime.fromMillis(instant, { zone: name }).offset * 60_000,
  };
}

const isIana = (name: string): boolean => name.includes("/") && IANAZone.isValidZone(name);

/**
 * The IANA name that a TZID stands for, or null: its own, the tail of a path such as `/vendor.example/Europe/Madrid`, or
 * the name that Windows uses for it.
 */
export function ianaNameOf(tzid: string): string | null {
  const plain = tzid.trim().replace(/^"|"$/g, "");
  if (/^(UTC|GMT|Etc\/(UTC|GMT)|Z)$/i.test(plain)) return "UTC";
  const parts = plain.split("/").filter(Boolean);
  for (let tail = Math.min(3, parts.length); tail >= 2; tail--) {
    const name = parts.slice(-tail).join("/");
    if (isIana(name)) return name;
  }
  return windowsZones[plain] ?? null;
}

/** The zone of a TZID: by name, else by the rules that the object itself brings, else null. */
export function zoneOf(tzid: string, calendar: ICAL.Component): Zone | null {
  const name = ianaNameOf(tzid);
  if (name === "UTC") return utc;
  if (name) return ianaZone(name);
  const component = calendar.getAllSubcomponents("vtimezone").find((one) => one.getFirstPropertyValue("tzid") === tzid);
  if (!component) return null;
  const location = component.getFirstPropertyValue("x-lic-location");
  const located = typeof location === "string" ? ianaNameOf(location) : null;
  return located ? ianaZone(located) : ownRules(tzid, component);
}

function ownRules(tzid: string, component: ICAL.Component): Zone {
  const zone = new ICAL.Timezone({ component, tzid });
  const offsetAt = (wall: Wall) => zone.utcOffset(timeOf(wall, false)) * 1000;
  return {
    name: tzid,
    toInstant: (wall) => wall - offsetAt(wall),
    toWall: (instant) => instant + offsetAt(instant + offsetAt(instant)),
  };
}

/** The zone that a `calendar-timezone` property describes (RFC 4791 §5.2.2); UTC when it says nothing usable. */
export function zoneOfProperty(text: string | undefined): string {
  const tzid = /^TZID[^:\r\n]*:(.+)$/m.exec(text ?? "")?.[1]?.trim();
  return (tzid && ianaNameOf(tzid)) || "UTC";
}

/** Clock reading → the library's time without a zone. */
export function timeOf(wall: Wall, isDate: boolean): ICAL.Time {
  const at = new Date(wall);
  return ICAL.Time.fromData({
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: isDate ? 0 : at.getUTCHours(),
    minute: isDate ? 0 : at.getUTCMinutes(),
    second: isDate ? 0 : at.getUTCSeconds(),
    isDate,
  });
}

/** The library's time → the clock reading that is written in it. */
export const wallOf = (time: ICAL.Time): Wall =>
  Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second);
