import { describe, expect, it } from "vitest";
import { readFreeBusy, readIcal, toCalEvent } from "./ical.server.ts";
import { occurrencesOf } from "./ical-series.server.ts";
import { editIcal, writeIcal } from "./ical-write.server.ts";
import { ianaNameOf, ianaZone, utc, zoneOfProperty } from "./ical-zones.server.ts";

const calendar = (...lines: string[]) =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", ...lines, "END:VCALENDAR", ""].join("\r\n");
const event = (...lines: string[]) => ["BEGIN:VEVENT", "UID:u-1", "DTSTAMP:20260101T000000Z", ...lines, "END:VEVENT"];
const madrid = ianaZone("Europe/Madrid");
const read = (text: string, from: string, to: string, zone = utc) => {
  const { occurrences, complete } = occurrencesOf(readIcal(text, zone), new Date(from), new Date(to));
  const spans = occurrences.map(
    (one) => `${one.start.toISOString().slice(0, 16)}/${one.end.toISOString().slice(0, 16)}`,
  );
  return { spans: spans.sort(), complete, occurrences };
};
const starts = (text: string, from: string, to: string, zone = utc) =>
  read(text, from, to, zone).spans.map((span) => span.slice(0, 16));

describe("a moment", () => {
  const start = (line: string, ...before: string[]) =>
    readIcal(calendar(...before, ...event(line)), madrid).masters[0]?.start.instant;
  const at = (iso: string) => Date.parse(iso);

  it("in UTC is that moment", () => expect(start("DTSTART:20270302T100000Z")).toBe(at("2027-03-02T10:00:00Z")));
  it("in a named zone needs no rules beside it", () =>
    expect(start("DTSTART;TZID=Europe/Madrid:20270302T100000")).toBe(at("2027-03-02T09:00:00Z")));
  it("in a zone that Windows names is read as the one that is meant", () =>
    expect(start('DTSTART;TZID="Romance Standard Time":20270702T100000')).toBe(at("2027-07-02T08:00:00Z")));
  it("in a zone behind a vendor's path is found at its end", () =>
    expect(ianaNameOf("/freeassociation.sourceforge.net/America/Argentina/Ushuaia")).toBe("America/Argentina/Ushuaia"));
  it("in a zone that nobody knows follows the rules that came with it", () => {
    const zone = [
      ...["BEGIN:VTIMEZONE", "TZID:Office", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0300"],
      ...["TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE"],
    ];
    expect(start("DTSTART;TZID=Office:20270302T100000", ...zone)).toBe(at("2027-03-02T07:00:00Z"));
  });
  it("without a zone is on the calendar's clock", () =>
    expect(start("DTSTART:20270302T100000")).toBe(at("2027-03-02T09:00:00Z")));
  it("that the clock shows twice is its first time", () =>
    expect(start("DTSTART;TZID=Europe/Madrid:20271031T023000")).toBe(at("2027-10-31T00:30:00Z")));
  it("that the clock skips is read as before the change", () =>
    expect(start("DTSTART;TZID=Europe/Madrid:20270328T023000")).toBe(at("2027-03-28T01:30:00Z")));
  it("of a whole day begins at midnight of the calendar's zone", () =>
    expect(start("DTSTART;VALUE=DATE:20270702")).toBe(at("2027-07-01T22:00:00Z")));
});

describe("how long", () => {
  const span = (...lines: string[]) => read(calendar(...event(...lines)), "2027-01-01", "2028-01-01", madrid).spans[0];
  it("a whole day without an end lasts until the next", () =>
    expect(span("DTSTART;VALUE=DATE:20270328")).toBe("2027-03-27T23:00/2027-03-28T22:00"));
  it("a length in days keeps to the clock", () =>
    expect(span("DTSTART;TZID=Europe/Madrid:20270327T120000", "DURATION:P1D")).toBe(
      "2027-03-27T11:00/2027-03-28T10:00",
    ));
  it("a length in hours keeps to the watch", () =>
    expect(span("DTSTART;TZID=Europe/Madrid:20270327T120000", "DURATION:PT24H")).toBe(
      "2027-03-27T11:00/2027-03-28T11:00",
    ));
});

describe("a series", () => {
  const weekly = (...more: string[]) =>
    calendar(
      ...event("DTSTART;TZID=Europe/Madrid:20270308T090000", "DTEND;TZID=Europe/Madrid:20270308T100000", ...more),
    );

  it("keeps its clock time over a change of the clocks", () =>
    expect(starts(weekly("RRULE:FREQ=WEEKLY;COUNT=4"), "2027-03-01", "2027-05-01")).toEqual([
      ...["2027-03-08T08:00", "2027-03-15T08:00", "2027-03-22T08:00", "2027-03-29T07:00"],
    ]));
  it("ends with the occurrence that UNTIL names in UTC", () =>
    expect(starts(weekly("RRULE:FREQ=WEEKLY;UNTIL=20270322T080000Z"), "2027-03-01", "2027-05-01")).toHaveLength(3));
  it("leaves out EXDATE, in its zone or in UTC, and takes RDATE in", () =>
    expect(
      starts(
        weekly(
          "RRULE:FREQ=WEEKLY;COUNT=4",
          "EXDATE;TZID=Europe/Madrid:20270315T090000",
          "EXDATE:20270322T080000Z",
          "RDATE;TZID=Europe/Madrid:20270317T180000",
        ),
        "2027-03-01",
        "2027-05-01",
      ),
    ).toEqual(["2027-03-08T08:00", "2027-03-17T17:00", "2027-03-29T07:00"]));
  it("puts a changed occurrence in the place of the one it replaces", () => {
    const [head] = weekly("RRULE:FREQ=WEEKLY;COUNT=3").split("END:VCALENDAR");
    const moved = event(
      "RECURRENCE-ID;TZID=Europe/Madrid:20270315T090000",
      "DTSTART:20270316T120000Z",
      "DTEND:20270316T123000Z",
    );
    const text = `${head}${moved.join("\r\n")}\r\nEND:VCALENDAR\r\n`;
    expect(starts(text, "2027-03-01", "2027-05-01")).toEqual([
      "2027-03-08T08:00",
      "2027-03-16T12:00",
      "2027-03-22T08:00",
    ]);
    // Also when only the changed one lies in the window.
    expect(starts(text, "2027-03-16", "2027-03-17")).toEqual(["2027-03-16T12:00"]);
    expect(starts(text, "2027-03-15", "2027-03-16")).toEqual([]);
  });
  it("moves on with a change that holds for all later occurrences", () => {
    const [head] = weekly("RRULE:FREQ=WEEKLY;COUNT=4").split("END:VCALENDAR");
    const later = event(
      "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Madrid:20270315T090000",
      "DTSTART;TZID=Europe/Madrid:20270315T110000",
      "DTEND;TZID=Europe/Madrid:20270315T113000",
    );
    const { spans } = read(`${head}${later.join("\r\n")}\r\nEND:VCALENDAR\r\n`, "2027-03-01", "2027-05-01");
    expect(spans).toEqual([
      ...["2027-03-08T08:00/2027-03-08T09:00", "2027-03-15T10:00/2027-03-15T10:30"],
      ...["2027-03-22T10:00/2027-03-22T10:30", "2027-03-29T09:00/2027-03-29T09:30"],
    ]);
  });
  it("of whole days keeps to the calendar's days", () =>
    expect(
      read(
        calendar(...event("DTSTART;VALUE=DATE:20270327", "DTEND;VALUE=DATE:20270328", "RRULE:FREQ=DAILY;COUNT=2")),
        "2027-03-01",
        "2027-05-01",
        madrid,
      ).spans,
    ).toEqual(["2027-03-26T23:00/2027-03-27T23:00", "2027-03-27T23:00/2027-03-28T22:00"]));
  it("that is free, or called off, is there and not busy", () => {
    for (const line of ["TRANSP:TRANSPARENT", "STATUS:CANCELLED"])
      expect(
        read(weekly("RRULE:FREQ=WEEKLY;COUNT=1", line), "2027-03-01", "2027-05-01").occurrences.map(({ busy }) => busy),
      ).toEqual([false]);
  });

  it.each([
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYDAY=TU;INTERVAL=7",
    "FREQ=SECONDLY",
  ])("whose rule cannot be followed (%s) is incomplete and ends all the same", (rule) => {
    const answer = read(weekly(`RRULE:${rule}`), "2029-03-01", "2029-05-01");
    expect(answer.complete).toBe(false);
  });
});

it.each([
  "no calendar at all",
  calendar(...event("SUMMARY:without a start")),
  calendar(...event("DTSTART:20270302T100000Z", "RRULE:FREQ=YEARLY;BYWEEKNO=60")),
])("text that breaks the format is not guessed at", (text) => {
  expect(() => readIcal(text, utc)).toThrow();
});

describe("an object that we write", () => {
  const interview = {
    uid: "iv-1",
    title:
      "Interview; with, signs \\ and a very long title that goes on well beyond what one line may hold, in ünïcode",
    description: "First line\nsecond, line",
    start: new Date("2027-03-02T10:00:00Z"),
    end: new Date("2027-03-02T11:00:00Z"),
    timeZone: "Europe/Madrid",
    attendees: [{ email: "ida@mail.example", name: 'Ida "Ñ"; Núñez' }, { email: "rosa@acme.example" }],
    conference: { url: "https://meet.example/a?b=c&d=e" },
  };
  const inviting = { organizer: { email: "rosa@acme.example", name: "Rosa" }, serverSends: true };
  const now = new Date("2027-01-01T00:00:00Z");
  const text = writeIcal(interview, inviting, now);

  it("keeps the format: CRLF, at most 75 octets a line, no METHOD, times in UTC", () => {
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(text.split("\r\n").filter((line) => Buffer.byteLength(line) > 75)).toEqual([]);
    expect(text).not.toContain("METHOD");
    expect(text).toContain("\r\nDTSTART:20270302T100000Z\r\n");
  });
  it("comes back as it was", () => {
    const [part] = readIcal(text, utc).masters;
    expect(part && toCalEvent(part)).toEqual({
      ...{ uid: interview.uid, title: interview.title, start: interview.start, end: interview.end, timeZone: "UTC" },
      description: `${interview.description}\n\n${interview.conference.url}`,
      location: interview.conference.url,
      attendees: [{ email: "ida@mail.example", name: "Ida  Ñ ; Núñez" }, { email: "rosa@acme.example" }],
    });
  });
  it("lets the server invite, or nobody", () => {
    expect(text).toMatch(/ORGANIZER;CN=Rosa:mailto:rosa@acme\.example/);
    expect(text.replaceAll("\r\n ", "")).toMatch(/ATTENDEE;[^\r]*PARTSTAT=ACCEPTED[^\r]*:mailto:rosa@acme\.example/);
    expect(text).not.toContain("SCHEDULE-AGENT");
    const quiet = writeIcal(interview, { ...inviting, serverSends: false }, now).replaceAll("\r\n ", "");
    expect(quiet.match(/^ATTENDEE.*SCHEDULE-AGENT=CLIENT/gm)).toHaveLength(2);
  });
  it("cannot be made to hold lines of a guest's own", () => {
    const hostile = { email: "a@b.example\r\nX-EVIL:1", name: "x\r\nATTENDEE:mailto:c@d.example" };
    const written = writeIcal({ ...interview, attendees: [hostile] }, inviting, now);
    expect(written).not.toMatch(/^X-EVIL/m);
    expect(written.match(/^ATTENDEE/gm)).toHaveLength(1);
  });

  it("takes a change without losing what others keep there", () => {
    const stored = text
      .replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=TENTATIVE")
      .replace(
        "END:VEVENT",
        "X-APPLE-TRAVEL:PT30M\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT",
      );
    const later = { ...interview, start: new Date("2027-03-02T12:00:00Z"), end: new Date("2027-03-02T13:00:00Z") };
    const edited = editIcal(stored, later, inviting, now).replaceAll("\r\n ", "");
    expect(edited).toContain("DTSTART:20270302T120000Z");
    expect(edited).toContain("SEQUENCE:1");
    for (const kept of ["PARTSTAT=TENTATIVE", "X-APPLE-TRAVEL:PT30M", "TRIGGER:-PT5M"]) expect(edited).toContain(kept);
    expect(editIcal(stored, { ...interview, title: "Other" }, inviting, now)).toContain("SEQUENCE:0");
  });
  it("forgets the old zone when it is moved", () => {
    const stored = calendar(...event("DTSTART;TZID=Europe/Madrid:20270302T100000", "DURATION:PT1H"));
    const edited = editIcal(stored, interview, { organizer: null, serverSends: true }, now);
    expect(edited).toMatch(/^DTSTART:20270302T100000Z\r$/m);
    expect(edited).not.toContain("DURATION");
  });
});

describe("a free/busy answer", () => {
  it("is read in all its forms, without what is free", () => {
    const text = calendar(
      "BEGIN:VFREEBUSY",
      "DTSTAMP:20260101T000000Z",
      "FREEBUSY:20270302T090000Z/20270302T100000Z,20270302T120000Z/PT30M",
      "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20270303T090000Z/20270303T100000Z",
      "FREEBUSY;FBTYPE=FREE:20270304T090000Z/20270304T100000Z",
      "END:VFREEBUSY",
    );
    expect(readFreeBusy(text)?.map(({ start, end }) => [start.toISOString(), end.getTime() - start.getTime()])).toEqual(
      [
        ["2027-03-02T09:00:00.000Z", 3_600_000],
        ["2027-03-02T12:00:00.000Z", 1_800_000],
        ["2027-03-03T09:00:00.000Z", 3_600_000],
      ],
    );
  });
  it("is none when it is something else", () => {
    expect(readFreeBusy("<multistatus/>")).toBeNull();
    expect(readFreeBusy(calendar(...event("DTSTART:20270302T100000Z")))).toBeNull();
  });
});

it("the calendar's own zone is read from its property", () => {
  expect(zoneOfProperty("BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nEND:VTIMEZONE")).toBe(
    "America/New_York",
  );
  expect(zoneOfProperty(undefined)).toBe("UTC");
});
