import { log } from "#app/platform/log.server.ts";
import { activateConnection } from "#app/services/connection-activation.server.ts";
import { setFeatures, testConnection } from "#app/services/connections.server.ts";
import { runPage } from "#app/services/sync-page.server.ts";
import { openRun } from "#app/services/sync-runs.server.ts";
import { withEmployer } from "../client.server.ts";
import { makeJobs } from "./jobs.ts";
import { makePeople } from "./people.ts";
import { makeApplicants, makePostings, type StoryBoards } from "./postings.ts";
import { makeEndpoint, makeInterview, makePast } from "./rest.ts";
import { choose, connectByConsent, connectByForm, control, registerWebhook } from "./vendors.ts";

/** The ATS's jobs come first, so that the employer's own stand above them; everything else is copied by the worker. */
async function copyJobs(employerId: string, connectionId: string): Promise<void> {
  await activateConnection(employerId, connectionId, AbortSignal.timeout(20_000));
  const options = { mode: "full", startedBy: "first copy" } as const;
  const run = await withEmployer(employerId, (tx) => openRun(tx, employerId, connectionId, "jobs", options));
  if (run.started) await runPage(employerId, run.runId, 0, AbortSignal.timeout(20_000));
}

/** Tells the whole story through the same services that people use, against the simulated vendors. */
export async function tellStory(): Promise<void> {
  const { mara, jonas } = await makePeople();
  const greenhouse = await connectByForm(mara, "greenhouse");
  await copyJobs(mara.employerId, greenhouse);
  const jobs = await makeJobs(mara);
  await setFeatures(mara, greenhouse, { push: true });
  await registerWebhook(mara, greenhouse, "greenhouse", "acme");
  const slack = await connectByConsent(mara, "slack", "T0ACME0001");
  await choose(mara, slack, { channelId: (label) => label.includes("hiring") });
  const rosa = await connectByConsent(mara, "google-calendar", "rosa@acme.example");
  await choose(mara, rosa, { bookingCalendarId: (label) => label.startsWith("Interviews") });
  // The worker would do it, but it starts after the story, and only followed calendars can be booked.
  await activateConnection(mara.employerId, rosa, AbortSignal.timeout(20_000));
  await connectByConsent(jonas, "google-calendar", "bo@birch.example", "Google Calendar of Bo");

  const ziprecruiter = await connectByForm(mara, "ziprecruiter");
  await registerWebhook(mara, ziprecruiter, "ziprecruiter", "acme");
  const boards: StoryBoards = {
    ziprecruiter,
    weworkremotely: await connectByForm(mara, "weworkremotely"),
    indeed: await connectByForm(mara, "indeed"),
    wellfound: await connectByForm(mara, "wellfound"),
  };
  await makePast(mara, [greenhouse, slack, rosa, ...Object.values(boards)]);
  await makeEndpoint(mara);
  await makePostings(mara, jobs, boards);
  const [wen] = await makeApplicants(mara, jobs, boards);
  if (wen) await makeInterview(jonas, wen);

  // One connection is red on the first day: its token was revoked, and the sandbox's control page can restore it.
  await control("weworkremotely", "faults", { kind: "revoke", account: "acme" });
  await testConnection(mara, boards.weworkremotely);
  log().info("The story is told: Hollin Verge is at work, Birch Works has nothing connected yet.");
}
