import { z } from "zod";
import type { Busy, CalEvent, Calendar, CalendarChanges, CalendarInfo, EventRef } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { readPosition } from "../../kit/position.server.ts";
import { calendarListUrl, eventsUrl, freeBusyUrl, type GoogleCalendarCtx } from "./api.server.ts";
import * as wire from "./wire.ts";

/** How far back the first run reads; older interviews are over. */
const PAST_DAYS = 30;

async function list(ctx: GoogleCalendarCtx): Promise<readonly CalendarInfo[]> {
  const calendars: CalendarInfo[] = [];
  let pageToken: string | undefined;
  do {
    const query = { maxResults: 250, minAccessRole: "freeBusyReader", pageToken };
    const page = await ctx.http.json({ url: calendarListUrl(), query }, wire.calendarPage);
    calendars.push(...(page.items ?? []).filter((entry) => !entry.deleted).map(wire.calendarToDomain));
    pageToken = page.nextPageToken ?? undefined;
  } while (pageToken);
  return calendars;
}

/** 50 calendars a call. The status is 200 even when one calendar failed: its errors make it unknown, never free. */
async function freeBusy(ctx: GoogleCalendarCtx, query: { calendarIds: readonly string[]; from: Date; to: Date }) {
  const busy: Busy[] = [];
  const unknown: { calendarId: string; reason: string }[] = [];
  for (let start = 0; start < query.calendarIds.length; start += 50) {
    const ids = query.calendarIds.slice(start, start + 50);
    const body = {
      timeMin: query.from.toISOString(),
      timeMax: query.to.toISOString(),
      timeZone: "UTC",
      items: ids.map((id) => ({ id })),
    };
    const request = { method: "POST", url: freeBusyUrl, body, idempotent: true } as const;
    const answer = await ctx.http.json(request, wire.freeBusyAnswer);
    for (const calendarId of ids) {
      const found = answer.calendars[calendarId];
      const error = found ? found.errors?.[0]?.reason : "not answered";
      if (error)
        unknown.push({
          calendarId,
          reason: error === "notFound" ? "This calendar is gone or no longer shared." : error,
        });
      else
        for (const slot of found?.busy ?? [])
          busy.push({ calendarId, start: new Date(slot.start), end: new Date(slot.end) });
    }
  }
  return { busy, unknown };
}

const writing = { sendUpdates: "all", conferenceDataVersion: 1 } as const;

const read = async (ctx: GoogleCalendarCtx, calendarId: string, id: string): Promise<EventRef> =>
  wire.refOf(calendarId, await ctx.http.json({ url: eventsUrl(calendarId, id) }, wire.calendarEvent));

/** The id comes from our uid, so a repeated insert is answered 409 and the event that is already there is taken over. */
async function create(ctx: GoogleCalendarCtx, calendarId: string, event: CalEvent): Promise<EventRef> {
  const id = wire.eventIdOf(event.uid);
  const body = { id, ...wire.eventFromDomain(event) };
  try {
    const request = { method: "POST", url: eventsUrl(calendarId), query: writing, body, idempotent: true } as const;
    const made = wire.refOf(calendarId, await ctx.http.json(request, wire.calendarEvent));
    return made.joinUrl || event.conference !== "auto" ? made : read(ctx, calendarId, id);
  } catch (error) {
    if (!(error instanceof IntegrationError) || error.kind !== "conflict") throw error;
    return update(ctx, { calendarId, id, etag: null }, event);
  }
}

async function update(ctx: GoogleCalendarCtx, ref: EventRef, event: CalEvent): Promise<EventRef> {
  const request = {
    method: "PATCH",
    url: eventsUrl(ref.calendarId, ref.id),
    query: writing,
    body: { ...wire.eventFromDomain(event), status: "confirmed" },
    headers: ref.etag ? { "If-Match": ref.etag } : {},
    idempotent: true,
  } as const;
  return wire.refOf(ref.calendarId, await ctx.http.json(request, wire.calendarEvent));
}

const position = z.object({ sync: z.string().nullable(), page: z.string().nullable(), from: z.string() });

async function changes(ctx: GoogleCalendarCtx, calendarId: string, token: string | null): Promise<CalendarChanges> {
  const from = new Date(ctx.now().getTime() - PAST_DAYS * 86_400_000).toISOString();
  const at = token ? readPosition(position, token) : { sync: null, page: null, from };
  const query = {
    singleEvents: true,
    maxResults: 2500,
    eventTypes: "default",
    ...(at.page ? { pageToken: at.page } : {}),
    ...(at.sync ? { syncToken: at.sync } : { timeMin: at.from }),
  };
  const page = await ctx.http.json({ url: eventsUrl(calendarId), query }, wire.eventPage);
  const items = page.items ?? [];
  const cancelled = items.filter((event) => event.status === "cancelled");
  const next = page.nextPageToken
    ? { ...at, page: page.nextPageToken }
    : { sync: page.nextSyncToken ?? null, page: null, from: at.from };
  return {
    upserts: items
      .filter((event) => event.status !== "cancelled")
      .map((event) => wire.changeToDomain(calendarId, event)),
    removedIds: cancelled.map((event) => event.id),
    token: JSON.stringify(next),
    more: Boolean(page.nextPageToken),
  };
}

export const calendar: Calendar = {
  list,
  freeBusy,
  create,
  update,
  async remove(ctx, ref) {
    const request = {
      method: "DELETE",
      url: eventsUrl(ref.calendarId, ref.id),
      query: { sendUpdates: "all" },
    } as const;
    await ctx.http.send({ ...request, accept: [404, 410] });
  },
  changes,
};
