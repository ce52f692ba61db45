import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningWeb, startWeb } from "#app/cli/web.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { receiveApplication } from "#app/services/applications.server.ts";
import { activateConnection } from "#app/services/connection-activation.server.ts";
import { jobInput } from "#app/services/job-input.server.ts";
import { saveJob } from "#app/services/jobs.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { closeBrowser, expectNoAxeViolations, openPage, type PageOptions } from "#tests/support/browser.ts";
import { testDatabase } from "#tests/support/database.ts";
import { PASSWORD, type TestMember, testMember } from "#tests/support/people.ts";
import { connectSandboxApp, startSandbox } from "#tests/support/sandbox.ts";

await testDatabase();
const sandbox = await startSandbox();
const ROSA = "rosa@acme.example";
const ROOM = "panel-room@acme.example";
let web: RunningWeb;
let member: TestMember;
let application = "";
let slack = "";

beforeAll(async () => {
  web = await startWeb(0, "127.0.0.1");
  setEnvironment({ PATCHBAY_URL: web.url });
  member = await testMember();
  const { employerId } = member;
  const setup = { calendarIds: [ROSA, ROOM], bookingCalendarId: ROSA };
  const calendar = await connectSandboxApp(sandbox, employerId, "google-calendar", setup);
  slack = await connectSandboxApp(sandbox, employerId, "slack", { channelId: "C0HIRING1" });
  for (const id of [calendar, slack]) await activateConnection(employerId, id, AbortSignal.timeout(10_000));
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
afterAll(async () => {
  await closeBrowser();
  await web.stop();
  await sandbox.close();
});

async function signIn(look: PageOptions): Promise<Page> {
  const page = await openPage({ ...look, baseURL: web.url });
  await page.goto("/login");
  await page.getByLabel("Mail address").fill(member.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((address) => !address.pathname.startsWith("/login"));
  return page;
}

const looks: PageOptions[] = [
  { theme: "light", width: 1280 },
  { theme: "dark", width: 390 },
];

describe("interviews", () => {
  it.each(looks)("have no accessibility violation and no sideways scroll in %o", async (look) => {
    const page = await signIn(look);
    const planned = `/interviews/new?application=${application}&people=${ROSA}&people=${ROOM}&people=${member.email}`;
    for (const path of ["/interviews", planned, `/integrations/${slack}/notifications?rule=new`]) {
      await page.goto(path);
      await expectNoAxeViolations(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect([path, wide]).toEqual([path, false]);
    }
    await page.context().close();
  });

  it("are booked with a time that somebody picks", async () => {
    const page = await signIn({ width: 1280 });
    await page.goto(`/interviews/new?application=${application}&people=${ROSA}&people=${ROOM}`);
    const slot = page.locator(".slot").nth(1);
    const words = (await slot.locator("b").textContent()) ?? "";
    await slot.click();
    await page.getByRole("button", { name: /^Book and invite/ }).click();
    await page.waitForURL(/\/interviews\/[0-9a-f-]{36}$/);
    await page
      .getByText(words.split(" ")[0] ?? "", { exact: false })
      .first()
      .waitFor();
    await page.context().close();
  });
});
