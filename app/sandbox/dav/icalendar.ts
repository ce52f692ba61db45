import { DateTime } from "luxon";

/** One content line, unfolded: NAME;PARAM=value:VALUE. */
export type Line = { name: string; params: Record<string, string>; value: string };
export type Span = { start: Date; end: Date; busy: boolean; tentative: boolean; allDay: boolean };

const DAY = 86_400_000;

export const unfold = (text: string): string[] =>
  text
    .replaceAll(/\r?\n[ \t]/g, "")
    .split(/\r?\n/)
    .filter(Boolean);

/** Folds at 75 octets and ends lines as the format wants it. */
export const fold = (lines: readonly string[]): string =>
  lines
    .map((line) => {
      let out = "";
      let room = 75;
      for (const letter of line) {
        const size = Buffer.byteLength(letter);
        if (size > room) {
          out += "\r\n ";
          room = 74;
        }
        out += letter;
        room -= size;
      }
      return `${out}\r\n`;
    })
    .join("");

const parseLine = (line: string): Line => {
  const [, head = "", value = ""] = /^((?:[^:"]|"[^"]*")*):(.*)$/.exec(line) ?? [];
  const [name = "", ...params] = head.match(/(?:[^;"]|"[^"]*")+/g) ?? [];
  const pairs = params.map((param) => {
    const equals = param.indexOf("=");
    return [param.slice(0, equals).toUpperCase(), param.slice(equals + 1).replaceAll('"', "")];
  });
  return { name: name.toUpperCase(), params: Object.fromEntries(pairs), value };
};

/** The lines of each component of a kind, those of components inside it left out. */
export const componentsOf = (text: string, kind: string): Line[][] => {
  const found: Line[][] = [];
  const open: string[] = [];
  for (const line of unfold(text)) {
    const begin = /^BEGIN:(.+)$/i.exec(line)?.[1]?.toUpperCase();
    if (begin) {
      open.push(begin);
      if (begin === kind) found.push([]);
    } else if (/^END:/i.test(line)) open.pop();
    else if (open.at(-1) === kind) found.at(-1)?.push(parseLine(line));
  }
  return found;
};

export const get = (lines: readonly Line[], name: string): Line | undefined => lines.find((line) => line.name === name);
export const plain = (value: string): string =>
  value.replaceAll(/\\([\\;,nN])/g, (_all, what: string) => (/n/i.test(what) ? "\n" : what));

export const uidOf = (text: string): string => {
  const [first] = [...componentsOf(text, "VEVENT"), ...componentsOf(text, "VTODO")];
  return first ? (get(first, "UID")?.value ?? "") : "";
};

export const mailOf = (line: Line | undefined): string => (line?.value ?? "").replace(/^mailto:/i, "").toLowerCase();

/** The rules of the format that servers insist on; null when it keeps them. */
export const problemOf = (text: string): string | null => {
  if (!/^BEGIN:VCALENDAR\r\n/.test(text) || !/END:VCALENDAR(\r\n)?$/.test(text)) return "not one calendar object";
  if (/[^\r]\n/.test(text)) return "lines must end with CRLF";
  if (text.split("\r\n").some((line) => Buffer.byteLength(line) > 75)) return "a line is longer than 75 octets";
  if (!/\r\nVERSION:2\.0\r\n/.test(text) || !/\r\nPRODID[:;]/.test(text)) return "VERSION or PRODID is missing";
  const parts = [...componentsOf(text, "VEVENT"), ...componentsOf(text, "VTODO")];
  if (parts.length === 0) return "no event or task";
  const uids = new Set(parts.map((part) => get(part, "UID")?.value ?? ""));
  if (uids.size !== 1 || uids.has("")) return "exactly one UID is allowed";
  if (parts.some((part) => !get(part, "DTSTAMP"))) return "DTSTAMP is missing";
  if (componentsOf(text, "VEVENT").some((part) => !get(part, "DTSTART"))) return "DTSTART is missing";
  if (componentsOf(text, "VEVENT").some((part) => get(part, "DTEND") && get(part, "DURATION")))
    return "DTEND and DURATION";
  return null;
};

type Moment = { at: DateTime; allDay: boolean };

const momentOf = (line: Line | undefined, value: string, zone: string): Moment | null => {
  const [, year, month, day, , hour, minute, second, z] =
    /^(\d{4})(\d\d)(\d\d)(T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(value) ?? [];
  if (!year) return null;
  const numbers = { year: Number(year), month: Number(month), day: Number(day) };
  const clock = { hour: Number(hour ?? 0), minute: Number(minute ?? 0), second: Number(second ?? 0) };
  const at = DateTime.fromObject({ ...numbers, ...clock }, { zone: z ? "utc" : (line?.params.TZID ?? zone) });
  return at.isValid ? { at, allDay: hour === undefined } : null;
};

const moments = (lines: readonly Line[], name: string, zone: string): Moment[] =>
  lines
    .filter((line) => line.name === name)
    .flatMap((line) => line.value.split(",").flatMap((value) => momentOf(line, value, zone) ?? []));

const DAYS: readonly string[] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/** Starts of a series by its rule: the common frequencies, which is all that people make here. */
const repeatsOf = (rule: string, first: DateTime, until: DateTime): DateTime[] => {
  const part = (name: string) => new RegExp(`(?:^|;)${name}=([^;]+)`).exec(rule)?.[1];
  const step = Number(part("INTERVAL") ?? 1);
  const count = Number(part("COUNT") ?? Number.POSITIVE_INFINITY);
  const last = part("UNTIL");
  const limit = last ? momentOf(undefined, last, first.zoneName ?? "utc") : null;
  const end = limit && limit.at < until ? limit.at.plus({ hours: limit.allDay ? 24 : 0 }) : until;
  const days = part("BYDAY")
    ?.split(",")
    .map((day) => DAYS.indexOf(day) + 1);
  const found: DateTime[] = [];
  for (let turn = 0; turn < 5000; turn++) {
    const base = {
      DAILY: first.plus({ days: turn * step }),
      WEEKLY: first.plus({ weeks: turn * step }),
      MONTHLY: first.plus({ months: turn * step }),
      YEARLY: first.plus({ years: turn * step }),
    }[part("FREQ") ?? ""];
    if (!base) break;
    const each = days
      ? days.map((weekday) =>
          base
            .startOf("week")
            .plus({ days: weekday - 1 })
            .set(clockOf(first)),
        )
      : [base];
    for (const start of each.filter((one) => one >= first)) {
      if (found.length >= count || start > end) return found;
      found.push(start);
    }
    if (base.startOf("week") > end) break;
  }
  return found;
};

const clockOf = ({ hour, minute, second }: DateTime) => ({ hour, minute, second });

/** When the events of an object take place between two moments, changed occurrences in place of those they replace. */
export const spansOf = (text: string, zone: string, from: Date, to: Date): Span[] => {
  const parts = componentsOf(text, "VEVENT");
  const replaced = new Set(
    parts.flatMap((part) => moments(part, "RECURRENCE-ID", zone).map((one) => one.at.toMillis())),
  );
  const spans = parts.flatMap((part): Span[] => {
    const [start] = moments(part, "DTSTART", zone);
    if (!start) return [];
    const [end] = moments(part, "DTEND", zone);
    const length = end ? end.at.toMillis() - start.at.toMillis() : durationOf(part, start.allDay);
    const rule = get(part, "RRULE")?.value;
    const isOverride = get(part, "RECURRENCE-ID") !== undefined;
    const without = new Set(moments(part, "EXDATE", zone).map((one) => one.at.toMillis()));
    const starts = rule ? repeatsOf(rule, start.at, DateTime.fromJSDate(to)) : [start.at];
    const status = get(part, "STATUS")?.value.toUpperCase() ?? "";
    return [...starts, ...moments(part, "RDATE", zone).map((one) => one.at)]
      .filter((one) => !without.has(one.toMillis()) && (isOverride || !replaced.has(one.toMillis())))
      .map((one) => ({
        start: one.toJSDate(),
        end: start.allDay ? one.plus({ days: Math.round(length / DAY) }).toJSDate() : new Date(one.toMillis() + length),
        busy: status !== "CANCELLED" && get(part, "TRANSP")?.value.toUpperCase() !== "TRANSPARENT",
        tentative: status === "TENTATIVE",
        allDay: start.allDay,
      }));
  });
  return spans.filter(
    (one) => one.start < to && (one.end > from || (one.end.getTime() === one.start.getTime() && one.start >= from)),
  );
};

const durationOf = (part: readonly Line[], allDay: boolean): number => {
  const [, weeks, days, hours, minutes, seconds] =
    /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(get(part, "DURATION")?.value ?? "") ?? [];
  const n = (text: string | undefined) => Number(text ?? 0);
  const length = n(weeks) * 7 * DAY + n(days) * DAY + n(hours) * 3_600_000 + n(minutes) * 60_000 + n(seconds) * 1000;
  return length || (allDay ? DAY : 0);
};

export const stamp = (at: Date): string => `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;

/** An event as a person's own calendar program writes it. */
export const writeEvent = (event: {
  uid: string;
  summary: string;
  start: string;
  end: string;
  extra?: readonly string[];
  before?: readonly string[];
}): string =>
  fold([
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Sandbox//Calendar//EN",
    ...(event.before ?? []),
    "BEGIN:VEVENT",
    `UID:${event.uid}`,
    "DTSTAMP:20260101T000000Z",
    `DTSTART${event.start}`,
    `DTEND${event.end}`,
    `SUMMARY:${event.summary}`,
    ...(event.extra ?? []),
    "END:VEVENT",
    "END:VCALENDAR",
  ]);
