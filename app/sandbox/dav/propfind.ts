import { type Call, header, type Reply, text } from "../framework.ts";
import { bare, esc, href, multistatus, parseBody, problem, record, response } from "./markup.ts";
import { defaultCalendar, type Place, paths } from "./places.ts";
import { type Account, type Collection, ctagOf, etagOf, type Habits, type State, type StoredObject } from "./state.ts";

/** Every property that the service knows, by its local name, as the tag it is answered under. */
const TAGS: Readonly<Record<string, string>> = {
  "current-user-principal": "d:current-user-principal",
  "principal-URL": "d:principal-URL",
  resourcetype: "d:resourcetype",
  displayname: "d:displayname",
  getetag: "d:getetag",
  getcontenttype: "d:getcontenttype",
  "sync-token": "d:sync-token",
  "current-user-privilege-set": "d:current-user-privilege-set",
  "supported-report-set": "d:supported-report-set",
  getctag: "cs:getctag",
  "calendar-home-set": "cal:calendar-home-set",
  "calendar-user-address-set": "cal:calendar-user-address-set",
  "schedule-inbox-URL": "cal:schedule-inbox-URL",
  "schedule-outbox-URL": "cal:schedule-outbox-URL",
  "schedule-default-calendar-URL": "cal:schedule-default-calendar-URL",
  "supported-calendar-component-set": "cal:supported-calendar-component-set",
  "calendar-timezone": "cal:calendar-timezone",
  "calendar-data": "cal:calendar-data",
  "calendar-color": "ic:calendar-color",
  "calendar-description": "cal:calendar-description",
};

const zoneText = (timeZone: string): string =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sandbox//Calendar//EN\r\nBEGIN:VTIMEZONE\r\nTZID:${timeZone}\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n`;

export const tokenOf = (habits: Habits, state: State, seq: number): string =>
  `${habits.tokenPrefix ?? ""}${state.epoch * 1_000_000 + seq}`;

export const lastSeq = (collection: Collection): number => Math.max(0, ...collection.changes.map((one) => one.seq));

const reportsOf = (habits: Habits): string =>
  [
    "<cal:calendar-query/>",
    "<cal:calendar-multiget/>",
    ...(habits.freeBusyReport ? ["<cal:free-busy-query/>"] : []),
    ...(habits.tokenPrefix === null ? [] : ["<d:sync-collection/>"]),
  ]
    .map((name) => `<d:supported-report><d:report>${name}</d:report></d:supported-report>`)
    .join("");

export const objectProps = (object: StoredObject): Record<string, string> => ({
  getetag: esc(etagOf(object)),
  resourcetype: "",
  getcontenttype: "text/calendar; charset=utf-8; component=VEVENT",
  "calendar-data": esc(object.text),
});

const collectionProps = (habits: Habits, state: State, collection: Collection): Record<string, string> => {
  const rights = collection.rights === "all" ? ["read", "write", "write-content", "bind", "unbind"] : ["read"];
  return {
    resourcetype: `<d:collection/><cal:calendar/>${collection.kind === "subscribed" ? "<cs:subscribed/>" : ""}`,
    displayname: esc(collection.name),
    "current-user-privilege-set": rights.map((name) => `<d:privilege><d:${name}/></d:privilege>`).join(""),
    "supported-report-set": reportsOf(habits),
    "supported-calendar-component-set": `<cal:comp name="${collection.component}"/>`,
    "calendar-timezone": esc(zoneText(collection.timeZone)),
    "calendar-color": "#3f6f8fff",
    getctag: esc(ctagOf(state, collection)),
    ...(habits.tokenPrefix === null ? {} : { "sync-token": esc(tokenOf(habits, state, lastSeq(collection))) }),
  };
};

const principalProps = (habits: Habits, account: Account): Record<string, string> => {
  const at = paths(habits, account);
  return {
    resourcetype: "<d:collection/><d:principal/>",
    displayname: esc(account.name),
    "principal-URL": href(at.principal),
    "calendar-home-set": href(at.home),
    "calendar-user-address-set": [...account.addresses.map((one) => href(`mailto:${one}`)), href(at.principal)].join(
      "",
    ),
    ...(habits.scheduling ? { "schedule-inbox-URL": href(at.inbox), "schedule-outbox-URL": href(at.outbox) } : {}),
  };
};

/** The resources that a PROPFIND of this depth is about, with their properties. */
const resourcesAt = (
  habits: Habits,
  state: State,
  account: Account,
  place: Place,
  call: Call,
): readonly (readonly [string, Record<string, string>])[] => {
  const at = paths(habits, account);
  const deep = header(call, "depth") === "1";
  const folder = { resourcetype: "<d:collection/>" };
  switch (place.at) {
    case "root":
      return [[call.path, folder]];
    case "principal":
      return [[at.principal, principalProps(habits, account)]];
    case "home": {
      const collections = account.collections.map(
        (one) => [at.collection(one), collectionProps(habits, state, one)] as const,
      );
      const boxes = habits.scheduling
        ? ([
            [at.inbox, { resourcetype: "<d:collection/><cal:schedule-inbox/>", displayname: "Inbox" }],
            [at.outbox, { resourcetype: "<d:collection/><cal:schedule-outbox/>", displayname: "Outbox" }],
          ] as const)
        : [];
      return [[at.home, { ...folder, displayname: esc(account.name) }], ...(deep ? [...collections, ...boxes] : [])];
    }
    case "inbox": {
      const own = defaultCalendar(account);
      const standard = own ? { "schedule-default-calendar-URL": href(at.collection(own)) } : {};
      const messages = place.account.inbox.map((one) => [`${at.inbox}${one.name}`, objectProps(one)] as const);
      return [
        [at.inbox, { resourcetype: "<d:collection/><cal:schedule-inbox/>", ...standard }],
        ...(deep ? messages : []),
      ];
    }
    case "outbox":
      return [[at.outbox, { resourcetype: "<d:collection/><cal:schedule-outbox/>" }]];
    case "collection": {
      const { collection } = place;
      const members = collection.objects.map((one) => [at.object(collection, one.name), objectProps(one)] as const);
      return [[at.collection(collection), collectionProps(habits, state, collection)], ...(deep ? members : [])];
    }
    case "object":
      return place.object ? [[at.object(place.collection, place.name), objectProps(place.object)]] : [];
    case "message":
      return [[`${at.inbox}${place.object.name}`, objectProps(place.object)]];
  }
};

/** What was asked for out of what is there: found ones by tag, and the tags of those that are missing. */
export const pickProps = (
  wanted: readonly string[],
  known: Readonly<Record<string, string>>,
): { found: Record<string, string>; missing: string[] } => {
  const found: Record<string, string> = {};
  const missing: string[] = [];
  for (const name of wanted) {
    const tag = TAGS[name];
    const value = known[name];
    if (tag !== undefined && value !== undefined) found[tag] = value;
    else missing.push(tag ?? `d:${name.replaceAll(/[^\w-]/g, "")}`);
  }
  return { found, missing };
};

export const wantedProps = (root: unknown): string[] =>
  Object.keys(record(record(root).prop)).filter((one) => !one.startsWith("@"));

export const propfind = (habits: Habits, state: State, account: Account, place: Place, call: Call): Reply => {
  const body = parseBody(call.body);
  if (body === null) return text(400, "The body is no XML");
  if (header(call, "depth") === "infinity") return problem(403, "d:propfind-finite-depth");
  const resources = resourcesAt(habits, state, account, place, call);
  if (resources.length === 0) return text(404, "Not found");
  const wanted = wantedProps(body.propfind);
  return multistatus(
    resources.map(([path, own]) => {
      const props = { "current-user-principal": href(paths(habits, account).principal), ...own };
      if (wanted.length === 0) return bare(path, "200 OK");
      const { found, missing } = pickProps(wanted, props);
      return response(path, found, missing);
    }),
  );
};
