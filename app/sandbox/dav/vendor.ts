import {
  basic,
  type Call,
  type Credential,
  type CredentialName,
  type Reply,
  type Route,
  redirect,
  type StateFault,
  text,
  type VendorDefinition,
  type World,
} from "../framework.ts";
import { actionsOf } from "./actions.ts";
import { componentsOf, get, plain } from "./icalendar.ts";
import { problem } from "./markup.ts";
import { isReply, placeOf, signIn } from "./places.ts";
import { propfind } from "./propfind.ts";
import { report } from "./report.ts";
import { askOthers } from "./scheduling.ts";
import { seed } from "./seed.ts";
import { type Habits, type State, stateSchema } from "./state.ts";
import { put, read, remove } from "./write.ts";

const METHODS = ["OPTIONS", "PROPFIND", "REPORT", "GET", "PUT", "DELETE", "POST"] as const;

const handle = (habits: Habits, call: Call, world: World<State>): Reply => {
  const { state } = world;
  if (call.path === "/.well-known/caldav")
    return habits.wellKnown === null ? text(404, "Not found") : redirect(habits.wellKnown, 301);
  const account = signIn(call, state, habits);
  if (isReply(account)) return account;
  const place = placeOf(habits, account, call);
  if (!place) return text(404, "Not found");
  switch (call.method) {
    case "OPTIONS":
      return { status: 200, headers: { dav: davHeader(habits), allow: METHODS.join(", ") } };
    case "PROPFIND":
      return propfind(habits, state, account, place, call);
    case "REPORT":
      return report(habits, state, account, place, call);
    case "POST":
      return place.at === "outbox" ? askOthers(state, account, call) : text(405, "");
    case "GET":
      if (place.at === "message") return read(place.object);
      return place.at === "object" && place.object ? read(place.object) : text(place.at === "object" ? 404 : 405, "");
    case "PUT":
      return place.at === "object" ? put(habits, world, account, place, call) : text(409, "");
    default:
      return place.at === "object" ? remove(habits, world, account, place, call) : problem(403, "d:need-privileges");
  }
};

const davHeader = ({ scheduling, tokenPrefix }: Habits): string =>
  [
    "1, 3, access-control, calendar-access",
    ...(scheduling ? ["calendar-schedule, calendar-auto-schedule"] : []),
    ...(tokenPrefix === null ? [] : ["sync-collection"]),
  ].join(", ");

const ENTRIES: readonly (readonly [CredentialName, string, string])[] = [
  ["good", "rosa@acme.example", "A busy account with several calendars."],
  ["other", "bo@birch.example", "Another employer's account."],
  ["missingScope", "mail@acme.example", "A password that opens mail only."],
  ["revoked", "gone@acme.example", "A password that was deleted."],
  ["empty", "eva@cedar.example", "An account without events."],
];

const faults: Record<string, StateFault<State>> = {
  revoke: {
    label: "Delete the passwords",
    run({ state }, input) {
      for (const account of state.accounts)
        if (!input.account || account.user === input.account) account.revoked = true;
    },
  },
};

/** A simulated calendar server: RFC 4791 and what goes with it, with the habits of one service. */
export const davVendor = (habits: Habits): VendorDefinition<State> => ({
  id: habits.id,
  name: habits.name,
  about: habits.about,
  hosts: habits.hosts,
  state: stateSchema,
  seed: (now) => seed(habits, now),
  account: (call) => basic(call)?.user ?? null,
  failure: (_call, status, retryAfter) => ({
    status,
    headers: { "content-type": "text/plain", ...(retryAfter === null ? {} : { "retry-after": retryAfter }) },
    body: "",
  }),
  routes: METHODS.map(
    (method): Route<State> => ({ method, path: "/*", handle: (call, world) => handle(habits, call, world) }),
  ),
  faults: {
    ...faults,
    ...(habits.tokenPrefix === null
      ? {}
      : { "dead-cursor": { label: "Forget sync tokens", run: ({ state }) => void state.epoch++ } }),
  },
  actions: actionsOf(habits),
  credentials: ({ state }) =>
    Object.fromEntries(
      ENTRIES.flatMap(([name, user, note]): [CredentialName, Credential][] => {
        const account = state.accounts.find((one) => one.user === user);
        if (!account) return [];
        const config = {
          ...(habits.start.field === null ? {} : { [habits.start.field]: habits.start.url }),
          username: account.user,
          password: account.password,
        };
        return [[name, { accountName: account.addresses[0] ?? account.name, config, note }]];
      }),
    ),
  describe: ({ state }) => [
    ...state.accounts.map((account) => ({
      title: account.user,
      columns: ["Calendar", "Object", "Title", "Start", "Status", "Guests"],
      rows: account.collections.flatMap((collection) =>
        collection.objects.map((object) => {
          const [event = []] = componentsOf(object.text, "VEVENT");
          const guests = event
            .filter((line) => line.name === "ATTENDEE")
            .map((line) => `${line.value.replace(/^mailto:/i, "")} (${line.params.PARTSTAT ?? "?"})`);
          return [
            collection.name,
            object.name,
            plain(get(event, "SUMMARY")?.value ?? ""),
            get(event, "DTSTART")?.value ?? "",
            get(event, "STATUS")?.value ?? "",
            guests.join(", "),
          ];
        }),
      ),
    })),
    {
      title: "Invitations sent",
      columns: ["At", "To", "Kind", "Event", "By"],
      rows: state.sent.toReversed().map((sent) => [sent.at, sent.to, sent.kind, sent.summary, sent.way]),
    },
  ],
});
