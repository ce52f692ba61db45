import { z } from "zod";

const whenSchema = z.object({
  date: z.string().optional(),
  dateTime: z.string().optional(),
  timeZone: z.string().optional(),
});
export type When = z.infer<typeof whenSchema>;

const attendeeSchema = z.looseObject({ email: z.string(), responseStatus: z.string().default("needsAction") });
const conferenceSchema = z.object({
  requestId: z.string(),
  conferenceId: z.string(),
  uri: z.string(),
  /** Reads left until the asynchronous creation is done. */
  pending: z.number(),
});

const storedEventSchema = z.object({
  id: z.string(),
  iCalUID: z.string(),
  seq: z.number(),
  status: z.enum(["confirmed", "tentative", "cancelled"]),
  created: z.string(),
  updated: z.string(),
  sequence: z.number(),
  organizer: z.string(),
  start: whenSchema,
  end: whenSchema,
  attendees: z.array(attendeeSchema),
  conference: conferenceSchema.nullable(),
  recurringEventId: z.string().optional(),
  originalStartTime: whenSchema.optional(),
  /** Fields that the service keeps without looking at them: summary, description, reminders, … */
  rest: z.record(z.string(), z.unknown()),
});
export type StoredEvent = z.infer<typeof storedEventSchema>;

const calendarSchema = z.object({
  id: z.string(),
  summary: z.string(),
  timeZone: z.string(),
  accessRole: z.enum(["freeBusyReader", "reader", "writer", "owner"]),
  primary: z.boolean(),
  events: z.array(storedEventSchema),
});
export type Calendar = z.infer<typeof calendarSchema>;

const accountSchema = z.object({
  email: z.string(),
  name: z.string(),
  sub: z.string(),
  calendars: z.array(calendarSchema),
});
export type Account = z.infer<typeof accountSchema>;

const grantSchema = z.object({
  email: z.string(),
  scopes: z.array(z.string()),
  refreshToken: z.string(),
  revoked: z.boolean(),
});
const channelSchema = z.object({
  id: z.string(),
  resourceId: z.string(),
  email: z.string(),
  calendarId: z.string(),
  address: z.string(),
  token: z.string(),
  expiresAt: z.string(),
  messages: z.number(),
  stopped: z.boolean(),
});

export const stateSchema = z.object({
  clientId: z.string(),
  clientSecret: z.string(),
  redirectUris: z.array(z.string()),
  expiresIn: z.number(),
  seq: z.number(),
  /** Sync tokens of an older epoch answer 410. */
  syncEpoch: z.number(),
  /** Requests still to be answered with 403 userRateLimitExceeded. */
  rateLimited: z.number(),
  /** Inserts still to be answered with 403 quotaExceeded. */
  quotaExceeded: z.number(),
  /** Reads that a new Meet link stays pending for. */
  meetPending: z.number(),
  perMinute: z.number(),
  accounts: z.array(accountSchema),
  grants: z.array(grantSchema),
  accessTokens: z.array(
    z.object({
      value: z.string(),
      email: z.string(),
      scopes: z.array(z.string()),
      refreshToken: z.string(),
      expiresAt: z.string(),
    }),
  ),
  codes: z.array(
    z.object({
      value: z.string(),
      email: z.string(),
      scopes: z.array(z.string()),
      redirectUri: z.string(),
      challenge: z.string().nullable(),
      offline: z.boolean(),
      used: z.boolean(),
      expiresAt: z.string(),
    }),
  ),
  channels: z.array(channelSchema),
  invitations: z.array(z.object({ at: z.string(), to: z.string(), kind: z.string(), summary: z.string() })),
});
export type State = z.infer<typeof stateSchema>;

const PREFIX = "https://www.googleapis.com/auth/";
export const SCOPES = [
  "openid",
  "email",
  ...["calendar.calendarlist.readonly", "calendar.freebusy", "calendar.events"].map((name) => PREFIX + name),
];

const HOUR = 3_600_000;

const event = (
  state: { seq: number },
  calendar: string,
  summary: string,
  start: Date,
  hours: number,
  over: Partial<StoredEvent> = {},
): StoredEvent => {
  const seq = ++state.seq;
  const made = new Date(start.getTime() - 72 * HOUR).toISOString();
  const id = `seed${seq.toString(32).padStart(6, "0")}`;
  return {
    id,
    iCalUID: `${id}@google.com`,
    seq,
    status: "confirmed",
    created: made,
    updated: made,
    sequence: 0,
    organizer: calendar,
    start: { dateTime: start.toISOString() },
    end: { dateTime: new Date(start.getTime() + hours * HOUR).toISOString() },
    attendees: [],
    conference: null,
    rest: { summary },
    ...over,
  };
};

/** The given hour, UTC, on the nth day from now. */
const on = (now: Date, day: number, hour: number) =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + day, hour));

const calendar = (
  id: string,
  summary: string,
  timeZone: string,
  accessRole: Calendar["accessRole"],
  primary = false,
): Calendar => ({ id, summary, timeZone, accessRole, primary, events: [] });

/** Three accounts: one busy, one other employer's, one without events. */
export const seedGoogle = (now: Date): State => {
  const state: State = {
    clientId: "patchbay-sandbox",
    clientSecret: "patchbay-sandbox-secret",
    redirectUris: [],
    expiresIn: 3599,
    seq: 0,
    syncEpoch: 1,
    rateLimited: 0,
    quotaExceeded: 0,
    meetPending: 0,
    perMinute: 600,
    accounts: [],
    grants: [],
    accessTokens: [],
    codes: [],
    channels: [],
    invitations: [],
  };
  const rosa = calendar("rosa@acme.example", "rosa@acme.example", "Europe/Madrid", "owner", true);
  const interviews = calendar("c_interviews@group.calendar.google.com", "Interviews", "Europe/Madrid", "owner");
  const room = calendar("panel-room@acme.example", "Panel room", "Europe/Madrid", "writer");
  const colleague = calendar("li@acme.example", "Li", "America/New_York", "freeBusyReader");
  const holidays = calendar("holidays@group.v.calendar.google.com", "Holidays", "Europe/Madrid", "reader");
  for (let day = 1; day <= 20; day++) {
    rosa.events.push(event(state, rosa.id, "Stand-up", on(now, day, 8), 0.5, { recurringEventId: "standup01" }));
    if (day % 3 === 0) rosa.events.push(event(state, rosa.id, "Hiring review", on(now, day, 13), 1));
    if (day % 4 === 1) colleague.events.push(event(state, colleague.id, "Design review", on(now, day, 15), 2));
    if (day % 5 === 2) room.events.push(event(state, room.id, "Board meeting", on(now, day, 10), 3));
  }
  const holiday = on(now, 9, 0).toISOString().slice(0, 10);
  const dayAfter = on(now, 10, 0).toISOString().slice(0, 10);
  rosa.events.push(
    event(state, rosa.id, "Day off", on(now, 9, 0), 24, { start: { date: holiday }, end: { date: dayAfter } }),
  );
  rosa.events.push(
    event(state, rosa.id, "Focus", on(now, 4, 14), 2, { rest: { summary: "Focus", eventType: "focusTime" } }),
  );
  rosa.events.push(
    event(state, rosa.id, "Maybe lunch", on(now, 2, 12), 1, {
      rest: { summary: "Maybe lunch", transparency: "transparent" },
    }),
  );
  const bo = calendar("bo@birch.example", "bo@birch.example", "Europe/London", "owner", true);
  bo.events.push(event(state, bo.id, "Rota", on(now, 1, 9), 1));
  state.accounts = [
    { email: rosa.id, name: "Rosa Alba", sub: "104001", calendars: [rosa, interviews, room, colleague, holidays] },
    { email: bo.id, name: "Bo Birch", sub: "104002", calendars: [bo] },
    {
      email: "eva@cedar.example",
      name: "Eva Cedar",
      sub: "104003",
      calendars: [calendar("eva@cedar.example", "eva@cedar.example", "UTC", "owner", true)],
    },
  ];
  const grant = (name: string, email: string, scopes: readonly string[], revoked = false) => {
    const refreshToken = `1//0sandbox-${name}`;
    state.grants.push({ email, scopes: [...scopes], refreshToken, revoked });
    if (!revoked)
      state.accessTokens.push({
        value: `ya29.sandbox-${name}`,
        email,
        scopes: [...scopes],
        refreshToken,
        expiresAt: new Date(now.getTime() + HOUR).toISOString(),
      });
  };
  grant("rosa", rosa.id, SCOPES);
  grant("bo", bo.id, SCOPES);
  grant(
    "noscope",
    rosa.id,
    SCOPES.filter((scope) => !scope.endsWith("calendar.events")),
  );
  grant("revoked", rosa.id, SCOPES, true);
  grant("eva", "eva@cedar.example", SCOPES);
  return state;
};
