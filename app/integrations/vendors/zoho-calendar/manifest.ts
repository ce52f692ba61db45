import type { Manifest } from "../../contract/manifest.ts";
import { appPasswordField, calendarSetup, invitationsField } from "../../kit/families/caldav.ts";
import { waits } from "../../kit/families/troubles.ts";

export const manifest = {
  id: "zoho-calendar",
  name: "Zoho Calendar",
  summary: "Free and busy times and interviews in a Zoho calendar.",
  category: "calendar",
  brand: { color: "#c8202f", site: "https://www.zoho.com/calendar", monogram: "ZC" },
  cost: "free",
  signIn: "App password · the calendar's owner",
  auth: { kind: "caldav", serverField: "server", usernameField: "username", passwordField: "password" },
  fields: [
    {
      key: "server",
      label: "Data centre",
      help: "Where the account lives: the ending of the address that you sign in at.",
      kind: "select",
      initial: "https://calendar.zoho.com/",
      options: [
        { value: "https://calendar.zoho.com/", label: "United States" },
        { value: "https://calendar.zoho.eu/", label: "Europe" },
        { value: "https://calendar.zoho.in/", label: "India" },
        { value: "https://calendar.zoho.com.au/", label: "Australia" },
        { value: "https://calendar.zoho.jp/", label: "Japan" },
        { value: "https://calendar.zoho.com.cn/", label: "China" },
        { value: "https://calendar.zoho.sa/", label: "Saudi Arabia" },
        { value: "https://calendar.zoho.uk/", label: "United Kingdom" },
        { value: "https://calendar.zohocloud.ca/", label: "Canada" },
      ],
    },
    {
      key: "username",
      label: "Zoho address",
      help: "The mail address that you sign in with.",
      kind: "text",
      maxLength: 320,
    },
    { ...appPasswordField, help: "In Zoho Accounts: Security, App passwords." },
    invitationsField,
  ],
  setup: calendarSetup,
  environments: [{ id: "production", label: "Zoho" }],
  capabilities: ["calendar"],
  hosts: [
    "calendar.zoho.com",
    "calendar.zoho.eu",
    "calendar.zoho.in",
    "calendar.zoho.com.au",
    "calendar.zoho.jp",
    "calendar.zoho.com.cn",
    "calendar.zoho.sa",
    "calendar.zoho.uk",
    "calendar.zohocloud.ca",
  ],
  rateLimit: { per: "connection", concurrency: 2, buckets: [{ limit: 60, seconds: 60 }] },
  docs: {
    api: "https://www.zoho.com/calendar/help/",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "Zoho does not accept the name or app password.",
        fix: "Check the data centre, make a new app password in Zoho Accounts and reconnect.",
      },
      {
        kind: "forbidden",
        symptom: "The account may not write to this calendar.",
        fix: "Choose a calendar of your own.",
      },
      {
        kind: "config",
        symptom: "No calendar server answers at this data centre.",
        fix: "Choose the data centre whose ending you see in the browser when you are signed in.",
      },
      waits("Zoho asks us to slow down."),
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
