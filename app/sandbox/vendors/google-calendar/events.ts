import { randomBytes } from "node:crypto";
import { z } from "zod";
import { header, json, jsonBody, type Reply, type Route, type World } from "../../framework.ts";
import { asUser, calendarOf, mayWrite, notFound, problem } from "./access.ts";
import type { Account, Calendar, State, StoredEvent } from "./state.ts";
import { instant } from "./time.ts";

const API = "www.googleapis.com";
const READ = ["calendar.events", "calendar.readonly", "calendar.events.readonly", "calendar.events.owned"];
const WRITE = ["calendar.events", "calendar.events.owned"];
const MOST_REMINDERS = 5;

export const etagOf = (event: StoredEvent) => `"${event.seq}00000"`;

const conferenceOf = (event: StoredEvent) => {
  if (!event.conference) return {};
  const { pending, requestId, conferenceId, uri } = event.conference;
  const solution = { key: { type: "hangoutsMeet" }, name: "Google Meet" };
  const createRequest = {
    requestId,
    conferenceSolutionKey: { type: "hangoutsMeet" },
    status: { statusCode: pending > 0 ? "pending" : "success" },
  };
  if (pending > 0) return { conferenceData: { createRequest } };
  return {
    hangoutLink: uri,
    conferenceData: {
      createRequest,
      conferenceId,
      conferenceSolution: solution,
      entryPoints: [{ entryPointType: "video", uri, label: uri.replace("https://", "") }],
    },
  };
};

/** An event as the API prints it. */
export const print = (event: StoredEvent, calendar: Calendar) => {
  if (event.status === "cancelled")
    return {
      kind: "calendar#event",
      etag: etagOf(event),
      id: event.id,
      status: "cancelled",
      ...(event.recurringEventId
        ? { recurringEventId: event.recurringEventId, originalStartTime: event.originalStartTime ?? event.start }
        : {}),
    };
  const person = (email: string) => ({ email, ...(email === calendar.id ? { self: true } : {}) });
  return {
    kind: "calendar#event",
    eventType: "default",
    ...event.rest,
    etag: etagOf(event),
    id: event.id,
    iCalUID: event.iCalUID,
    status: event.status,
    htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(event.id).toString("base64url")}`,
    created: event.created,
    updated: event.updated,
    sequence: event.sequence,
    creator: person(event.organizer),
    organizer: person(event.organizer),
    start: event.start,
    end: event.end,
    ...(event.attendees.length > 0 ? { attendees: event.attendees } : {}),
    ...(event.recurringEventId ? { recurringEventId: event.recurringEventId } : {}),
    ...conferenceOf(event),
  };
};

const when = z.object({
  date: z.string().optional(),
  dateTime: z.string().optional(),
  timeZone: z.string().optional(),
});
const inputSchema = z.looseObject({
  id: z.string().optional(),
  iCalUID: z.string().optional(),
  status: z.enum(["confirmed", "tentative", "cancelled"]).optional(),
  start: when.optional(),
  end: when.optional(),
  attendees: z
    .array(z.looseObject({ email: z.string(), responseStatus: z.string().default("needsAction") }))
    .optional(),
  conferenceData: z
    .object({
      createRequest: z
        .object({ requestId: z.string(), conferenceSolutionKey: z.object({ type: z.string() }).optional() })
        .optional(),
    })
    .nullish(),
  reminders: z
    .looseObject({
      overrides: z
        .array(z.looseObject({ minutes: z.number().min(0).max(40_320) }))
        .max(MOST_REMINDERS)
        .optional(),
    })
    .optional(),
});
type Input = z.infer<typeof inputSchema>;
const OWN = new Set([
  "id",
  "iCalUID",
  "status",
  "start",
  "end",
  "attendees",
  "conferenceData",
  "etag",
  "kind",
  "created",
  "updated",
  "sequence",
  "organizer",
  "creator",
  "htmlLink",
  "hangoutLink",
  "recurringEventId",
  "originalStartTime",
]);

const timesProblem = (calendar: Calendar, start: Input["start"], end: Input["end"]): Reply | null => {
  if (!start) return problem(400, "required", "Missing start time.");
  if (!end) return problem(400, "required", "Missing end time.");
  if ((start.date === undefined) !== (end.date === undefined))
    return problem(400, "invalid", "Start and end times must either both be date or both be dateTime.");
  const from = instant(start, calendar.timeZone);
  const to = instant(end, calendar.timeZone);
  if (from === null) return problem(400, "required", "Missing time zone definition for start time.");
  if (to === null) return problem(400, "required", "Missing time zone definition for end time.");
  return to < from ? problem(400, "timeRangeEmpty", "The specified time range is empty.") : null;
};

const applyConference = (state: State, event: StoredEvent, input: Input, version: string | null) => {
  if (version !== "1" || input.conferenceData === undefined) return;
  const request = input.conferenceData?.createRequest;
  if (!request) {
    event.conference = null;
    return;
  }
  // The same request id as before is ignored.
  if (event.conference?.requestId === request.requestId) return;
  const letters = [...randomBytes(10)].map((byte) => String.fromCharCode(97 + (byte % 26))).join("");
  const conferenceId = `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7)}`;
  event.conference = {
    requestId: request.requestId,
    conferenceId,
    uri: `https://meet.google.com/${conferenceId}`,
    pending: state.meetPending,
  };
};

const invite = (world: World<State>, event: StoredEvent, kind: string, sendUpdates: string | null) => {
  if (sendUpdates !== "all" && sendUpdates !== "externalOnly") return;
  const at = world.now().toISOString();
  const summary = String(event.rest.summary ?? "");
  for (const attendee of event.attendees) world.state.invitations.push({ at, to: attendee.email, kind, summary });
  world.state.invitations = world.state.invitations.slice(-300);
};

/** Gives the event a new version and tells the push channels of its calendar. */
export const changed = (world: World<State>, account: Account, calendar: Calendar, event: StoredEvent): void => {
  event.seq = ++world.state.seq;
  event.updated = world.now().toISOString();
  world.emit("exists", { account: account.email, calendarId: calendar.id });
};

const restOf = (input: Input) => Object.fromEntries(Object.entries(input).filter(([key]) => !OWN.has(key)));

const insert: Route<State>["handle"] = (call, world) =>
  asUser(call, world, WRITE, ({ account }) => {
    const calendar = calendarOf(account, call.params.calendar);
    if (!calendar) return notFound();
    if (!mayWrite(calendar))
      return problem(403, "requiredAccessLevel", "You need to have writer access to this calendar.");
    if (world.state.quotaExceeded > 0) {
      world.state.quotaExceeded--;
      return problem(403, "quotaExceeded", "Calendar usage limits exceeded.");
    }
    const parsed = inputSchema.safeParse(jsonBody(call));
    if (!parsed.success) return problem(400, "invalid", z.prettifyError(parsed.error));
    const input = parsed.data;
    const wrong = timesProblem(calendar, input.start, input.end);
    if (wrong) return wrong;
    if (input.id !== undefined && !/^[a-v0-9]{5,1024}$/.test(input.id))
      return problem(400, "invalid", "Invalid resource id value.");
    if (input.id !== undefined && calendar.events.some((event) => event.id === input.id))
      return problem(409, "duplicate", "The requested identifier already exists.");
    const id = input.id ?? randomBytes(13).toString("hex");
    const at = world.now().toISOString();
    const event: StoredEvent = {
      id,
      iCalUID: input.iCalUID ?? `${id}@google.com`,
      seq: 0,
      status: input.status ?? "confirmed",
      created: at,
      updated: at,
      sequence: 0,
      organizer: calendar.id,
      start: input.start ?? {},
      end: input.end ?? {},
      attendees: input.attendees ?? [],
      conference: null,
      rest: restOf(input),
    };
    applyConference(world.state, event, input, call.query.get("conferenceDataVersion"));
    calendar.events.push(event);
    changed(world, account, calendar, event);
    invite(world, event, "invitation", call.query.get("sendUpdates"));
    return json(200, print(event, calendar), { etag: etagOf(event) });
  });

const stale = (given: string, event: StoredEvent) => given !== "" && given !== "*" && given !== etagOf(event);

const change =
  (whole: boolean): Route<State>["handle"] =>
  (call, world) =>
    asUser(call, world, WRITE, ({ account }) => {
      const calendar = calendarOf(account, call.params.calendar);
      const event = calendar?.events.find((candidate) => candidate.id === call.params.event);
      if (!calendar || !event) return notFound();
      if (!mayWrite(calendar))
        return problem(403, "requiredAccessLevel", "You need to have writer access to this calendar.");
      if (event.organizer !== calendar.id)
        return problem(403, "forbiddenForNonOrganizer", "Shared properties can only be changed by the organizer.");
      if (stale(header(call, "if-match"), event)) return problem(412, "conditionNotMet", "Precondition Failed");
      const parsed = inputSchema.safeParse(jsonBody(call));
      if (!parsed.success) return problem(400, "invalid", z.prettifyError(parsed.error));
      const input = parsed.data;
      const start = input.start ?? (whole ? undefined : event.start);
      const end = input.end ?? (whole ? undefined : event.end);
      const wrong = timesProblem(calendar, start, end);
      if (wrong || !start || !end) return wrong ?? notFound();
      const moved = JSON.stringify([start, end]) !== JSON.stringify([event.start, event.end]);
      Object.assign(event, {
        start,
        end,
        status: input.status ?? (whole ? "confirmed" : event.status),
        attendees: input.attendees ?? (whole ? [] : event.attendees),
        rest: whole ? restOf(input) : { ...event.rest, ...restOf(input) },
        sequence: event.sequence + (moved ? 1 : 0),
      });
      applyConference(world.state, event, input, call.query.get("conferenceDataVersion"));
      changed(world, account, calendar, event);
      invite(world, event, event.status === "cancelled" ? "cancellation" : "update", call.query.get("sendUpdates"));
      return json(200, print(event, calendar), { etag: etagOf(event) });
    });

const remove: Route<State>["handle"] = (call, world) =>
  asUser(call, world, WRITE, ({ account }) => {
    const calendar = calendarOf(account, call.params.calendar);
    const event = calendar?.events.find((candidate) => candidate.id === call.params.event);
    if (!calendar || !event) return notFound();
    if (!mayWrite(calendar))
      return problem(403, "requiredAccessLevel", "You need to have writer access to this calendar.");
    if (event.status === "cancelled") return problem(410, "deleted", "Resource has been deleted");
    if (stale(header(call, "if-match"), event)) return problem(412, "conditionNotMet", "Precondition Failed");
    event.status = "cancelled";
    changed(world, account, calendar, event);
    invite(world, event, "cancellation", call.query.get("sendUpdates"));
    return { status: 204 };
  });

const read: Route<State>["handle"] = (call, world) =>
  asUser(call, world, READ, ({ account }) => {
    const calendar = calendarOf(account, call.params.calendar);
    const event = calendar?.events.find((candidate) => candidate.id === call.params.event);
    if (!calendar || !event) return notFound();
    if (event.conference && event.conference.pending > 0) event.conference.pending--;
    return json(200, print(event, calendar), { etag: etagOf(event) });
  });

const WITH_EVENT = "/calendar/v3/calendars/:calendar/events/:event";

export const eventRoutes: readonly Route<State>[] = [
  { method: "POST", host: API, path: "/calendar/v3/calendars/:calendar/events", handle: insert },
  { method: "GET", host: API, path: WITH_EVENT, handle: read },
  { method: "PATCH", host: API, path: WITH_EVENT, handle: change(false) },
  { method: "PUT", host: API, path: WITH_EVENT, handle: change(true) },
  { method: "DELETE", host: API, path: WITH_EVENT, handle: remove },
];
