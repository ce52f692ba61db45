import type { Manifest } from "../../contract/manifest.ts";
import { calendarSetup, invitationsField } from "../../kit/families/caldav.ts";
import { waits } from "../../kit/families/troubles.ts";

export const manifest = {
  id: "caldav",
  name: "CalDAV",
  summary: "Free and busy times and interviews on any calendar server that speaks CalDAV.",
  category: "calendar",
  brand: { color: "#3f6f8f", site: "https://datatracker.ietf.org/doc/html/rfc4791", monogram: "CD" },
  cost: "free",
  signIn: "Password · the calendar's owner",
  auth: { kind: "caldav", serverField: "server", usernameField: "username", passwordField: "password" },
  fields: [
    {
      key: "server",
      label: "Server address",
      help: "The address that your provider names for CalDAV. The server's own name is often enough.",
      kind: "url",
      placeholder: "https://dav.example.com/",
    },
    {
      key: "username",
      label: "User name",
      help: "As you sign in to the server, often the mail address.",
      kind: "text",
      maxLength: 320,
    },
    {
      key: "password",
      label: "Password",
      help: "An app password where the provider offers one.",
      kind: "secret",
    },
    invitationsField,
  ],
  setup: calendarSetup,
  environments: [{ id: "production", label: "Your server" }],
  capabilities: ["calendar"],
  hosts: ["{server}"],
  rateLimit: { per: "connection", concurrency: 3, buckets: [{ limit: 300, seconds: 60 }] },
  docs: {
    api: "https://datatracker.ietf.org/doc/html/rfc4791",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "The server does not accept the name or password.",
        fix: "Providers with two-step sign-in want an app password. Make one and reconnect with it.",
      },
      {
        kind: "forbidden",
        symptom: "The account may not use calendars, or may not write to one.",
        fix: "Ask the server's administrator for CalDAV access, or choose a calendar that the account may write to.",
      },
      {
        kind: "config",
        symptom: "No calendar server answers at this address.",
        fix: "Enter the full address that the provider names for CalDAV. A server that sends us to another host is entered under that host.",
      },
      waits("The server asks us to slow down."),
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
