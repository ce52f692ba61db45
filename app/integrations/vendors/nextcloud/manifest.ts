import type { Manifest } from "../../contract/manifest.ts";
import { appPasswordField, calendarSetup, invitationsField } from "../../kit/families/caldav.ts";

export const manifest = {
  id: "nextcloud",
  name: "Nextcloud",
  summary: "Free and busy times and interviews in your own Nextcloud.",
  category: "calendar",
  brand: { color: "#0068b3", site: "https://nextcloud.com", monogram: "NC" },
  cost: "free",
  signIn: "App password · the calendar's owner",
  auth: { kind: "caldav", serverField: "server", usernameField: "username", passwordField: "password" },
  fields: [
    {
      key: "server",
      label: "Nextcloud address",
      help: "As in the browser, with the folder if there is one: https://cloud.example.com/nextcloud/",
      kind: "url",
      placeholder: "https://cloud.example.com/",
    },
    {
      key: "username",
      label: "Login name",
      help: "As shown beside the new app password.",
      kind: "text",
      maxLength: 320,
    },
    {
      ...appPasswordField,
      help: "In Nextcloud: Personal settings, Security, Devices & sessions, Create new app password.",
    },
    invitationsField,
  ],
  setup: calendarSetup,
  environments: [{ id: "production", label: "Your Nextcloud" }],
  capabilities: ["calendar"],
  hosts: ["{server}"],
  rateLimit: { per: "connection", concurrency: 3, buckets: [{ limit: 300, seconds: 60 }] },
  docs: {
    api: "https://docs.nextcloud.com/server/latest/user_manual/en/groupware/sync_osx.html",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "Nextcloud does not accept the name or app password.",
        fix: "Make a new app password under Security and reconnect with the login name shown beside it.",
      },
      {
        kind: "forbidden",
        symptom: "The account may not write to this calendar.",
        fix: "Choose another calendar, or have its owner share it with the right to edit.",
      },
      {
        kind: "config",
        symptom: "No calendar server answers at this address.",
        fix: "Enter the address as in the browser, with its folder. A proxy in front must let PROPFIND and REPORT through.",
      },
      {
        kind: "rate-limited",
        symptom: "Nextcloud asks us to slow down.",
        fix: "Nothing to do. After wrong passwords Nextcloud also slows answers down for a while.",
      },
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
