import type { Manifest } from "../../contract/manifest.ts";
import { appPasswordField, calendarSetup, invitationsField } from "../../kit/families/caldav.ts";
import { waits } from "../../kit/families/troubles.ts";

export const manifest = {
  id: "icloud",
  name: "iCloud Calendar",
  summary: "Free and busy times and interviews in an Apple calendar.",
  category: "calendar",
  brand: { color: "#2f7fd6", site: "https://www.icloud.com/calendar", monogram: "iC" },
  cost: "free",
  signIn: "App-specific password · the calendar's owner",
  auth: {
    kind: "caldav",
    server: "https://caldav.icloud.com/",
    usernameField: "username",
    passwordField: "password",
  },
  fields: [
    {
      key: "username",
      label: "Apple Account",
      help: "The primary mail address shown on the account page; an alias may not work.",
      kind: "text",
      maxLength: 320,
      placeholder: "you@icloud.com",
    },
    {
      ...appPasswordField,
      label: "App-specific password",
      help: "Made at account.apple.com under Sign-In and Security. It looks like xxxx-xxxx-xxxx-xxxx.",
      maxLength: 40,
    },
    invitationsField,
  ],
  setup: calendarSetup,
  environments: [{ id: "production", label: "iCloud" }],
  capabilities: ["calendar"],
  hosts: ["caldav.icloud.com", "*.icloud.com"],
  rateLimit: { per: "connection", concurrency: 2, buckets: [{ limit: 120, seconds: 60 }] },
  docs: {
    api: "https://support.apple.com/102654",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "Apple does not accept the app-specific password.",
        fix: "Make a new one at account.apple.com and reconnect. Changing the Apple Account's own password ends all of them.",
      },
      {
        kind: "forbidden",
        symptom: "The calendar cannot be written to.",
        fix: "Choose a calendar of your own, or one that is shared with the right to edit.",
      },
      waits("Apple asks us to slow down."),
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
