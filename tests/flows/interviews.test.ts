import { and, eq } from "drizzle-orm";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { receiveApplication } from "#app/services/applications.server.ts";
import { readLanes } from "#app/services/availability.server.ts";
import { freeSlots } from "#app/services/availability-slots.ts";
import { pullCalendar } from "#app/services/calendar-sync.server.ts";
import { activateConnection } from "#app/services/connection-activation.server.ts";
import { giveUpInterview, writeInterview } from "#app/services/interview-write.server.ts";
import {
  acceptOutside,
  type BookingInput,
  bookInterview,
  cancelInterview,
  getInterview,
  moveInterview,
  retryInterview,
} from "#app/services/interviews.server.ts";
import { listIssues } from "#app/services/issues.server.ts";
import { jobInput } from "#app/services/job-input.server.ts";
import { saveJob } from "#app/services/jobs.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { calendarEvent, calendarStream, type interview } from "#db/schema/interviews.ts";
import { type RunningWorker, startWorker } from "#jobs/runner.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { eventTypesOf } from "#tests/support/events.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";
import { connectSandboxApp, startSandbox } from "#tests/support/sandbox.ts";

await testDatabase();
await testApp();
const sandbox = await startSandbox();
afterAll(() => sandbox.close());

const ROSA = "rosa@acme.example";
const ROOM = "panel-room@acme.example";
const BOOKINGS = "c_interviews@group.calendar.google.com";
const signal = new AbortController().signal;

let member: TestMember;
let connectionId: string;
let applicationId: string;
let worker: RunningWorker | undefined;

beforeEach(async () => {
  await sandbox.control("google-calendar", "reset", {});
  member = await testMember();
  connectionId = await connectSandboxApp(sandbox, member.employerId, "google-calendar", {
    calendarIds: [ROSA, ROOM, BOOKINGS],
    bookingCalendarId: BOOKINGS,
  });
  await activateConnection(member.employerId, connectionId, signal);
  applicationId = await someApplication();
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

async function someApplication(): Promise<string> {
  const { id: jobId } = await saveJob(
    member.actor,
    null,
    jobInput.parse({ title: "Senior Backend Engineer", descriptionHtml: "<p>Build the portal.</p>", status: "open" }),
  );
  const received = await withEmployer(member.employerId, (tx) =>
    receiveApplication(tx, member.employerId, {
      jobId,
      source: "career-site",
      appliedAt: new Date(),
      answers: [],
      candidate: { firstName: "Wen", lastName: "Li", emails: ["wen.li@mail.example"], phones: [], links: [] },
    }),
  );
  return received.applicationId;
}

const inTenant = <T>(work: Parameters<typeof withEmployer<T>>[1]) => withEmployer(member.employerId, work);
const rowOf = async (id: string) => (await getInterview(member.actor, id)).row;
const pull = (calendarId = BOOKINGS) => pullCalendar(member.employerId, connectionId, calendarId, signal);
const write = (id: string) => writeInterview(member.employerId, id, signal);

/** Six weeks ahead the simulated people have nothing. */
const at = (hour: number) => {
  const day = new Date(Date.now() + 42 * 86_400_000);
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hour)).toISOString();
};
const booking = (over: Partial<BookingInput> = {}): BookingInput => ({
  key: newId(),
  applicationId,
  title: "Interview with Wen Li",
  startsAt: at(10),
  minutes: 45,
  people: [ROSA],
  timeZone: "Europe/Madrid",
  meeting: true,
  notes: "Bring one project you enjoyed.",
  unseen: false,
  ...over,
});
async function booked(over: Partial<BookingInput> = {}): Promise<string> {
  const { id } = await bookInterview(member.actor, booking(over));
  await write(id);
  return id;
}

const vendorState = z.object({
  accounts: z.array(
    z.object({
      email: z.string(),
      calendars: z.array(
        z.object({
          id: z.string(),
          events: z.array(
            z.object({
              id: z.string(),
              status: z.string(),
              start: z.object({ dateTime: z.string().optional() }),
              attendees: z.array(z.object({ email: z.string() })),
              conference: z.object({ uri: z.string() }).nullable(),
              rest: z.record(z.string(), z.unknown()),
            }),
          ),
        }),
      ),
    }),
  ),
  invitations: z.array(z.object({ to: z.string(), kind: z.string(), summary: z.string() })),
});
async function atVendor() {
  const state = vendorState.parse(await sandbox.control("google-calendar", "state"));
  const account = state.accounts.find(({ email }) => email === ROSA);
  const events = account?.calendars.find(({ id }) => id === BOOKINGS)?.events ?? [];
  return { events, invitations: state.invitations };
}
const act = (action: string, input: Record<string, string>) =>
  sandbox.control("google-calendar", `actions/${action}`, { account: ROSA, ...input });
const eventTypes = () => eventTypesOf(member.employerId);
const openIssueTitles = async () => (await listIssues(member.actor)).open.map(({ title }) => title);

describe("booking", () => {
  it("puts one event with guests and a Meet link on the calendar and invites them", async () => {
    const id = await booked();
    const { events, invitations } = await atVendor();
    expect(events).toHaveLength(1);
    expect(events[0]?.attendees.map(({ email }) => email).sort()).toEqual([ROSA, "wen.li@mail.example"]);
    expect(new Date(events[0]?.start.dateTime ?? "").toISOString()).toBe(at(10));
    expect(invitations.map(({ to, kind }) => `${kind} ${to}`).sort()).toEqual([
      `invitation ${ROSA}`,
      "invitation wen.li@mail.example",
    ]);
    expect(await rowOf(id)).toMatchObject({ state: "booked", joinUrl: events[0]?.conference?.uri, error: null });
    expect(await eventTypes()).toContain("interview.booked");
  });

  it("stays one event when the form is sent twice and the job runs again after its answer was lost", async () => {
    const input = booking();
    const [one, two] = [await bookInterview(member.actor, input), await bookInterview(member.actor, input)];
    expect(two.id).toBe(one.id);
    await sandbox.control("google-calendar", "faults", {
      kind: "drop-response-after-commit",
      count: 3,
      match: "POST .*/events$",
    });
    await write(one.id).catch(() => undefined);
    await sandbox.control("google-calendar", "faults", { kind: "clear" });
    await write(one.id);
    await write(one.id);
    expect((await atVendor()).events).toHaveLength(1);
    expect(await rowOf(one.id)).toMatchObject({ state: "booked" });
  });

  it("is refused at a time that somebody has taken, with who and when", async () => {
    await act("add-event", { calendarId: ROSA, summary: "Dentist", start: at(10), hours: "1" });
    await expect(bookInterview(member.actor, booking())).rejects.toMatchObject({
      kind: "conflict",
      message: expect.stringContaining("from 11:00 to 12:00"),
    });
  });

  it("asks before it books around a calendar that nobody can see", async () => {
    const stranger = await testMember({ employerId: member.employerId, name: "Tom Reyes" });
    const people = [ROSA, stranger.email];
    await expect(bookInterview(member.actor, booking({ people }))).rejects.toMatchObject({
      kind: "invalid",
      message: expect.stringContaining("Tom Reyes"),
    });
    const { id } = await bookInterview(member.actor, booking({ people, unseen: true }));
    const { attendees } = await getInterview(member.actor, id);
    expect(attendees.map(({ email }) => email)).toContain(stranger.email);
  });

  it("that the calendar refuses says so on the interview and as an issue, and can be tried again", async () => {
    const { id } = await bookInterview(member.actor, booking());
    await sandbox.control("google-calendar", "faults", {
      kind: "429",
      count: 0,
      retryAfter: "none",
      match: "POST .*/events$",
    });
    const refusal = await write(id).catch((error: unknown) => error);
    expect(await rowOf(id)).toMatchObject({ state: "booking", error: expect.stringContaining("keep trying") });
    await giveUpInterview(member.employerId, id, refusal);
    expect(await rowOf(id)).toMatchObject({ state: "failed" });
    expect(await openIssueTitles()).toContain("Interview with Wen Li could not be booked");
    await sandbox.control("google-calendar", "faults", { kind: "clear" });
    await sql`update rate_budget set blocked_until = null`;
    await retryInterview(member.actor, id);
    await write(id);
    expect(await rowOf(id)).toMatchObject({ state: "booked" });
    expect(await openIssueTitles()).toEqual([]);
  });

  it("that is cancelled before it was written leaves nothing behind", async () => {
    const { id } = await bookInterview(member.actor, booking());
    await cancelInterview(member.actor, id);
    await write(id);
    expect((await atVendor()).events).toEqual([]);
    expect(await rowOf(id)).toMatchObject({ state: "cancelled" });
  });
});

describe("a move", () => {
  it("changes the event and tells what the time was", async () => {
    const id = await booked();
    await moveInterview(member.actor, id, { startsAt: at(14), minutes: 60 });
    expect((await rowOf(id)).startsAt.toISOString()).toBe(at(10));
    await write(id);
    expect((await rowOf(id)).startsAt.toISOString()).toBe(at(14));
    expect(new Date((await atVendor()).events[0]?.start.dateTime ?? "").toISOString()).toBe(at(14));
    expect(await eventTypes()).toContain("interview.moved");
  });

  it("goes through when a guest has only answered meanwhile", async () => {
    const id = await booked();
    const [made] = (await atVendor()).events;
    await act("answer", { eventId: made?.id ?? "", email: ROSA, response: "accepted" });
    await moveInterview(member.actor, id, { startsAt: at(14), minutes: 45 });
    await write(id);
    expect(await rowOf(id)).toMatchObject({ state: "booked", wantedStartsAt: null });
    expect(new Date((await atVendor()).events[0]?.start.dateTime ?? "").toISOString()).toBe(at(14));
  });

  it("that meets another move shows both times, and a person decides", async () => {
    const id = await booked();
    const [made] = (await atVendor()).events;
    await act("move-event", { eventId: made?.id ?? "", hours: "2" });
    await moveInterview(member.actor, id, { startsAt: at(15), minutes: 45 });
    await write(id);
    const clash = await rowOf(id);
    expect([clash.state, clash.startsAt.toISOString(), clash.wantedStartsAt?.toISOString()]).toEqual([
      "moved",
      at(12),
      at(15),
    ]);
    expect(new Date((await atVendor()).events[0]?.start.dateTime ?? "").toISOString()).toBe(at(12));
    await moveInterview(member.actor, id, { startsAt: at(15), minutes: 45, insist: true });
    await write(id);
    expect(await rowOf(id)).toMatchObject({ state: "booked", wantedStartsAt: null, startsAt: new Date(at(15)) });
    expect(await openIssueTitles()).toEqual([]);
  });
});

describe("what happens in the calendar", () => {
  it("is noticed by its notification: moved, then cancelled", async () => {
    worker = await startWorker();
    const { id } = await bookInterview(member.actor, booking());
    const settled = (check: (row: typeof interview.$inferSelect) => void) =>
      vi.waitFor(async () => check(await rowOf(id)), { timeout: 20_000, interval: 100 });
    await settled((row) => expect(row.state).toBe("booked"));
    await vi.waitFor(async () => expect(await mirrored()).toContain((await rowOf(id)).externalId), { timeout: 20_000 });
    const eventId = (await rowOf(id)).externalId ?? "";
    await act("move-event", { eventId, hours: "1" });
    await settled((row) => expect([row.state, row.startsAt.toISOString()]).toEqual(["moved", at(11)]));
    expect(await openIssueTitles()).toEqual(["Interview with Wen Li was moved in Google Calendar"]);
    await acceptOutside(member.actor, id);
    expect(await openIssueTitles()).toEqual([]);
    await act("delete-event", { eventId });
    await settled((row) => expect(row.state).toBe("cancelled"));
    expect((await eventTypes()).filter((type) => type.startsWith("interview."))).toEqual([
      "interview.booked",
      "interview.moved",
      "interview.cancelled",
    ]);
  });

  it("is not mistaken for the echo of our own writes", async () => {
    const id = await booked();
    await pull();
    await moveInterview(member.actor, id, { startsAt: at(14), minutes: 45 });
    await write(id);
    await pull();
    expect(await rowOf(id)).toMatchObject({ state: "booked" });
    expect(await openIssueTitles()).toEqual([]);
  });

  it("is found by a full read after the change token died, also a removal that nobody reported", async () => {
    const stays = await booked();
    const goes = await booked({ startsAt: at(13) });
    await pull();
    const before = await streamOf();
    expect(before).toMatchObject({ fullSince: null, lastSyncedAt: expect.any(Date) });
    await act("delete-event", { eventId: (await rowOf(goes)).externalId ?? "" });
    await sandbox.control("google-calendar", "faults", { kind: "dead-cursor" });
    await pull();
    expect((await streamOf())?.token).not.toBe(before?.token);
    expect([(await rowOf(stays)).state, (await rowOf(goes)).state]).toEqual(["booked", "cancelled"]);
    expect(await mirrored()).toEqual([(await rowOf(stays)).externalId]);
  });
});

const streamOf = async () => {
  const [row] = await inTenant((tx) =>
    tx
      .select()
      .from(calendarStream)
      .where(and(eq(calendarStream.connectionId, connectionId), eq(calendarStream.calendarId, BOOKINGS))),
  );
  return row;
};
const mirrored = () =>
  inTenant(async (tx) =>
    (await tx.select().from(calendarEvent).where(eq(calendarEvent.calendarId, BOOKINGS))).map((row) => row.externalId),
  );

describe("availability", () => {
  const day = () => at(0).slice(0, 10);
  const lanes = (keys: readonly string[]) => readLanes(member.actor, keys, new Date(at(0)), new Date(at(23)));
  const slots = (found: Awaited<ReturnType<typeof lanes>>) =>
    freeSlots({ lanes: found, days: [day()], timeZone: "UTC", minutes: 60, now: new Date() });

  it("never offers a time at which somebody is busy", async () => {
    await act("add-event", { calendarId: ROSA, summary: "Dentist", start: at(9), hours: "7" });
    const found = await lanes([ROSA, ROOM]);
    expect(found.map(({ state }) => state)).toEqual(["live", "live"]);
    expect(slots(found).map(({ start }) => start.toISOString())).toEqual([at(16)]);
  });

  it("shows a calendar that is not there as unknown, never as free", async () => {
    const [lane] = await lanes(["gone@acme.example"]);
    expect(lane).toMatchObject({ state: "unknown", busy: [] });
    expect(slots([...(await lanes(["gone@acme.example"]))])).toEqual([]);
  });

  it("falls back to our copy with its age when Google is down, and knows nothing without one", async () => {
    await act("add-event", { calendarId: ROSA, summary: "Dentist", start: at(9), hours: "7" });
    await pull(ROSA);
    await sandbox.control("google-calendar", "faults", { kind: "503", count: 0, match: "freeBusy" });
    const [rosa, room] = await lanes([ROSA, ROOM]);
    expect(rosa).toMatchObject({ state: "mirrored", readAt: expect.any(Date), busy: [{ start: new Date(at(9)) }] });
    expect(room).toMatchObject({ state: "unknown" });
  });
});
