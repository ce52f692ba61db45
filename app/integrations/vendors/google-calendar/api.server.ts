import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx } from "../../contract/ctx.ts";
import type { manifest } from "./manifest.ts";

export type GoogleCalendarCtx = Ctx<ConfigOf<typeof manifest>>;

const BASE = "https://www.googleapis.com/calendar/v3";

export const calendarListUrl = (id?: string): string =>
  `${BASE}/users/me/calendarList${id === undefined ? "" : `/${encodeURIComponent(id)}`}`;

export const freeBusyUrl = `${BASE}/freeBusy`;

export const eventsUrl = (calendarId: string, eventId?: string): string =>
  `${BASE}/calendars/${encodeURIComponent(calendarId)}/events${eventId === undefined ? "" : `/${encodeURIComponent(eventId)}`}`;

export const watchUrl = (calendarId: string): string => `${eventsUrl(calendarId)}/watch`;

export const stopChannelUrl = `${BASE}/channels/stop`;
