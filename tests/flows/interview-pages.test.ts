import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { receiveApplication } from "#app/services/applications.server.ts";
import { activateConnection } from "#app/services/connection-activation.server.ts";
import { writeInterview } from "#app/services/interview-write.server.ts";
import { listInterviews } from "#app/services/interviews.server.ts";
import { jobInput } from "#app/services/job-input.server.ts";
import { saveJob } from "#app/services/jobs.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";
import { connectSandboxApp, startSandbox } from "#tests/support/sandbox.ts";
import type { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const { url } = await testApp();
const sandbox = await startSandbox();
afterAll(() => sandbox.close());

const signal = new AbortController().signal;
const ROSA = "rosa@acme.example";
let member: TestMember;
let visitor: Visitor;
let application = "";
let slack = "";

beforeAll(async () => {
  member = await testMember();
  const { employerId } = member;
  visitor = await signedIn(url, member);
  const calendar = await connectSandboxApp(sandbox, employerId, "google-calendar", {
    calendarIds: [ROSA, "panel-room@acme.example"],
    bookingCalendarId: ROSA,
  });
  slack = await connectSandboxApp(sandbox, employerId, "slack", { channelId: "C0HIRING1" });
  for (const id of [calendar, slack]) await activateConnection(employerId, id, signal);
  const input = { title: "Backend Engineer", descriptionHtml: "<p>Build.</p>", status: "open" as const };
  const { id: jobId } = await saveJob(member.actor, null, jobInput.parse(input));
  const received = await withEmployer(employerId, (tx) =>
    receiveApplication(tx, employerId, {
      ...{ jobId, source: "career-site", appliedAt: new Date(), answers: [] },
      candidate: { firstName: "Wen", lastName: "Li", emails: ["wen.li@mail.example"], phones: [], links: [] },
    }),
  );
  application = received.applicationId;
});

/** The value of a form's field as the page holds it. */
const field = (html: string, name: string): string =>
  new RegExp(`name="${name}"[^>]*value="([^"]*)"`).exec(html)?.[1] ?? "";
const slotOf = (html: string): string => /name="slot"[^>]*value="([^"]+)"/.exec(html)?.[1] ?? "";
const fromNextMonth = () => new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
const plan = (extra = "") =>
  visitor.get(`/interviews/new?application=${application}&people=${ROSA}&minutes=30&from=${fromNextMonth()}${extra}`);

describe("without script", () => {
  it("a person finds a time, books it, moves it and calls it off", async () => {
    const page = await plan();
    expect(page.status).toBe(200);
    expect(page.body).toContain("Find a time for Wen Li");
    const slot = slotOf(page.body);
    expect(new Date(slot).getTime()).toBeGreaterThan(Date.now());
    const form = {
      ...{ key: field(page.body, "key"), application, minutes: "30", people: ROSA, slot },
      ...{ title: "Interview with Wen Li", where: "video", location: "", notes: "Hello." },
    };
    const booked = await visitor.post("/interviews/new", form);
    expect(booked.status).toBe(302);
    const here = booked.location ?? "";
    expect((await visitor.post("/interviews/new", form)).location).toBe(here);
    const id = here.split("/").at(-1) ?? "";
    await writeInterview(member.employerId, id, signal);
    const shown = await visitor.get(here);
    expect(shown.body).toContain("Booked");
    expect(shown.body).toContain("https://meet.google.com/");
    expect((await visitor.get("/interviews")).body).toContain(here);

    const other = await visitor.get(`/interviews/new?move=${id}&from=${fromNextMonth()}`);
    const later = [...other.body.matchAll(/name="slot"[^>]*value="([^"]+)"/g)].at(-1)?.[1] ?? "";
    const moved = await visitor.post("/interviews/new", { move: id, minutes: "30", slot: later });
    expect(moved.location).toBe(here);
    await writeInterview(member.employerId, id, signal);
    const [row] = await listInterviews(member.actor, { from: new Date() });
    expect([row?.state, row?.startsAt.toISOString()]).toEqual(["booked", later]);

    expect((await visitor.post(here, { intent: "cancel" })).status).toBe(302);
    await writeInterview(member.employerId, id, signal);
    expect((await visitor.get(here)).body).toContain("Cancelled");
  });

  it("a time that was taken meanwhile is refused on the same page, with who is busy", async () => {
    const page = await plan();
    const slot = slotOf(page.body);
    const start = new Date(slot).toISOString();
    await sandbox.control("google-calendar", "actions/add-event", {
      ...{ account: ROSA, calendarId: ROSA, summary: "Dentist", start, hours: "1" },
    });
    const form = {
      key: field(page.body, "key"),
      application,
      minutes: "30",
      people: ROSA,
      slot,
      title: "Talk",
      where: "video",
    };
    const refused = await visitor.post(`/interviews/new?application=${application}`, form);
    expect(refused.status).toBe(400);
    expect(refused.body).toContain("has something else");
  });

  it("somebody whose calendar nobody sees is shown as unknown and needs a tick", async () => {
    const stranger = await testMember({ employerId: member.employerId, name: "Tom Reyes" });
    const page = await plan(`&people=${stranger.email}`);
    expect(page.body).toContain("We cannot see the day of");
    expect(page.body).toContain("Book without seeing Tom Reyes");
  });

  it("a viewer may look and not book, and another employer finds nothing", async () => {
    const viewer = await signedIn(url, await testMember({ employerId: member.employerId, role: "viewer" }));
    expect((await viewer.get("/interviews")).status).toBe(200);
    expect((await viewer.get(`/interviews/new?application=${application}`)).status).toBe(403);
    const stranger = await signedIn(url, await testMember());
    expect((await stranger.get(`/interviews/new?application=${application}`)).status).toBe(404);
    const [row] = await listInterviews(member.actor, { from: new Date() });
    expect((await stranger.get(`/interviews/${row?.id}`)).status).toBe(404);
  });
});

describe("the notifications tab", () => {
  it("shows rules, previews words without sending and saves them", async () => {
    const base = `/integrations/${slack}/notifications`;
    const page = await visitor.get(base);
    expect(page.body).toContain("Somebody applies");
    const opened = await visitor.get(`${base}?rule=new&event=job.closed`);
    expect(opened.body).toContain("{{job.title}}");
    const rule = {
      rule: "",
      eventType: "job.closed",
      destinationId: "C0RANDOM1",
      title: "Done: {{job.title}}",
      body: "",
    };
    const preview = await visitor.post(base, { ...rule, intent: "preview" });
    expect(preview.body).toContain("Done: Senior Platform Engineer");
    expect((await visitor.post(base, { ...rule, intent: "save" })).status).toBe(302);
    expect((await visitor.get(base)).body).toContain("#random");
    const wrong = await visitor.post(base, { ...rule, title: "{{candidate.email}}", intent: "save" });
    expect([wrong.status, wrong.body.includes("The event has no")]).toEqual([400, true]);
  });
});
