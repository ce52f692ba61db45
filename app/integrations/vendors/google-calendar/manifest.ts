import type { Manifest } from "../../contract/manifest.ts";
import { calendarSetup } from "../../kit/families/caldav.ts";

const scope = <const Name extends string>(name: Name) => `https://www.googleapis.com/auth/${name}` as const;

export const manifest = {
  id: "google-calendar",
  name: "Google Calendar",
  summary: "Free and busy times, interviews with a Meet link.",
  category: "calendar",
  brand: { color: "#2863c9", site: "https://calendar.google.com", monogram: "GC" },
  cost: "free",
  signIn: "Sign-in · the calendar's owner",
  auth: {
    kind: "oauth2-code",
    authorizeUrl: "https://accounts.google.com/o/oauth2/v2/auth",
    tokenUrl: "https://oauth2.googleapis.com/token",
    revokeUrl: "https://oauth2.googleapis.com/revoke",
    pkce: "S256",
    clientAuth: "body",
    refresh: "static",
    authorizeParams: { access_type: "offline", prompt: "consent" },
    scopes: [
      { name: "openid", why: "Recognise the account", feature: "Sign-in" },
      { name: "email", why: "Show whose calendar it is", feature: "Sign-in" },
      {
        name: scope("calendar.calendarlist.readonly"),
        why: "List the calendars to choose from",
        feature: "Calendar list",
      },
      { name: scope("calendar.freebusy"), why: "See when interviewers are free", feature: "Availability" },
      { name: scope("calendar.events"), why: "Book, move and cancel interviews", feature: "Interviews" },
    ],
  },
  fields: [],
  setup: calendarSetup,
  environments: [{ id: "production", label: "Google" }],
  capabilities: ["calendar", "webhook"],
  makesMeetings: true,
  hosts: ["www.googleapis.com", "oauth2.googleapis.com", "accounts.google.com"],
  rateLimit: { per: "connection", concurrency: 4, buckets: [{ limit: 600, seconds: 60 }] },
  docs: {
    api: "https://developers.google.com/workspace/calendar/api",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "Google withdrew our permission.",
        fix: "Reconnect and sign in with the same account. If this happens every seven days, the Google app is still in testing: publish it.",
      },
      {
        kind: "forbidden",
        symptom: "One permission was left unticked at sign-in.",
        fix: "Reconnect and tick every box on Google's page; each stands for one feature.",
      },
      {
        kind: "rate-limited",
        symptom: "Google asks us to slow down.",
        fix: "Nothing to do. Invitations may be held back for some hours when many were sent at once.",
      },
      {
        kind: "config",
        symptom: "A calendar shows as unknown.",
        fix: "It was deleted or is no longer shared with the account. Choose the calendars again under Settings.",
      },
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
