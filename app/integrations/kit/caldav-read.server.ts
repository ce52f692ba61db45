import type { CalEvent, CalendarUpsert } from "../contract/capabilities.ts";
import type { Ctx } from "../contract/ctx.ts";
import { IntegrationError } from "../contract/errors.ts";
import { multistatusOf, report, resolveHref } from "./caldav-http.server.ts";
import { CALDAV, DAV, type DavResponse, xmlText } from "./caldav-xml.server.ts";
import { EgressError } from "./egress.server.ts";
import { type IcalObject, joinUrlOf, readIcal, toCalEvent } from "./ical.server.ts";
import { occurrencesOf, repeats } from "./ical-series.server.ts";
import type { Zone } from "./ical-zones.server.ts";

/** A stored object as a REPORT brings it; `text` is null when it is gone. */
export interface StoredObject {
  href: string;
  etag: string | null;
  text: string | null;
}

const DAY = 86_400_000;

const stamp = (at: Date): string => `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;

/** `time-range` in whole seconds, at least one long. */
export function timeRange(from: Date, to: Date): string {
  const end = new Date(Math.max(to.getTime(), from.getTime() + 1000));
  return `<c:time-range start="${stamp(from)}" end="${stamp(end)}"/>`;
}

/**
 * All objects with an event between two moments, whole series included (RFC 4791 §7.8). Never asks the server to expand
 * series: some do it wrongly. A range that is too much for one answer is halved.
 */
export async function objectsBetween(ctx: Ctx, calendarId: string, from: Date, to: Date): Promise<StoredObject[]> {
  const filter = `<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">${timeRange(from, to)}</c:comp-filter></c:comp-filter></c:filter>`;
  const inner = `<d:prop><d:getetag/><c:calendar-data/></d:prop>${filter}`;
  try {
    return objectsIn(
      multistatusOf(await report(ctx, calendarId, "1", "c:calendar-query", inner)).responses,
      calendarId,
    );
  } catch (error) {
    if (!isTooMuch(error) || to.getTime() - from.getTime() <= DAY) throw error;
    const middle = new Date((from.getTime() + to.getTime()) / 2);
    const halves = [
      await objectsBetween(ctx, calendarId, from, middle),
      await objectsBetween(ctx, calendarId, middle, to),
    ];
    return [...new Map(halves.flat().map((one) => [one.href, one])).values()];
  }
}

function isTooMuch(error: unknown): boolean {
  if (!(error instanceof IntegrationError)) return false;
  const { cause, status } = error.info;
  return (cause instanceof EgressError && cause.phase === "too-large") || status === 507 || error.kind === "validation";
}

/** These objects by name (RFC 4791 §7.9); those that are gone come back without text. */
export async function objectsNamed(ctx: Ctx, calendarId: string, hrefs: readonly string[]): Promise<StoredObject[]> {
  if (hrefs.length === 0) return [];
  const names = hrefs.map((href) => `<d:href>${xmlText(new URL(href).pathname)}</d:href>`).join("");
  const inner = `<d:prop><d:getetag/><c:calendar-data/></d:prop>${names}`;
  const answer = await report(ctx, calendarId, "1", "c:calendar-multiget", inner);
  return objectsIn(multistatusOf(answer).responses, calendarId);
}

function objectsIn(responses: readonly DavResponse[], calendarId: string): StoredObject[] {
  return responses.flatMap(({ href, status, props }): StoredObject[] => {
    const address = resolveHref(href, calendarId);
    if (status === 507) throw new IntegrationError("validation", "The calendar holds more than is told at once.");
    if (status === 404 || status === 410) return [{ href: address, etag: null, text: null }];
    const data = props.get(`{${CALDAV}}calendar-data`);
    return data ? [{ href: address, etag: etagOf(props.get(`{${DAV}}getetag`)?.text), text: data.text }] : [];
  });
}

export const etagOf = (text: string | null | undefined): string | null => text?.trim() || null;

/** The object as events of our contract; a series is followed by its occurrences in the window. */
export function upsertsOf(
  calendarId: string,
  stored: StoredObject,
  zone: Zone,
  window: { from: Date; to: Date },
): CalendarUpsert[] {
  const { href, etag } = stored;
  /** What may take place at any time counts as busy all along: nothing that is not known is free. */
  const anytime = (event: CalEvent): CalendarUpsert => ({
    ref: { calendarId, id: `${href}#rest`, etag },
    event: { ...event, start: window.from, end: window.to },
    status: "tentative",
    occurrenceOf: href,
  });
  let object: IcalObject;
  try {
    object = readIcal(stored.text ?? "", zone);
  } catch {
    const unread = { uid: href, title: "", start: window.from, end: window.to, timeZone: zone.name, attendees: [] };
    return [{ ref: { calendarId, id: href, etag }, event: null, status: "confirmed" }, anytime(unread)];
  }
  const first = object.masters[0] ?? object.overrides[0];
  if (!first) return [];
  const refOf = (id: string, part: typeof first) => {
    const joinUrl = joinUrlOf(part.component);
    return { calendarId, id, etag, ...(joinUrl ? { joinUrl } : {}) };
  };
  const own: CalendarUpsert = { ref: refOf(href, first), event: toCalEvent(first), status: first.status };
  if (object.masters.length + object.overrides.length === 1 && !repeats(first)) return [own];
  const series = occurrencesOf(object, window.from, window.to);
  const each = series.occurrences.map(
    ({ part, key, start, end }): CalendarUpsert => ({
      ref: refOf(`${href}#${key || part.uid}`, part),
      event: { ...toCalEvent(part), start, end },
      status: part.status,
      occurrenceOf: href,
    }),
  );
  return [own, ...each, ...(series.complete ? [] : [anytime(toCalEvent(first))])];
}
