import { type Call, header, type Reply, text } from "../framework.ts";
import { componentsOf, fold, problemOf, uidOf, unfold } from "./icalendar.ts";
import { href, problem } from "./markup.ts";
import { findUid, type Place, paths } from "./places.ts";
import { schedule } from "./scheduling.ts";
import { type Account, etagOf, type Habits, type State, type StoredObject, store } from "./state.ts";

type Clock = { state: State; now(): Date };
type ObjectPlace = Extract<Place, { at: "object" }>;

/** Whether the conditions of a request hold for what is there. */
const holds = (call: Call, object: StoredObject | null): boolean => {
  const none = header(call, "if-none-match");
  const match = header(call, "if-match");
  if (none === "*" && object) return false;
  if (match === "") return true;
  if (!object) return false;
  return match === "*" || match.split(",").some((one) => one.trim() === etagOf(object));
};

export const put = (habits: Habits, clock: Clock, account: Account, place: ObjectPlace, call: Call): Reply => {
  const { collection, object } = place;
  if (collection.rights !== "all" || collection.kind === "subscribed") return problem(403, "d:need-privileges");
  if (!/^text\/calendar\b/i.test(header(call, "content-type"))) return problem(403, "cal:supported-calendar-data");
  const body = call.body.toString("utf8");
  const wrong = problemOf(body);
  if (wrong) return problem(403, "cal:valid-calendar-data", "", { "x-sandbox-reason": wrong });
  if (habits.refusesMethod && /\r\nMETHOD[:;]/.test(body)) return problem(403, "cal:valid-calendar-data");
  if (componentsOf(body, collection.component).length === 0) return problem(403, "cal:supported-calendar-component");
  if (!holds(call, object)) return text(412, "Precondition failed");
  const uid = uidOf(body);
  const name = habits.renames ? `${uid}.ics` : place.name;
  const other = findUid(account, uid, uidOf, habits.uidScope === "account" ? undefined : collection);
  if (other && (other.collection !== collection || other.object.name !== name)) {
    const taken = href(paths(habits, account).object(other.collection, other.object.name));
    return problem(habits.uidConflict.status, `cal:${habits.uidConflict.element}`, taken);
  }
  if (!object && account.burnt.includes(uid)) return text(400, "An object with this uid was deleted");
  const sent = habits.scheduling ? (schedule(clock, account, object?.text ?? null, body) ?? body) : body;
  const kept = habits.adds ? added(sent, habits.adds) : sent;
  const made = store(clock.state, collection, name, kept);
  const tag = made && habits.etagOnPut === "plain" && kept === body ? { etag: etagOf(made) } : {};
  return { status: object ? 204 : 201, headers: tag };
};

/** The service's own line at the end of each event, once. */
const added = (body: string, own: string): string =>
  fold(unfold(body).flatMap((line) => (line === own ? [] : line === "END:VEVENT" ? [own, line] : [line])));

export const remove = (habits: Habits, clock: Clock, account: Account, place: ObjectPlace, call: Call): Reply => {
  const { collection, object } = place;
  if (!object) return text(404, "Not found");
  if (collection.rights !== "all") return problem(403, "d:need-privileges");
  if (!holds(call, object)) return text(412, "Precondition failed");
  if (habits.scheduling) schedule(clock, account, object.text, null);
  store(clock.state, collection, object.name, null);
  if (habits.burnsUids) account.burnt.push(uidOf(object.text));
  return { status: 204 };
};

export const read = (object: StoredObject): Reply => ({
  status: 200,
  headers: { "content-type": "text/calendar; charset=utf-8", etag: etagOf(object) },
  body: object.text,
});
