import assert from "node:assert/strict";
import { z } from "zod";
import type { CalEvent, Calendar, EventRef } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { LocalVendor } from "#app/integrations/local.server.ts";
import { asText, eventLines, type OtherSide, type PlainEvent } from "./other-side.ts";

export interface Bench {
  vendor: LocalVendor;
  calendar: Calendar;
  calendarId: string;
  other: OtherSide;
}

export type Figures = Record<string, number | string>;
const DAY = 86_400_000;
const HOUR = 3_600_000;

/** A small generator of our own: the same seed makes the same edits. */
function dice(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const upTo = (most: number) => Math.floor(next() * most);
  return { upTo, pick: <T>(from: readonly T[]): T | undefined => from[upTo(from.length)] };
}

const invitation = (uid: string, start: Date, title = "Interview: Senior Welder"): CalEvent => ({
  ...{ uid, title, start, end: new Date(start.getTime() + HOUR), timeZone: "Europe/Madrid" },
  description: "Panel talk & tour; bring, please, one project.",
  attendees: [{ email: "ida@mail.example", name: "Ida Núñez" }],
});

async function kindOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "done",
    (error: unknown) => (error instanceof IntegrationError ? error.kind : String(error)),
  );
}

export async function discovers({ vendor, calendar, calendarId }: Bench): Promise<Figures> {
  const account = await vendor.adapter.test(vendor.ctx);
  const all = await calendar.list(vendor.ctx);
  assert.ok(
    all.some((one) => one.id === calendarId && one.writable),
    `The calendar is not in the list: ${all.map((one) => one.id).join(", ")}`,
  );
  return { account: account.name, calendars: all.length };
}

export async function writes({ vendor, calendar, calendarId, other }: Bench): Promise<Figures> {
  const { ctx } = vendor;
  const start = new Date(Math.ceil(Date.now() / DAY) * DAY + 20 * DAY + 10 * HOUR);
  const event = invitation("servers-write-1", start);
  const made = await calendar.create(ctx, calendarId, event);
  assert.match((await other.get(event.uid)) ?? "", /SUMMARY:Interview: Senior Welder/);
  assert.equal((await calendar.create(ctx, calendarId, event)).id, made.id, "Booking twice made two events.");
  const current = await calendar.create(ctx, calendarId, event);
  const later = { ...event, start: new Date(start.getTime() + 2 * HOUR), end: new Date(start.getTime() + 3 * HOUR) };
  const moved = await calendar.update(ctx, current, later);
  const hour = later.start.toISOString().slice(11, 13);
  assert.match((await other.get(event.uid)) ?? "", new RegExp(`DTSTART:\\d{8}T${hour}0000Z`), "It was not moved.");
  const stale = current.etag === null ? "no etag" : await kindOf(calendar.update(ctx, current, event));
  assert.equal(stale, "conflict", "A stale change was taken.");
  assert.equal(await kindOf(calendar.remove(ctx, current)), "conflict", "A stale cancellation was taken.");
  await calendar.remove(ctx, moved);
  await calendar.remove(ctx, moved);
  assert.equal(await other.get(event.uid), null, "It is still there.");
  return { created: 1, moved: 1, cancelled: 1, conflicts: 2 };
}

/** A weekly series over a change of the clocks with a day left out and one moved, whole days, and what is not busy. */
export async function busy({ vendor, calendar, calendarId, other }: Bench): Promise<Figures> {
  const zone = ";TZID=Europe/Madrid";
  const series = [
    ...["BEGIN:VEVENT", "UID:servers-series", "DTSTAMP:20260101T000000Z", "SUMMARY:Weekly"],
    ...[`DTSTART${zone}:20270308T090000`, `DTEND${zone}:20270308T100000`, "RRULE:FREQ=WEEKLY;COUNT=6"],
    ...[`EXDATE${zone}:20270315T090000`, "END:VEVENT"],
    ...["BEGIN:VEVENT", "UID:servers-series", "DTSTAMP:20260101T000000Z", "SUMMARY:Weekly, moved"],
    ...[`RECURRENCE-ID${zone}:20270322T090000`, `DTSTART${zone}:20270323T160000`, `DTEND${zone}:20270323T170000`],
    "END:VEVENT",
  ];
  const madrid = [
    ...["BEGIN:VTIMEZONE", "TZID:Europe/Madrid", "BEGIN:DAYLIGHT", "DTSTART:19700329T020000", "TZOFFSETFROM:+0100"],
    ...["TZOFFSETTO:+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "END:DAYLIGHT", "BEGIN:STANDARD"],
    ...["DTSTART:19701025T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100"],
    ...["RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD", "END:VTIMEZONE"],
  ];
  await other.putText("servers-series", asText([...madrid, ...series]));
  const one = (uid: string, start: string, extra: string[] = []) => {
    const at = new Date(start);
    const lines = eventLines({ uid, title: uid, start: at, end: new Date(at.getTime() + HOUR) });
    return other.putText(uid, asText([...lines.slice(0, -1), ...extra, "END:VEVENT"]));
  };
  await one("servers-single", "2027-03-10T12:00:00Z");
  await one("servers-free", "2027-03-11T12:00:00Z", ["TRANSP:TRANSPARENT"]);
  await one("servers-off", "2027-03-12T12:00:00Z", ["STATUS:CANCELLED"]);
  const range = { from: new Date("2027-03-01T00:00:00Z"), to: new Date("2027-05-01T00:00:00Z") };
  const answer = await calendar.freeBusy(vendor.ctx, { calendarIds: [calendarId, `${calendarId}none/`], ...range });
  const found = answer.busy.map(({ start }) => start.toISOString().slice(0, 16)).sort();
  // The clocks change on 28 March: nine in Madrid is eight in UTC before, seven after.
  const expected = [
    ...["2027-03-08T08:00", "2027-03-10T12:00", "2027-03-23T15:00"],
    ...["2027-03-29T07:00", "2027-04-05T07:00", "2027-04-12T07:00"],
  ];
  assert.deepEqual(found, expected);
  assert.deepEqual(
    answer.unknown.map((unknown) => unknown.calendarId),
    [`${calendarId}none/`],
    "A calendar that is not there must be unknown.",
  );
  for (const uid of ["servers-series", "servers-single", "servers-free", "servers-off"]) await other.remove(uid);
  return { busy: found.length, unknown: answer.unknown.length };
}

type Mirror = Map<string, { ref: EventRef; event: CalEvent | null }>;

/** Our copy, brought up to date as the engine does it. */
async function pull({ vendor, calendar, calendarId }: Bench, mirror: Mirror, from: string | null): Promise<string> {
  for (let token = from, page = 0; ; page++) {
    const changes = await calendar.changes(vendor.ctx, calendarId, token);
    for (const { ref, event } of changes.upserts) mirror.set(ref.id, { ref, event });
    for (const id of changes.removedIds) mirror.delete(id);
    token = changes.token;
    if (!changes.more) return token;
    assert.ok(page < 500, "The changes never end.");
  }
}

/**
 * Random edits on both sides in turn, ours through the adapter, theirs by plain requests, read in between at random. At the
 * end our copy, the server and what was meant must be the same.
 */
export async function converges(bench: Bench, seed: number, each: number): Promise<Figures> {
  const { vendor, calendar, calendarId, other } = bench;
  const { ctx } = vendor;
  const { upTo, pick } = dice(seed);
  const first = Math.ceil(Date.now() / DAY) * DAY;
  const mirror: Mirror = new Map();
  const meant = new Map<string, PlainEvent>();
  const figures = { ours: 0, theirs: 0, created: 0, changed: 0, removed: 0, conflicts: 0, pulls: 1 };
  let token = await pull(bench, mirror, null);
  const refOf = (uid: string) => [...mirror.values()].find((one) => one.event?.uid === uid)?.ref;

  const fresh = (uid: string): PlainEvent => {
    const start = new Date(first + upTo(60) * DAY + upTo(96) * 900_000);
    return { uid, title: `Edit ${upTo(1_000_000)}`, start, end: new Date(start.getTime() + (1 + upTo(8)) * 900_000) };
  };
  const asEvent = (plain: PlainEvent): CalEvent => ({
    ...invitation(plain.uid, plain.start, plain.title),
    end: plain.end,
  });

  /** A change or cancellation of ours: a conflict means that they were first, so our copy is read and it is tried again. */
  const insist = async (uid: string, act: (ref: EventRef) => Promise<EventRef | null>): Promise<EventRef | null> => {
    for (let turn = 0; turn < 4; turn++) {
      const ref = refOf(uid);
      assert.ok(ref, `Our copy does not know ${uid}.`);
      try {
        return await act(ref);
      } catch (error) {
        if (!(error instanceof IntegrationError) || error.kind !== "conflict") throw error;
        figures.conflicts++;
        figures.pulls++;
        token = await pull(bench, mirror, token);
      }
    }
    throw new Error(`${uid} stayed in conflict.`);
  };

  const ourEdit = async () => {
    figures.ours++;
    const what = upTo(10);
    const known = pick([...meant.keys()].filter((uid) => refOf(uid)));
    if (known === undefined || what < 4) {
      const plain = fresh(`ours-${seed}-${figures.ours}`);
      const ref = await calendar.create(ctx, calendarId, asEvent(plain));
      mirror.set(ref.id, { ref, event: asEvent(plain) });
      meant.set(plain.uid, plain);
      figures.created++;
      // As the engine does after a booking: a server need not tell of what came and went between two tokens.
      figures.pulls++;
      token = await pull(bench, mirror, token);
    } else if (what < 8) {
      const plain = fresh(known);
      const ref = await insist(known, (at) => calendar.update(ctx, at, asEvent(plain)));
      if (ref) mirror.set(ref.id, { ref, event: asEvent(plain) });
      meant.set(known, plain);
      figures.changed++;
    } else {
      const at = refOf(known);
      await insist(known, (ref) => calendar.remove(ctx, ref).then(() => null));
      if (at) mirror.delete(at.id);
      meant.delete(known);
      figures.removed++;
    }
  };

  const theirEdit = async () => {
    figures.theirs++;
    const what = upTo(10);
    const known = pick([...meant.keys()]);
    if (known === undefined || what < 4) {
      const plain = fresh(`theirs-${seed}-${figures.theirs}`);
      await other.put(plain);
      meant.set(plain.uid, plain);
      figures.created++;
    } else if (what < 8) {
      const plain = fresh(known);
      await other.put(plain);
      meant.set(known, plain);
      figures.changed++;
    } else {
      await other.remove(known);
      meant.delete(known);
      figures.removed++;
      // A cancelled interview is not edited further: our side learns of it before its next move.
      figures.pulls++;
      token = await pull(bench, mirror, token);
    }
  };

  const turns = Array.from({ length: each * 2 }, (_, index) => index < each);
  for (let left = turns.length - 1; left > 0; left--) {
    const other = upTo(left + 1);
    [turns[left], turns[other]] = [turns[other] ?? true, turns[left] ?? true];
  }
  for (const ours of turns) {
    await (ours ? ourEdit() : theirEdit());
    if (upTo(8) === 0) {
      figures.pulls++;
      token = await pull(bench, mirror, token);
    }
  }
  figures.pulls++;
  token = await pull(bench, mirror, token);

  const line = (uid: string, title: string, start: Date, end: Date) =>
    `${uid} ${title} ${start.toISOString()} ${end.toISOString()}`;
  const asked = [...meant.values()].map((one) => line(one.uid, one.title, one.start, one.end)).sort();
  const kept = [...(await other.everything()).values()]
    .map((one) => line(one.uid, one.title, one.start, one.end))
    .sort();
  const mine = [...mirror.values()].flatMap(({ event }) =>
    event ? [line(event.uid, event.title, event.start, event.end)] : [],
  );
  assert.deepEqual(kept, asked, "The server does not hold what was meant.");
  assert.deepEqual(mine.sort(), kept, "Our copy and the server differ.");

  const again: Mirror = new Map();
  await pull(bench, again, null);
  assert.deepEqual([...again.keys()].sort(), [...mirror.keys()].sort(), "A full read finds something else.");
  assert.deepEqual(
    [...again.values()].map(({ ref }) => `${ref.id} ${ref.etag}`).sort(),
    [...mirror.values()].map(({ ref }) => `${ref.id} ${ref.etag}`).sort(),
    "A full read finds other versions.",
  );
  const quiet = await calendar.changes(ctx, calendarId, token);
  assert.deepEqual([quiet.upserts, quiet.removedIds], [[], []], "Without edits something is still told.");
  return { seed, ...figures, standing: kept.length };
}

/** A token of nobody's is dead, and a full read goes on from there. */
export async function deadToken(bench: Bench): Promise<Figures> {
  const { vendor, calendar, calendarId } = bench;
  const token = await pull(bench, new Map(), null);
  const { sync } = z.object({ sync: z.string().nullable() }).parse(JSON.parse(token));
  if (sync === null) return { tokens: "none" };
  const spoilt = token.replace(sync.slice(-8), "00ff00ff");
  assert.equal(await kindOf(calendar.changes(vendor.ctx, calendarId, spoilt)), "cursor-expired");
  await pull(bench, new Map(), null);
  return { refused: 1 };
}
