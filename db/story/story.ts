import { activateConnection } from "#app/services/connection-activation.server.ts";
import { setFeatures, testConnection } from "#app/services/connections.server.ts";
import { runPage } from "#app/services/sync-page.server.ts";
import { openRun } from "#app/services/sync-runs.server.ts";
import { withEmployer } from "../client.server.ts";
import { makeJobs } from "./jobs.ts";
import { makePeople } from "./people.ts";
import { freePostings, makeApplicants, makePostings, type StoryBoards } from "./postings.ts";
import { makeEndpoint, makeInterview, makePast } from "./rest.ts";
import type { StorySteps } from "./steps.ts";
import { choose, connectByConsent, connectByForm, control, registerWebhook } from "./vendors.ts";

/** The ATS's jobs come first, so that the employer's own stand above them; everything else is copied by the worker. */
async function copyJobs(employerId: string, connectionId: string): Promise<void> {
  await activateConnection(employerId, connectionId, AbortSignal.timeout(20_000));
  const options = { mode: "full", startedBy: "first copy" } as const;
  const run = await withEmployer(employerId, (tx) => openRun(tx, employerId, connectionId, "jobs", options));
  if (run.started) await runPage(employerId, run.runId, 0, AbortSignal.timeout(20_000));
}

/**
 * Tells the whole story through the same services that people use, against the simulated vendors; goes on where an
 * interrupted one was. `onPeople` is called once somebody can sign in.
 */
export async function tellStory(steps: StorySteps, onPeople: () => void): Promise<void> {
  const { mara, jonas } = await makePeople(steps);
  onPeople();
  const { employerId } = mara;
  if (steps.resumed) await freePostings(mara);
  const byForm = (vendorId: string, chosen?: Readonly<Record<string, string>>) =>
    steps.once(`connect ${vendorId}`, (key) => connectByForm(mara, vendorId, key, chosen));

  const greenhouse = await byForm("greenhouse");
  await steps.once("copy jobs", () => copyJobs(employerId, greenhouse));
  const jobs = await makeJobs(steps, mara);
  await steps.once("set up greenhouse", async () => {
    await setFeatures(mara, greenhouse, { push: true });
    await registerWebhook(mara, greenhouse, "greenhouse", "acme");
  });
  const slack = await steps.once("connect slack", (key) => connectByConsent(mara, "slack", "T0ACME0001", { key }));
  await steps.once("set up slack", () => choose(mara, slack, { channelId: (label) => label.includes("hiring") }));
  const rosa = await steps.once("connect rosa", (key) =>
    connectByConsent(mara, "google-calendar", "rosa@acme.example", { key }),
  );
  await steps.once("set up rosa", async () => {
    await choose(mara, rosa, { bookingCalendarId: (label) => label.startsWith("Interviews") });
    // The worker would do it, but it starts after the story, and only followed calendars can be booked.
    await activateConnection(employerId, rosa, AbortSignal.timeout(20_000));
  });
  await steps.once("connect bo", (key) =>
    connectByConsent(jonas, "google-calendar", "bo@birch.example", { key, label: "Google Calendar of Bo" }),
  );

  const ziprecruiter = await byForm("ziprecruiter");
  await steps.once("set up ziprecruiter", () => registerWebhook(mara, ziprecruiter, "ziprecruiter", "acme"));
  const boards: StoryBoards = {
    ziprecruiter,
    weworkremotely: await byForm("weworkremotely"),
    indeed: await byForm("indeed", { way: "feed" }),
    wellfound: await byForm("wellfound"),
  };
  await steps.once("past", () => makePast(mara, [greenhouse, slack, rosa, ...Object.values(boards)]));
  await steps.once("endpoint", () => makeEndpoint(mara));
  await makePostings(steps, mara, jobs, boards);
  const [wen] = await makeApplicants(steps, mara, jobs, boards);
  if (wen) await steps.once("interview", (key) => makeInterview(jonas, wen, key));

  // One connection is red on the first day: its token was revoked, and the sandbox's control page can restore it.
  await steps.once("revoke weworkremotely", async () => {
    await control("weworkremotely", "faults", { kind: "revoke", account: "acme" });
    await testConnection(mara, boards.weworkremotely);
  });
  await steps.finish();
}
