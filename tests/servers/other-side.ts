import assert from "node:assert/strict";
import { raw } from "./servers.ts";

const stamp = (at: Date): string => `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;

/** What a person's own calendar program holds of one event. */
export interface PlainEvent {
  uid: string;
  title: string;
  start: Date;
  end: Date;
}

export const asText = (lines: readonly string[]): string =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Another//Program//EN", ...lines, "END:VCALENDAR", ""].join("\r\n");

export const eventLines = ({ uid, title, start, end }: PlainEvent): string[] => [
  "BEGIN:VEVENT",
  `UID:${uid}`,
  "DTSTAMP:20260101T000000Z",
  `DTSTART:${stamp(start)}`,
  `DTEND:${stamp(end)}`,
  `SUMMARY:${title}`,
  "END:VEVENT",
];

/** The other side of a shared calendar: raw requests and text, nothing of ours. */
export function createOtherSide(origin: string, calendar: string) {
  const pathOf = (uid: string) => `${calendar}${encodeURIComponent(uid)}.ics`;
  const send = (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
    raw(origin, method, path, {
      headers: body === undefined ? headers : { "content-type": "text/calendar; charset=utf-8", ...headers },
      ...(body === undefined ? {} : { body }),
    });
  return {
    pathOf,
    async putText(uid: string, text: string): Promise<void> {
      const { status, text: said } = await send("PUT", pathOf(uid), text);
      assert.ok(status === 201 || status === 204, `A plain PUT was answered ${status}: ${said.slice(0, 200)}`);
    },
    async put(event: PlainEvent): Promise<void> {
      await this.putText(event.uid, asText(eventLines(event)));
    },
    async remove(uid: string): Promise<void> {
      const { status } = await send("DELETE", pathOf(uid));
      assert.ok(status === 200 || status === 204, `A plain DELETE was answered ${status}.`);
    },
    async get(uid: string): Promise<string | null> {
      const { status, text } = await send("GET", pathOf(uid));
      return status === 200 ? text : null;
    },
    /** Everything in the calendar, read by names and one GET each. */
    async everything(): Promise<Map<string, PlainEvent>> {
      const body = '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>';
      const { text } = await send("PROPFIND", calendar, undefined, { depth: "1" }).then((answer) =>
        answer.status === 207 ? answer : raw(origin, "PROPFIND", calendar, { headers: { depth: "1" }, body }),
      );
      const names = [...text.matchAll(/<(?:\w+:)?href>([^<]+\.ics)<\/(?:\w+:)?href>/g)].map((match) => match[1] ?? "");
      const found = new Map<string, PlainEvent>();
      for (const name of new Set(names)) {
        const path = URL.canParse(name) ? new URL(name).pathname : name;
        const { status, text: stored } = await send("GET", path);
        assert.equal(status, 200, `${path} is listed and cannot be read.`);
        const event = readPlain(stored);
        found.set(event.uid, event);
      }
      return found;
    },
  };
}
export type OtherSide = ReturnType<typeof createOtherSide>;

/** The few fields that are compared, by plain text search. */
function readPlain(text: string): PlainEvent {
  const flat = text.replaceAll(/\r?\n[ \t]/g, "");
  const value = (name: string) => new RegExp(`^${name}(?:;[^:\\r\\n]*)?:(.*?)\\r?$`, "m").exec(flat)?.[1] ?? "";
  const time = (name: string) =>
    new Date(value(name).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  return { uid: value("UID"), title: value("SUMMARY"), start: time("DTSTART"), end: time("DTEND") };
}
