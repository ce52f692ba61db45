import { boolean, index, jsonb, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { tenantPolicy } from "../rls.ts";
import { belongsTo, createdAt, employerId, instant, oneOf, rowId, updatedAt } from "./columns.ts";
import { onConnection } from "./connections.ts";
import { application } from "./hiring.ts";

export const interviewStates = ["booking", "booked", "moved", "cancelling", "cancelled", "failed"] as const;

export const interviewIntents = ["book", "move", "cancel"] as const;

export const interview = pgTable(
  "interview",
  {
    employerId: employerId(),
    id: rowId(),
    applicationId: uuid("application_id").notNull(),
    title: text("title").notNull(),
    state: text("state").$type<(typeof interviewStates)[number]>().notNull(),
    startsAt: instant("starts_at").notNull(),
    endsAt: instant("ends_at").notNull(),
    /** IANA zone the organiser booked in. */
    timeZone: text("time_zone").notNull(),
    location: text("location"),
    notes: text("notes"),
    /** Where the event was written. */
    connectionId: uuid("connection_id"),
    calendarId: text("calendar_id"),
    /** Our iCalendar UID: a repeated create finds the same event. */
    uid: text("uid").notNull(),
    externalId: text("external_id"),
    etag: text("etag"),
    joinUrl: text("join_url"),
    /** Whether the calendar makes a video link. */
    meeting: boolean("meeting").notNull().default(true),
    /** What the calendar has still to be told; null when it knows. With state moved: a move that met a change from outside. */
    intent: text("intent").$type<(typeof interviewIntents)[number]>(),
    /** The new time of a move that is not confirmed. */
    wantedStartsAt: instant("wanted_starts_at"),
    wantedEndsAt: instant("wanted_ends_at"),
    /** The event may exist although we know no id: set before the first call that makes it. */
    attempted: boolean("attempted").notNull().default(false),
    error: text("error"),
    createdBy: text("created_by"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    unique("interview_uid").on(t.employerId, t.uid),
    index("interview_when").on(t.employerId, t.startsAt),
    index("interview_event").on(t.employerId, t.connectionId, t.externalId),
    oneOf("interview_state", t.state, interviewStates),
    oneOf("interview_intent", t.intent, interviewIntents),
    belongsTo("interview_application", [t.employerId, t.applicationId], application),
    ...tenantPolicy(),
  ],
);

export const interviewAttendee = pgTable(
  "interview_attendee",
  {
    employerId: employerId(),
    interviewId: uuid("interview_id").notNull(),
    email: text("email").notNull(),
    name: text("name").notNull(),
    role: text("role").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.interviewId, t.email] }),
    oneOf("interview_attendee_role", t.role, ["candidate", "interviewer"]),
    belongsTo("interview_attendee_interview", [t.employerId, t.interviewId], interview),
    ...tenantPolicy(),
  ],
);

/** One calendar we follow: its change token and its age. */
export const calendarStream = pgTable(
  "calendar_stream",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    calendarId: text("calendar_id").notNull(),
    name: text("name").notNull(),
    timeZone: text("time_zone").notNull(),
    writable: boolean("writable").notNull(),
    token: text("token"),
    /** Start of a full read under way: what it has not touched by its end is gone at the vendor. */
    fullSince: instant("full_since"),
    nextRunAt: instant("next_run_at"),
    lastSyncedAt: instant("last_synced_at"),
    error: text("error"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.connectionId, t.calendarId] }),
    index("calendar_stream_due").on(t.employerId, t.nextRunAt),
    onConnection(t, "calendar_stream_connection"),
    ...tenantPolicy(),
  ],
);

/** Mirrored events: enough to show busy time and to notice that an interview was moved outside. */
export const calendarEvent = pgTable(
  "calendar_event",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    calendarId: text("calendar_id").notNull(),
    externalId: text("external_id").notNull(),
    status: text("status").notNull(),
    startsAt: instant("starts_at"),
    endsAt: instant("ends_at"),
    etag: text("etag"),
    attendees: jsonb("attendees").$type<readonly string[]>().notNull(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ name: "calendar_event_pk", columns: [t.employerId, t.connectionId, t.calendarId, t.externalId] }),
    index("calendar_event_when").on(t.employerId, t.connectionId, t.startsAt),
    onConnection(t, "calendar_event_connection"),
    ...tenantPolicy(),
  ],
);
