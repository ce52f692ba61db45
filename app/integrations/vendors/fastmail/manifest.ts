import type { Manifest } from "../../contract/manifest.ts";
import { appPasswordField, calendarSetup, invitationsField } from "../../kit/families/caldav.ts";
import { waits } from "../../kit/families/troubles.ts";

export const manifest = {
  id: "fastmail",
  name: "Fastmail",
  summary: "Free and busy times and interviews in a Fastmail calendar.",
  category: "calendar",
  brand: { color: "#33415c", site: "https://www.fastmail.com", monogram: "FM" },
  cost: "paid",
  signIn: "App password · the calendar's owner",
  auth: {
    kind: "caldav",
    server: "https://caldav.fastmail.com/",
    usernameField: "username",
    passwordField: "password",
  },
  fields: [
    {
      key: "username",
      label: "Fastmail address",
      help: "The whole address that you sign in with.",
      kind: "text",
      maxLength: 320,
      placeholder: "you@fastmail.com",
    },
    {
      ...appPasswordField,
      help: "In Fastmail: Settings, Privacy & Security, Connected apps & API tokens, App passwords. Access: Calendars (CalDAV).",
    },
    invitationsField,
  ],
  setup: calendarSetup,
  environments: [{ id: "production", label: "Fastmail" }],
  capabilities: ["calendar"],
  hosts: ["caldav.fastmail.com", "caldav.messagingengine.com"],
  rateLimit: { per: "connection", concurrency: 3, buckets: [{ limit: 240, seconds: 60 }] },
  docs: {
    api: "https://www.fastmail.help/hc/en-us/articles/1500000277882",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "Fastmail does not accept the app password.",
        fix: "Make a new app password with access to calendars and reconnect. API tokens do not open calendars.",
      },
      {
        kind: "forbidden",
        symptom: "The app password does not open calendars.",
        fix: "Make one whose access names Calendars (CalDAV) and reconnect.",
      },
      waits("Fastmail asks us to slow down."),
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
