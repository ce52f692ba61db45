import { z } from "zod";
import type { CalEvent, CalendarChanges, CalendarInfo, EventRef } from "../../contract/capabilities.ts";

export const calendarEntry = z.object({
  id: z.string(),
  summary: z.string().nullish(),
  summaryOverride: z.string().nullish(),
  timeZone: z.string().nullish(),
  accessRole: z.string(),
  primary: z.boolean().nullish(),
  deleted: z.boolean().nullish(),
});

export const calendarPage = z.object({ items: z.array(calendarEntry).nullish(), nextPageToken: z.string().nullish() });

export const freeBusyAnswer = z.object({
  calendars: z.record(
    z.string(),
    z.object({
      busy: z
        .array(z.object({ start: z.iso.datetime({ offset: true }), end: z.iso.datetime({ offset: true }) }))
        .nullish(),
      errors: z.array(z.object({ reason: z.string() })).nullish(),
    }),
  ),
});

const moment = z.object({ dateTime: z.string().nullish(), date: z.string().nullish(), timeZone: z.string().nullish() });

export const calendarEvent = z.object({
  id: z.string(),
  etag: z.string().nullish(),
  status: z.enum(["confirmed", "tentative", "cancelled"]),
  iCalUID: z.string().nullish(),
  summary: z.string().nullish(),
  description: z.string().nullish(),
  location: z.string().nullish(),
  start: moment.nullish(),
  end: moment.nullish(),
  attendees: z.array(z.object({ email: z.string().nullish(), displayName: z.string().nullish() })).nullish(),
  hangoutLink: z.string().nullish(),
  conferenceData: z
    .object({ entryPoints: z.array(z.object({ entryPointType: z.string(), uri: z.string() })).nullish() })
    .nullish(),
});

export const eventPage = z.object({
  items: z.array(calendarEvent).nullish(),
  nextPageToken: z.string().nullish(),
  nextSyncToken: z.string().nullish(),
});

export const channel = z.object({ id: z.string(), resourceId: z.string(), expiration: z.string().nullish() });

export function calendarToDomain(entry: z.output<typeof calendarEntry>): CalendarInfo {
  return {
    id: entry.id,
    name: entry.summaryOverride ?? entry.summary ?? entry.id,
    writable: entry.accessRole === "writer" || entry.accessRole === "owner",
    ...(entry.accessRole === "freeBusyReader" ? { busyOnly: true as const } : {}),
    timeZone: entry.timeZone ?? "UTC",
    primary: entry.primary ?? false,
  };
}

/** Event ids may hold 0-9 and a-v only; a UUID without hyphens fits, so a repeated insert meets its own id. */
export function eventIdOf(uid: string): string {
  return uid.toLowerCase().replace(/[^0-9a-v]/g, "");
}

/** The body of insert and patch. The Meet request carries the uid: the same request makes no second link. */
export function eventFromDomain(event: CalEvent) {
  const at = (date: Date) => ({ dateTime: date.toISOString(), timeZone: event.timeZone });
  const conference = event.conference;
  return {
    summary: event.title,
    description: [event.description, typeof conference === "object" ? conference.url : ""].filter(Boolean).join("\n\n"),
    ...(event.location ? { location: event.location } : {}),
    start: at(event.start),
    end: at(event.end),
    attendees: event.attendees.map(({ email, name }) => ({
      email,
      responseStatus: "needsAction",
      ...(name ? { displayName: name } : {}),
    })),
    guestsCanInviteOthers: false,
    guestsCanModify: false,
    ...(conference === "auto"
      ? { conferenceData: { createRequest: { requestId: event.uid, conferenceSolutionKey: { type: "hangoutsMeet" } } } }
      : {}),
  };
}

/** Meet makes its link a moment after the event: no link yet is not an error. */
export function refOf(calendarId: string, event: z.output<typeof calendarEvent>): EventRef {
  const video =
    event.conferenceData?.entryPoints?.find((point) => point.entryPointType === "video")?.uri ?? event.hangoutLink;
  return { calendarId, id: event.id, etag: event.etag ?? null, ...(video ? { joinUrl: video } : {}) };
}

/** All-day events have dates only: they begin and end at midnight UTC, the end exclusive as Google sends it. */
function dateOf(at: z.output<typeof moment> | null | undefined): Date | null {
  const text = at?.dateTime ?? at?.date;
  const date = text ? new Date(text) : null;
  return date && !Number.isNaN(date.getTime()) ? date : null;
}

export function changeToDomain(
  calendarId: string,
  event: z.output<typeof calendarEvent>,
): CalendarChanges["upserts"][number] {
  const start = dateOf(event.start);
  const end = dateOf(event.end);
  const domain: CalEvent | null =
    start && end
      ? {
          uid: event.iCalUID ?? event.id,
          title: event.summary ?? "",
          start,
          end,
          timeZone: event.start?.timeZone ?? "UTC",
          attendees: (event.attendees ?? []).flatMap(({ email, displayName }) =>
            email ? [{ email, ...(displayName ? { name: displayName } : {}) }] : [],
          ),
          ...(event.location ? { location: event.location } : {}),
        }
      : null;
  return { ref: refOf(calendarId, event), event: domain, status: event.status };
}
