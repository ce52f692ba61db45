import { z } from "zod";
import { json, jsonBody, type Reply, type Route } from "../../framework.ts";
import { asUser, calendarOf, notFound, problem } from "./access.ts";
import { print } from "./events.ts";
import type { Account, Calendar, State, StoredEvent } from "./state.ts";
import { instant } from "./time.ts";

const API = "www.googleapis.com";
const LISTS = ["calendar.calendarlist.readonly", "calendar.calendarlist", "calendar.readonly"];

const entry = (calendar: Calendar) => ({
  kind: "calendar#calendarListEntry",
  etag: '"1"',
  id: calendar.id,
  summary: calendar.summary,
  timeZone: calendar.timeZone,
  accessRole: calendar.accessRole,
  selected: true,
  backgroundColor: "#9fe1e7",
  ...(calendar.primary ? { primary: true } : {}),
  conferenceProperties: { allowedConferenceSolutionTypes: ["hangoutsMeet"] },
});

const RANKS = ["freeBusyReader", "reader", "writer", "owner"];

const calendarList: Route<State>["handle"] = (call, world) =>
  asUser(call, world, LISTS, ({ account }) => {
    const least = RANKS.indexOf(call.query.get("minAccessRole") ?? "freeBusyReader");
    const most = Number(call.query.get("maxResults") ?? 100);
    if (least < 0 || !Number.isInteger(most) || most < 1) return problem(400, "invalid", "Invalid value");
    const fitting = account.calendars.filter((calendar) => RANKS.indexOf(calendar.accessRole) >= least);
    const from = Number(call.query.get("pageToken") ?? 0);
    const to = from + Math.min(most, 250);
    const next = to < fitting.length ? { nextPageToken: String(to) } : { nextSyncToken: `list${world.state.seq}` };
    return json(200, {
      kind: "calendar#calendarList",
      etag: '"1"',
      ...next,
      items: fitting.slice(from, to).map(entry),
    });
  });

const tokenSchema = z.object({
  calendar: z.string(),
  shape: z.string(),
  epoch: z.number(),
  seq: z.number(),
  since: z.number().nullable(),
  after: z.string().nullable(),
});
type Token = z.infer<typeof tokenSchema>;

const write = (token: Token) => Buffer.from(JSON.stringify(token)).toString("base64url");
const parse = (raw: string | null): Token | null | "bad" => {
  if (raw === null) return null;
  try {
    return tokenSchema.parse(JSON.parse(Buffer.from(raw, "base64url").toString("utf8")));
  } catch {
    return "bad";
  }
};

const NOT_WITH_SYNC = [
  "iCalUID",
  "orderBy",
  "privateExtendedProperty",
  "sharedExtendedProperty",
  "q",
  "timeMin",
  "timeMax",
  "updatedMin",
];

const extended = (event: StoredEvent, wanted: string): boolean => {
  const parsed = z.object({ private: z.record(z.string(), z.string()) }).safeParse(event.rest.extendedProperties);
  const [name = "", ...value] = wanted.split("=");
  return parsed.success && parsed.data.private[name] === value.join("=");
};

/** Whether an event passes the filters of a first run. */
const fits = (event: StoredEvent, calendar: Calendar, query: URLSearchParams): boolean => {
  const start = instant(event.start, calendar.timeZone) ?? 0;
  const end = instant(event.end, calendar.timeZone) ?? 0;
  const timeMin = query.get("timeMin");
  const timeMax = query.get("timeMax");
  const updatedMin = query.get("updatedMin");
  const text = query.get("q")?.toLowerCase();
  if (timeMin !== null && end <= Date.parse(timeMin)) return false;
  if (timeMax !== null && start >= Date.parse(timeMax)) return false;
  if (updatedMin !== null && event.updated < new Date(updatedMin).toISOString()) return false;
  if (query.has("iCalUID") && query.get("iCalUID") !== event.iCalUID) return false;
  if (text && !JSON.stringify(event.rest).toLowerCase().includes(text)) return false;
  return query.getAll("privateExtendedProperty").every((wanted) => extended(event, wanted));
};

const badTime = (query: URLSearchParams) =>
  ["timeMin", "timeMax", "updatedMin"].some(
    (name) => query.has(name) && Number.isNaN(Date.parse(query.get(name) ?? "")),
  );

const listEvents = (calendar: Calendar, query: URLSearchParams, state: State): Reply => {
  const sync = parse(query.get("syncToken"));
  const pageToken = parse(query.get("pageToken"));
  const shape = JSON.stringify([query.get("singleEvents") === "true", query.getAll("eventTypes").toSorted()]);
  if (sync === "bad" || pageToken === "bad" || badTime(query)) return problem(400, "invalid", "Invalid value");
  if (sync) {
    const forbidden = NOT_WITH_SYNC.find((name) => query.has(name));
    if (forbidden) return problem(400, "invalid", `Sync token cannot be used with ${forbidden}.`);
    if (query.get("showDeleted") === "false")
      return problem(400, "invalid", "Deleted events cannot be left out of a sync.");
    if (sync.epoch !== state.syncEpoch)
      return problem(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.");
    if (sync.calendar !== calendar.id || sync.shape !== shape)
      return problem(400, "invalid", "The parameters differ from those of the first run.");
  }
  const most = Math.min(Number(query.get("maxResults") ?? 250), 2500);
  if (!Number.isInteger(most) || most < 1) return problem(400, "invalid", "Invalid value for maxResults");
  const order = query.get("orderBy");
  if (order === "startTime" && query.get("singleEvents") !== "true")
    return problem(400, "invalid", "The requested ordering is not available for the particular query.");

  const since = sync?.seq ?? pageToken?.since ?? null;
  const upTo = pageToken?.seq ?? state.seq;
  const types = query.getAll("eventTypes");
  const key = (event: StoredEvent) =>
    `${order === "startTime" ? new Date(instant(event.start, calendar.timeZone) ?? 0).toISOString() : order === "updated" ? event.updated : ""}|${event.id}`;
  const all = calendar.events
    .filter((event) => (since === null ? true : event.seq > since))
    .filter((event) => since !== null || event.status !== "cancelled" || query.get("showDeleted") === "true")
    .filter((event) => types.length === 0 || types.includes(String(event.rest.eventType ?? "default")))
    .filter((event) => since !== null || fits(event, calendar, query))
    .toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
  const rest = all.filter((event) => pageToken?.after == null || key(event) > pageToken.after);
  const shown = rest.slice(0, most);
  const last = shown.at(-1);
  const base = { calendar: calendar.id, shape, epoch: state.syncEpoch, seq: upTo, since };
  const next =
    rest.length > most && last
      ? { nextPageToken: write({ ...base, after: key(last) }) }
      : // The first page's moment: what changed while paging comes again with the next sync.
        { nextSyncToken: write({ ...base, after: null, since: null }) };
  return json(200, {
    kind: "calendar#events",
    etag: `"${state.seq}"`,
    summary: calendar.summary,
    timeZone: calendar.timeZone,
    accessRole: calendar.accessRole,
    defaultReminders: [],
    ...next,
    items: shown.map((event) => print(event, calendar)),
  });
};

const queryShape = z.object({
  timeMin: z.iso.datetime({ offset: true }),
  timeMax: z.iso.datetime({ offset: true }),
  timeZone: z.string().optional(),
  items: z.array(z.object({ id: z.string() })),
});

/** Busy times of one calendar: its own events and those of the account's calendars that its owner is invited to. */
const busyOf = (account: Account, calendar: Calendar, from: number, to: number) => {
  const takesPart = (event: StoredEvent) =>
    event.attendees.some((attendee) => attendee.email === calendar.id && attendee.responseStatus !== "declined");
  const spans = account.calendars
    .flatMap((home) =>
      home.events.filter((event) => home === calendar || takesPart(event)).map((event) => ({ home, event })),
    )
    .filter(
      ({ event }) =>
        event.status !== "cancelled" &&
        event.rest.transparency !== "transparent" &&
        event.rest.eventType !== "workingLocation",
    )
    .map(({ home, event }) => ({
      start: Math.max(from, instant(event.start, home.timeZone) ?? 0),
      end: Math.min(to, instant(event.end, home.timeZone) ?? 0),
    }))
    .filter((span) => span.end > span.start)
    .toSorted((left, right) => left.start - right.start);
  const merged: { start: number; end: number }[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  const stamp = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");
  return merged.map(({ start, end }) => ({ start: stamp(start), end: stamp(end) }));
};

const freeBusy: Route<State>["handle"] = (call, world) =>
  asUser(call, world, ["calendar.freebusy", "calendar.events.freebusy", "calendar.readonly"], ({ account }) => {
    const parsed = queryShape.safeParse(jsonBody(call));
    if (!parsed.success) return problem(400, "invalid", z.prettifyError(parsed.error));
    const { timeMin, timeMax, items } = parsed.data;
    const from = Date.parse(timeMin);
    const to = Date.parse(timeMax);
    if (to <= from) return problem(400, "timeRangeEmpty", "The specified time range is empty.");
    const calendars = Object.fromEntries(
      items.map(({ id }, index) => {
        const calendar = calendarOf(account, id);
        if (index >= 50) return [id, { busy: [], errors: [{ domain: "global", reason: "tooManyCalendarsRequested" }] }];
        if (!calendar) return [id, { busy: [], errors: [{ domain: "global", reason: "notFound" }] }];
        return [id, { busy: busyOf(account, calendar, from, to) }];
      }),
    );
    return json(200, { kind: "calendar#freeBusy", timeMin, timeMax, calendars, groups: {} });
  });

export const listRoutes: readonly Route<State>[] = [
  { method: "GET", host: API, path: "/calendar/v3/users/me/calendarList", handle: calendarList },
  {
    method: "GET",
    host: API,
    path: "/calendar/v3/users/me/calendarList/:calendar",
    handle: (call, world) =>
      asUser(call, world, LISTS, ({ account }) => {
        const calendar = calendarOf(account, call.params.calendar);
        return calendar ? json(200, entry(calendar)) : notFound();
      }),
  },
  {
    method: "GET",
    host: API,
    path: "/calendar/v3/calendars/:calendar",
    handle: (call, world) =>
      asUser(call, world, ["calendar.readonly", "calendar.calendars.readonly", "calendar.calendars"], ({ account }) => {
        const calendar = calendarOf(account, call.params.calendar);
        if (!calendar) return notFound();
        return json(200, {
          kind: "calendar#calendar",
          etag: '"1"',
          id: calendar.id,
          summary: calendar.summary,
          timeZone: calendar.timeZone,
        });
      }),
  },
  {
    method: "GET",
    host: API,
    path: "/calendar/v3/calendars/:calendar/events",
    handle: (call, world) =>
      asUser(
        call,
        world,
        ["calendar.events", "calendar.readonly", "calendar.events.readonly", "calendar.events.owned"],
        ({ account }) => {
          const calendar = calendarOf(account, call.params.calendar);
          if (!calendar || calendar.accessRole === "freeBusyReader") return notFound();
          return listEvents(calendar, call.query, world.state);
        },
      ),
  },
  { method: "POST", host: API, path: "/calendar/v3/freeBusy", handle: freeBusy },
];
