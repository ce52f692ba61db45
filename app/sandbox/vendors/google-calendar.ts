import {
  bearer,
  type Credential,
  type CredentialName,
  defineSandboxVendor,
  type Field,
  Refusal,
  type World,
} from "../framework.ts";
import { problem } from "./google-calendar/access.ts";
import { changed, eventRoutes } from "./google-calendar/events.ts";
import { listRoutes } from "./google-calendar/lists.ts";
import { endGrants, oauthRoutes } from "./google-calendar/oauth.ts";
import { googleWebhooks, pushRoutes } from "./google-calendar/push.ts";
import { type State, seedGoogle, stateSchema } from "./google-calendar/state.ts";

const ACCOUNT: Field = {
  name: "account",
  label: "Account",
  options: ["rosa@acme.example", "bo@birch.example", "eva@cedar.example"],
  value: "rosa@acme.example",
};
const HOUR = 3_600_000;

const chosen = (world: World<State>, input: Record<string, string>) => {
  const account = world.state.accounts.find((candidate) => candidate.email === input.account);
  if (!account) throw new Refusal(`There is no account ${input.account}`);
  return account;
};

const chosenEvent = (world: World<State>, input: Record<string, string>) => {
  const account = chosen(world, input);
  for (const calendar of account.calendars) {
    const event = calendar.events.find((candidate) => candidate.id === input.eventId);
    if (event) return { account, calendar, event };
  }
  throw new Refusal(`There is no event ${input.eventId}`);
};

const ENTRIES: readonly (readonly [CredentialName, string, string])[] = [
  ["good", "rosa", "A busy account with five calendars."],
  ["other", "bo", "Another employer's account."],
  ["missingScope", "noscope", "Events were unticked on the consent page."],
  ["revoked", "revoked", "The person withdrew the permission."],
  ["empty", "eva", "An account without events."],
];

const fieldName = (name: string) => `1//0sandbox-${name}`;

export default defineSandboxVendor<State>({
  id: "google-calendar",
  name: "Google Calendar",
  about: "Calendars: consent with PKCE, free/busy, events with Meet links, incremental sync and push channels.",
  hosts: ["accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com", "openidconnect.googleapis.com"],
  state: stateSchema,
  seed: seedGoogle,
  account: (call, { state }) => state.accessTokens.find((token) => token.value === bearer(call))?.email ?? null,
  failure: (_call, status, retryAfter) =>
    problem(
      status,
      status === 429 ? "rateLimitExceeded" : "backendError",
      status === 429 ? "Rate Limit Exceeded" : "Backend Error",
      retryAfter === null ? {} : { "retry-after": retryAfter },
    ),
  credentials: ({ state }) =>
    Object.fromEntries(
      ENTRIES.flatMap(([name, key, note]): [CredentialName, Credential][] => {
        const grant = state.grants.find((candidate) => candidate.refreshToken === fieldName(key));
        if (!grant) return [];
        const access = state.accessTokens.find((candidate) => candidate.refreshToken === grant.refreshToken);
        const tokens = {
          accessToken: access?.value ?? `ya29.sandbox-${key}`,
          refreshToken: grant.refreshToken,
          scopes: grant.scopes,
          ...(access ? { expiresAt: access.expiresAt } : {}),
        };
        return [
          [
            name,
            {
              accountName: grant.email,
              config: {},
              client: { clientId: state.clientId, clientSecret: state.clientSecret },
              tokens,
              note: `${note} Connected by consent: nothing to paste.`,
            },
          ],
        ];
      }),
    ),
  routes: [...oauthRoutes, ...pushRoutes, ...listRoutes, ...eventRoutes],
  webhooks: googleWebhooks,
  faults: {
    revoke: {
      label: "Revoke grants",
      run: ({ state }, input) => endGrants(state, (grant) => !input.account || grant.email === input.account),
    },
    expire: {
      label: "Expire access tokens",
      run({ state }, input) {
        state.accessTokens = state.accessTokens.filter(
          (token) => Boolean(input.account) && token.email !== input.account,
        );
      },
    },
    "dead-cursor": { label: "Forget sync tokens (410)", run: ({ state }) => void state.syncEpoch++ },
    "rate-limit-403": {
      label: "Answer 403 userRateLimitExceeded",
      fields: [{ name: "count", label: "How often", kind: "number", value: "1" }],
      run({ state }, input) {
        state.rateLimited = Number(input.count || 1);
      },
    },
    "quota-exceeded": {
      label: "Answer 403 quotaExceeded to inserts",
      fields: [{ name: "count", label: "How often", kind: "number", value: "1" }],
      run({ state }, input) {
        state.quotaExceeded = Number(input.count || 1);
      },
    },
    "meet-pending": {
      label: "Leave new Meet links pending",
      fields: [{ name: "count", label: "How often", kind: "number", value: "1" }],
      run({ state }, input) {
        state.meetPending = Number(input.count || 1);
      },
    },
  },
  actions: [
    {
      id: "add-event",
      label: "Put something in a calendar",
      fields: [
        ACCOUNT,
        { name: "calendarId", label: "Calendar (blank: primary)", optional: true },
        { name: "summary", label: "Title", value: "Dentist" },
        { name: "start", label: "Start (blank: in one hour)", optional: true },
        { name: "hours", label: "Hours", kind: "number", value: "1" },
      ],
      run(world, input) {
        const account = chosen(world, input);
        const calendar = account.calendars.find((candidate) =>
          input.calendarId ? candidate.id === input.calendarId : candidate.primary,
        );
        if (!calendar) throw new Refusal("There is no such calendar");
        const start = input.start ? new Date(input.start) : new Date(world.now().getTime() + HOUR);
        const at = world.now().toISOString();
        const id = `person${(world.state.seq + 1).toString(32).padStart(6, "0")}`;
        const end = new Date(start.getTime() + Number(input.hours) * HOUR);
        const event = {
          id,
          iCalUID: `${id}@google.com`,
          seq: 0,
          status: "confirmed" as const,
          created: at,
          updated: at,
          sequence: 0,
          organizer: calendar.id,
          start: { dateTime: start.toISOString() },
          end: { dateTime: end.toISOString() },
          attendees: [],
          conference: null,
          rest: { summary: input.summary ?? "" },
        };
        calendar.events.push(event);
        changed(world, account, calendar, event);
        return { eventId: id };
      },
    },
    {
      id: "move-event",
      label: "Move an event by hours",
      fields: [
        ACCOUNT,
        { name: "eventId", label: "Event" },
        { name: "hours", label: "Hours", kind: "number", value: "1" },
      ],
      run(world, input) {
        const { account, calendar, event } = chosenEvent(world, input);
        const shift = (when: string | undefined) =>
          new Date(Date.parse(when ?? "") + Number(input.hours) * HOUR).toISOString();
        if (event.start.dateTime === undefined) throw new Refusal("All-day events cannot be moved by hours");
        event.start = { dateTime: shift(event.start.dateTime) };
        event.end = { dateTime: shift(event.end.dateTime) };
        changed(world, account, calendar, event);
      },
    },
    {
      id: "delete-event",
      label: "Delete an event",
      fields: [ACCOUNT, { name: "eventId", label: "Event" }],
      run(world, input) {
        const { account, calendar, event } = chosenEvent(world, input);
        event.status = "cancelled";
        changed(world, account, calendar, event);
      },
    },
    {
      id: "answer",
      label: "Let a guest answer",
      fields: [
        ACCOUNT,
        { name: "eventId", label: "Event" },
        { name: "email", label: "Guest" },
        { name: "response", label: "Answer", options: ["accepted", "declined", "tentative"], value: "accepted" },
      ],
      run(world, input) {
        const { account, calendar, event } = chosenEvent(world, input);
        const guest = event.attendees.find((attendee) => attendee.email === input.email);
        if (!guest) throw new Refusal(`${input.email} is not invited`);
        guest.responseStatus = input.response ?? "accepted";
        changed(world, account, calendar, event);
      },
    },
    {
      id: "expire-channels",
      label: "Let push channels end",
      run({ state, now }) {
        for (const channel of state.channels) channel.expiresAt = now().toISOString();
      },
    },
    {
      id: "settings",
      label: "Change the service's habits",
      fields: [
        { name: "expiresIn", label: "Access token lifetime in seconds", kind: "number", value: "3599" },
        { name: "perMinute", label: "Requests a minute and user", kind: "number", value: "600" },
        { name: "redirectUris", label: "Redirect URIs, separated by spaces (blank allows all)", optional: true },
      ],
      run({ state }, input) {
        state.expiresIn = Number(input.expiresIn);
        state.perMinute = Number(input.perMinute);
        state.redirectUris = (input.redirectUris ?? "").split(/\s+/).filter(Boolean);
      },
    },
  ],
  describe: ({ state }) => [
    ...state.accounts.map((account) => ({
      title: account.email,
      columns: ["Calendar", "Event", "Title", "Status", "Start", "Guests", "Meet"],
      rows: account.calendars.flatMap((calendar) =>
        calendar.events
          .toSorted((left, right) => right.seq - left.seq)
          .map((event) => [
            calendar.summary,
            event.id,
            String(event.rest.summary ?? ""),
            event.status,
            event.start.dateTime ?? event.start.date ?? "",
            event.attendees.map((attendee) => `${attendee.email} (${attendee.responseStatus})`).join(", "),
            event.conference?.uri ?? "",
          ]),
      ),
    })),
    {
      title: "Invitations sent",
      columns: ["At", "To", "Kind", "Event"],
      rows: state.invitations.toReversed().map((sent) => [sent.at, sent.to, sent.kind, sent.summary]),
    },
    {
      title: "Push channels",
      columns: ["Id", "Calendar", "Address", "Expires", "Messages", "State"],
      rows: state.channels.map((channel) => [
        channel.id,
        channel.calendarId,
        channel.address,
        channel.expiresAt,
        channel.messages,
        channel.stopped ? "stopped" : "live",
      ]),
    },
    {
      title: "Grants",
      columns: ["Account", "Scopes", "State"],
      rows: state.grants.map((grant) => [grant.email, grant.scopes.join(" "), grant.revoked ? "revoked" : "live"]),
    },
  ],
});
