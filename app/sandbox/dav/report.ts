import { type Call, header, type Reply, text } from "../framework.ts";
import { fold, spansOf, stamp } from "./icalendar.ts";
import { bare, esc, multistatus, parseBody, problem, record, response, textIn } from "./markup.ts";
import { type Place, paths } from "./places.ts";
import { lastSeq, objectProps, pickProps, tokenOf, wantedProps } from "./propfind.ts";
import type { Account, Collection, Habits, State } from "./state.ts";

const moment = (value: unknown): Date | null => {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(value ?? "")) ?? [];
  if (!year) return null;
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)));
};

/** The time-range element of a filter or free-busy query; undefined where there is none, null where it is malformed. */
const rangeIn = (value: unknown): { from: Date; to: Date } | null | undefined => {
  if (value === undefined) return undefined;
  const range = record(value);
  const from = range["@start"] === undefined ? new Date(0) : moment(range["@start"]);
  const to = range["@end"] === undefined ? new Date(8e14) : moment(range["@end"]);
  return from && to && from < to ? { from, to } : null;
};

const query = (habits: Habits, account: Account, collection: Collection, root: unknown): Reply => {
  const top = record(record(record(root).filter)["comp-filter"]);
  const inner = record(top["comp-filter"]);
  if (top["@name"] !== "VCALENDAR" || inner["@name"] === undefined)
    return text(400, "A filter must name VCALENDAR and a component");
  if (inner["@name"] !== collection.component) return problem(403, "cal:supported-filter");
  const range = rangeIn(inner["time-range"]);
  if (range === null) return problem(403, "cal:valid-filter");
  const at = paths(habits, account);
  const wanted = wantedProps(root);
  const found = collection.objects.filter(
    (one) => range === undefined || spansOf(one.text, collection.timeZone, range.from, range.to).length > 0,
  );
  return multistatus(
    found.map((one) => {
      const { found: props, missing } = pickProps(wanted, objectProps(one));
      return response(at.object(collection, one.name), props, missing);
    }),
  );
};

const multiget = (habits: Habits, account: Account, collection: Collection, root: unknown): Reply => {
  const at = paths(habits, account);
  const asked = record(root).href;
  const wanted = wantedProps(root);
  return multistatus(
    (Array.isArray(asked) ? asked : []).map((one) => {
      const given = textIn(one);
      const path = decodeURIComponent(URL.canParse(given) ? new URL(given).pathname : given);
      const object = collection.objects.find((candidate) => {
        const own = at.object(collection, candidate.name);
        return decodeURIComponent(URL.canParse(own) ? new URL(own).pathname : own) === path;
      });
      if (!object) return bare(given, "404 Not Found");
      const { found, missing } = pickProps(wanted, objectProps(object));
      return response(given, found, missing);
    }),
  );
};

/** A REPORT without the header is about the resource alone (RFC 3253 §3.6). */
const depthOf = (call: Call): string => header(call, "depth") || "0";

const dead = ({ deadToken }: Habits): Reply =>
  deadToken.element ? problem(deadToken.status, "d:valid-sync-token") : text(deadToken.status, "");

const sync = (
  habits: Habits,
  state: State,
  account: Account,
  collection: Collection,
  root: unknown,
  call: Call,
): Reply => {
  if (habits.tokenPrefix === null) return problem(403, "d:supported-report");
  if (depthOf(call) !== "0") return text(400, "Depth must be 0");
  const given = textIn(record(root)["sync-token"]);
  const number = given.startsWith(habits.tokenPrefix) ? Number(given.slice(habits.tokenPrefix.length)) : Number.NaN;
  const since = given === "" ? 0 : number - state.epoch * 1_000_000;
  if (!(since >= 0 && since <= state.seq)) return dead(habits);
  const at = paths(habits, account);
  const wanted = wantedProps(root);
  const all = collection.changes
    .filter((one) => one.seq > since && !(given === "" && one.gone))
    .sort((one, two) => one.seq - two.seq);
  const told = state.pageLimit > 0 ? all.slice(0, state.pageLimit) : all;
  const cut = told.length < all.length;
  const upTo = cut ? (told.at(-1)?.seq ?? since) : Math.max(since, lastSeq(collection));
  const responses = told.map((change) => {
    const path = at.object(collection, change.name);
    const object = collection.objects.find((one) => one.name === change.name);
    if (change.gone || !object) return bare(path, "404 Not Found");
    const { found, missing } = pickProps(wanted, objectProps(object));
    return response(path, found, missing);
  });
  if (cut) responses.push(bare(at.collection(collection), "507 Insufficient Storage"));
  return multistatus(responses, `<d:sync-token>${esc(tokenOf(habits, state, upTo))}</d:sync-token>`);
};

/** VFREEBUSY over calendars: neighbouring times told as one, tentative ones apart. */
export const freeBusyText = (
  calendars: readonly Collection[],
  from: Date,
  to: Date,
  lines: readonly string[] = [],
): string => {
  const spans = calendars
    .flatMap((one) => one.objects.flatMap((object) => spansOf(object.text, one.timeZone, from, to)))
    .filter((one) => one.busy && one.end > one.start)
    .sort((one, two) => one.start.getTime() - two.start.getTime());
  const merged: { start: Date; end: Date; tentative: boolean }[] = [];
  for (const { start, end, tentative } of spans) {
    const last = merged.at(-1);
    if (last && last.tentative === tentative && start < last.end) last.end = end > last.end ? end : last.end;
    else merged.push({ start, end, tentative });
  }
  return fold([
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Sandbox//Calendar//EN",
    "BEGIN:VFREEBUSY",
    ...lines,
    `DTSTART:${stamp(from)}`,
    `DTEND:${stamp(to)}`,
    ...merged.map(
      (one) => `FREEBUSY;FBTYPE=${one.tentative ? "BUSY-TENTATIVE" : "BUSY"}:${stamp(one.start)}/${stamp(one.end)}`,
    ),
    "END:VFREEBUSY",
    "END:VCALENDAR",
  ]);
};

const freeBusy = (habits: Habits, collection: Collection, root: unknown): Reply => {
  if (!habits.freeBusyReport) return problem(403, "d:supported-report");
  const range = rangeIn(record(root)["time-range"]);
  if (!range) return text(400, "A time-range is needed");
  return text(200, freeBusyText([collection], range.from, range.to), "text/calendar; charset=utf-8");
};

export const report = (habits: Habits, state: State, account: Account, place: Place, call: Call): Reply => {
  const body = parseBody(call.body);
  if (body === null || place.at !== "collection") return text(body === null ? 400 : 404, "");
  const { collection } = place;
  if (body["sync-collection"] !== undefined)
    return sync(habits, state, account, collection, body["sync-collection"], call);
  if (depthOf(call) === "0") return text(400, "Depth must be 1");
  if (body["calendar-query"] !== undefined) return query(habits, account, collection, body["calendar-query"]);
  if (body["calendar-multiget"] !== undefined) return multiget(habits, account, collection, body["calendar-multiget"]);
  if (body["free-busy-query"] !== undefined) return freeBusy(habits, collection, body["free-busy-query"]);
  return problem(403, "d:supported-report");
};
