import { type Call, type Reply, text } from "../framework.ts";
import { componentsOf, fold, get, type Line, mailOf, plain, uidOf, unfold } from "./icalendar.ts";
import { esc, NAMESPACES, problem, xml } from "./markup.ts";
import { byAddress, defaultCalendar, findUid } from "./places.ts";
import { freeBusyText } from "./report.ts";
import { type Account, type State, store } from "./state.ts";

type Clock = { state: State; now(): Date };

const guestsOf = (text: string): Line[] =>
  componentsOf(text, "VEVENT").flatMap((part) => part.filter((line) => line.name === "ATTENDEE"));
const organizerOf = (text: string): string =>
  mailOf(componentsOf(text, "VEVENT").flatMap((part) => get(part, "ORGANIZER") ?? [])[0]);

/** Guests whom the server is to tell: not the organiser, and not those that a client tells. */
const toldByServer = (account: Account, text: string): string[] =>
  guestsOf(text)
    .filter((line) => !["CLIENT", "NONE"].includes(line.params["SCHEDULE-AGENT"]?.toUpperCase() ?? ""))
    .map(mailOf)
    .filter((email) => email !== "" && !account.addresses.includes(email));

const isPast = (text: string, now: Date): boolean => {
  const ends = componentsOf(text, "VEVENT").map(
    (part) => get(part, "DTEND")?.value ?? get(part, "DTSTART")?.value ?? "",
  );
  const today = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  return !/RRULE/.test(text) && ends.every((end) => end.slice(0, 15) < today);
};

const summaryOf = (text: string): string =>
  plain(componentsOf(text, "VEVENT").flatMap((part) => get(part, "SUMMARY")?.value ?? [])[0] ?? "");

/** Tells guests of the same server in their calendar and inbox, others by mail. */
function tell({ state, now }: Clock, email: string, kind: "REQUEST" | "CANCEL", stored: string): string {
  const local = byAddress(state, email);
  const way = local ? "calendar" : "mail";
  state.sent.push({ at: now().toISOString(), to: email, kind, summary: summaryOf(stored), way });
  if (!local) return "1.1";
  const lines = unfold(stored);
  const message = fold([...lines.slice(0, 1), `METHOD:${kind}`, ...lines.slice(1)]);
  local.inbox.push({ name: `${state.seq + 1}.ics`, text: message, seq: ++state.seq });
  const own = defaultCalendar(local);
  const there = findUid(local, uidOf(stored), uidOf);
  const copy =
    kind === "CANCEL"
      ? fold(
          lines.flatMap((line) =>
            line === "END:VEVENT" ? ["STATUS:CANCELLED", line] : /^STATUS/.test(line) ? [] : [line],
          ),
        )
      : stored;
  if (there) store(state, there.collection, there.object.name, copy);
  else if (own && kind === "REQUEST") store(state, own, `${uidOf(stored)}.ics`, copy);
  return "1.2";
}

/**
 * What the server makes of an event that its organiser puts or deletes: messages to guests, and how each fared written
 * beside them. Returns the text as it is stored.
 */
export const schedule = (
  clock: Clock,
  account: Account,
  before: string | null,
  after: string | null,
): string | null => {
  const current = after ?? before ?? "";
  if (!account.addresses.includes(organizerOf(current)) || isPast(current, clock.now())) return after;
  const invited = new Set(after === null ? [] : toldByServer(account, after));
  for (const email of new Set(before === null ? [] : toldByServer(account, before)))
    if (!invited.has(email)) tell(clock, email, "CANCEL", before ?? "");
  if (after === null) return null;
  const status = new Map([...invited].map((email) => [email, tell(clock, email, "REQUEST", after)]));
  return fold(
    unfold(after).map((line) => {
      const email = /^ATTENDEE/.test(line) ? (/mailto:([^\s]+)$/i.exec(line)?.[1]?.toLowerCase() ?? "") : "";
      const how = status.get(email);
      const bare = line.replace(/;SCHEDULE-STATUS="?[\d.]+"?/, "");
      return how ? bare.replace(/:mailto:/i, `;SCHEDULE-STATUS=${how}:mailto:`) : line;
    }),
  );
};

/** A guest's answer, which changes the organiser's object. */
export const answered = (stored: string, email: string, partstat: string): string =>
  fold(
    unfold(stored).map((line) => {
      if (!/^ATTENDEE/.test(line) || !line.toLowerCase().endsWith(`mailto:${email.toLowerCase()}`)) return line;
      const bare = line.replace(/;PARTSTAT=[A-Z-]+/, "");
      return bare.replace(/:mailto:/i, `;PARTSTAT=${partstat}:mailto:`);
    }),
  );

const dateOf = (value: string | undefined): Date =>
  new Date((value ?? "").replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

/** The outbox: when people of the same server are busy. */
export const askOthers = (state: State, account: Account, call: Call): Reply => {
  const body = call.body.toString("utf8");
  const [question] = componentsOf(body, "VFREEBUSY");
  if (!question || !/\r\nMETHOD:REQUEST\r\n/.test(body)) return problem(400, "cal:valid-scheduling-message");
  if (!account.addresses.includes(mailOf(get(question, "ORGANIZER")))) return problem(403, "cal:valid-organizer");
  const from = dateOf(get(question, "DTSTART")?.value);
  const to = dateOf(get(question, "DTEND")?.value);
  if (!(from < to)) return text(400, "DTSTART and DTEND are needed");
  const responses = question
    .filter((line) => line.name === "ATTENDEE")
    .map((line) => {
      const email = mailOf(line);
      const person = byAddress(state, email);
      const recipient = `<cal:recipient><d:href>mailto:${esc(email)}</d:href></cal:recipient>`;
      if (!person)
        return `<cal:response>${recipient}<cal:request-status>5.1;Service unavailable</cal:request-status></cal:response>`;
      const calendars = person.collections.filter((one) => one.kind === "calendar" && one.component === "VEVENT");
      const said = freeBusyText(calendars, from, to, [`ATTENDEE:mailto:${email}`]);
      return `<cal:response>${recipient}<cal:request-status>2.0;Success</cal:request-status><cal:calendar-data>${esc(said)}</cal:calendar-data></cal:response>`;
    });
  return xml(200, `<cal:schedule-response ${NAMESPACES}>${responses.join("")}</cal:schedule-response>`);
};
