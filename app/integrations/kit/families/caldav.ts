import type { ConfigField, SetupChoice } from "../../contract/manifest.ts";

/** What all calendars choose from, in the same words. */
export const calendarSetup = [
  {
    key: "calendarIds",
    label: "Calendars to look at",
    help: "Their busy times count for availability.",
    from: "calendar.list",
    multiple: true,
    required: true,
  },
  {
    key: "bookingCalendarId",
    label: "Calendar for interviews",
    help: "New interviews are written here.",
    from: "calendar.list",
    multiple: false,
    required: true,
  },
] as const satisfies readonly SetupChoice[];

export const invitationsField = {
  key: "invitations",
  label: "Who sends invitations",
  help: "Guests get one invitation, never two. Servers that cannot send any say so when the connection is tested.",
  kind: "select",
  initial: "server",
  options: [
    { value: "server", label: "The calendar server" },
    { value: "nobody", label: "Nobody", note: "You tell guests yourself." },
  ],
} as const satisfies ConfigField;

export const appPasswordField = {
  key: "password",
  label: "App password",
  help: "A password made for this connection alone, not the one you sign in with.",
  kind: "secret",
} as const satisfies ConfigField;
