import { eq } from "drizzle-orm";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createSandbox } from "#app/sandbox/create.ts";
import { receiveApplication } from "#app/services/applications.server.ts";
import { readLanes } from "#app/services/availability.server.ts";
import { pullCalendar } from "#app/services/calendar-sync.server.ts";
import { activateConnection } from "#app/services/connection-activation.server.ts";
import { saveSetup, setupQuestions } from "#app/services/connection-setup.server.ts";
import { createConnection, getConnection, saveCredentials } from "#app/services/connections.server.ts";
import { writeInterview } from "#app/services/interview-write.server.ts";
import { bookInterview, cancelInterview, getInterview } from "#app/services/interviews.server.ts";
import { jobInput } from "#app/services/job-input.server.ts";
import { saveJob } from "#app/services/jobs.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { calendarEvent, calendarStream } from "#db/schema/interviews.ts";
import { testDatabase } from "#tests/support/database.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";

await testDatabase();
const sandbox = await createSandbox();
setEnvironment({ PATCHBAY_SANDBOX_URL: sandbox.origin, PATCHBAY_URL: "https://portal.test" });
afterAll(() => sandbox.close());

const vendorIds = ["caldav", "fastmail", "icloud", "nextcloud", "zoho-calendar"];
const ROSA = "rosa@acme.example";
const GUEST = "wen.li@mail.example";
const HOUR = 3_600_000;
const signal = new AbortController().signal;

let member: TestMember;
beforeEach(async () => {
  for (const id of vendorIds) sandbox.vendor(id).reset();
  member = await testMember();
});

const inTenant = <T>(work: Parameters<typeof withEmployer<T>>[1]) => withEmployer(member.employerId, work);

/** As a person does it: credentials, then the calendars that the server lists. */
async function connect(vendorId: string): Promise<{ id: string; work: string; interviews: string }> {
  const { actor } = member;
  const id = await createConnection(actor, { vendorId, environment: "sandbox" });
  const proof = await saveCredentials(actor, id, { ...sandbox.vendor(vendorId).credentials().good?.config });
  expect(proof).toMatchObject({ ok: true });
  expect(await getConnection(actor, id)).toMatchObject({ state: "needs_setup", accountName: ROSA });
  const [question] = await setupQuestions(actor, id);
  const named = (name: string) => question?.options.find((one) => one.label.startsWith(name))?.value ?? "";
  const [work, interviews] = [named("Work"), named("Interviews")];
  expect(question?.options.map(({ label }) => label).sort()).toEqual([
    ...["Interviews", "Team holidays (read only)", "Work (primary)"],
  ]);
  await saveSetup(actor, id, { calendarIds: [work, interviews], bookingCalendarId: [interviews] });
  await activateConnection(member.employerId, id, signal);
  return { id, work, interviews };
}

/** Six weeks ahead the simulated people have little. */
const at = (hour: number, days = 42) => {
  const day = new Date(Date.now() + days * 24 * HOUR);
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hour));
};

async function booked(people: readonly string[]): Promise<string> {
  const { id: jobId } = await saveJob(
    member.actor,
    null,
    jobInput.parse({ title: "Welder", descriptionHtml: "<p>Weld well.</p>", status: "open" }),
  );
  const { applicationId } = await inTenant((tx) =>
    receiveApplication(tx, member.employerId, {
      jobId,
      source: "career-site",
      appliedAt: new Date(),
      answers: [],
      candidate: { firstName: "Wen", lastName: "Li", emails: [GUEST], phones: [], links: [] },
    }),
  );
  const { id } = await bookInterview(member.actor, {
    ...{ key: newId(), applicationId, title: "Interview with Wen Li", startsAt: at(11).toISOString(), minutes: 45 },
    ...{ people: [...people], timeZone: "Europe/Madrid", meeting: false, location: "Room 4", notes: "", unseen: true },
  });
  await writeInterview(member.employerId, id, signal);
  return id;
}

const row = async (id: string) => (await getInterview(member.actor, id)).row;
const sent = z.object({ sent: z.array(z.object({ to: z.string(), kind: z.string() })) });
const invitations = (vendorId: string) =>
  sent.parse(sandbox.vendor(vendorId).state()).sent.map(({ to, kind }) => `${kind} ${to}`);
const act = (vendorId: string, action: string, input: Record<string, string>) =>
  sandbox.vendor(vendorId).runAction(action, { account: ROSA, ...input });

describe.each(vendorIds)("an interview in %s", (vendorId) => {
  it("is booked in the chosen calendar, follows what its owner does there, and is cancelled with them", async () => {
    const { id: connectionId, work, interviews } = await connect(vendorId);
    const pull = () => pullCalendar(member.employerId, connectionId, interviews, signal);
    await pull();
    const id = await booked([work]);
    const made = await row(id);
    expect(made).toMatchObject({ state: "booked", calendarId: interviews, error: null });
    expect((await getInterview(member.actor, id)).attendees.map(({ email }) => email).sort()).toEqual([ROSA, GUEST]);
    if (vendorId !== "zoho-calendar") expect(invitations(vendorId)).toEqual([`REQUEST ${GUEST}`]);

    await pull();
    expect((await row(id)).state).toBe("booked");
    if (vendorId !== "zoho-calendar") {
      await act(vendorId, "answer", { object: made.uid, email: GUEST, response: "ACCEPTED" });
      await pull();
      expect(await row(id)).toMatchObject({ state: "booked", startsAt: made.startsAt });
    }
    await act(vendorId, "move-event", { object: made.uid, hours: "2" });
    await pull();
    expect(await row(id)).toMatchObject({ state: "moved", startsAt: at(13) });

    await cancelInterview(member.actor, id);
    await writeInterview(member.employerId, id, signal);
    expect((await row(id)).state).toBe("cancelled");
    if (vendorId !== "zoho-calendar") expect(invitations(vendorId).at(-1)).toBe(`CANCEL ${GUEST}`);
    await expect(act(vendorId, "delete-event", { object: made.uid })).rejects.toThrow("There is no event");
  });

  it("that its owner deletes counts as cancelled, also when the server has forgotten where we were", async () => {
    const { id: connectionId, work, interviews } = await connect(vendorId);
    const pull = () => pullCalendar(member.employerId, connectionId, interviews, signal);
    const id = await booked([work]);
    await pull();
    await act(vendorId, "delete-event", { object: (await row(id)).uid });
    const faults = sandbox.vendor(vendorId).stateFaults;
    if (faults["dead-cursor"])
      sandbox.vendor(vendorId).addFault({ kind: "dead-cursor", count: 1, seconds: 2, retryAfter: "seconds" }, {});
    await pull();
    expect((await row(id)).state).toBe("cancelled");
  });
});

describe.each(["caldav", "zoho-calendar"])("the copy of a calendar in %s", (vendorId) => {
  const mirrored = (connectionId: string) =>
    inTenant((tx) => tx.select().from(calendarEvent).where(eq(calendarEvent.connectionId, connectionId)));

  it("holds each time of a series, drops them with it, and answers when the server does not", async () => {
    const { id, work } = await connect(vendorId);
    const pull = () => pullCalendar(member.employerId, id, work, signal);
    const start = at(6, 40);
    const rule = "FREQ=WEEKLY;COUNT=3";
    await act(vendorId, "add-event", { summary: "Course", start: start.toISOString(), hours: "1", rule });
    await pull();
    const starts = async () =>
      (await mirrored(id))
        .filter(
          (one) =>
            one.externalId.includes("#") &&
            [0, 7, 14].some((days) => one.startsAt?.getTime() === start.getTime() + days * 24 * HOUR),
        )
        .map((one) => one.startsAt?.toISOString());
    expect((await starts()).length).toBe(3);

    const window = [new Date(start.getTime() - 12 * HOUR), new Date(start.getTime() + 15 * 24 * HOUR)] as const;
    const [live] = await readLanes(member.actor, [work], ...window);
    expect(live?.state).toBe("live");
    const key = (span: { start: Date; end: Date }) => `${span.start.toISOString()}/${span.end.toISOString()}`;
    const courses = live?.busy
      .filter((span) => (span.start.getTime() - start.getTime()) % (7 * 24 * HOUR) === 0)
      .map(key);
    expect(courses).toHaveLength(3);
    sandbox.vendor(vendorId).addFault({ kind: "503", count: 0, seconds: 60, retryAfter: "seconds" }, {});
    const [copy] = await readLanes(member.actor, [work], ...window);
    expect(copy?.state).toBe("mirrored");
    for (const one of courses ?? []) expect(copy?.busy.map(key)).toContain(one);
    const [far] = await readLanes(
      member.actor,
      [work],
      new Date(Date.now() + 200 * 24 * HOUR),
      new Date(Date.now() + 201 * 24 * HOUR),
    );
    expect(far?.state).toBe("unknown");
    sandbox.vendor(vendorId).faults.clear();

    const uid = z
      .object({
        accounts: z.array(
          z.object({
            collections: z.array(z.object({ objects: z.array(z.object({ name: z.string(), text: z.string() })) })),
          }),
        ),
      })
      .parse(sandbox.vendor(vendorId).state())
      .accounts.flatMap((account) => account.collections.flatMap((one) => one.objects))
      .find((one) => one.text.includes("SUMMARY:Course"))?.name;
    await act(vendorId, "delete-event", { object: uid ?? "" });
    await inTenant((tx) => tx.update(calendarStream).set({ error: null }));
    await pull();
    expect(await starts()).toEqual([]);
  });
});

it("a server that tells changes piece by piece is read to the end", async () => {
  const { id, work } = await connect("caldav");
  await pullCalendar(member.employerId, id, work, signal);
  await act("caldav", "settings", { pageLimit: "2" });
  for (let hour = 0; hour < 7; hour++)
    await act("caldav", "add-event", { summary: `Piece ${hour}`, start: at(hour, 50).toISOString(), hours: "1" });
  await pullCalendar(member.employerId, id, work, signal);
  const rows = await inTenant((tx) => tx.select().from(calendarEvent));
  expect(
    rows.filter(
      (one) => one.startsAt && one.startsAt >= at(0, 50) && one.startsAt < at(7, 50) && !one.externalId.includes("#"),
    ),
  ).toHaveLength(7);
});
