import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningWeb, startWeb } from "#app/cli/web.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { jobInput } from "#app/services/job-input.server.ts";
import { type Job, saveJob } from "#app/services/jobs.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { application } from "#db/schema/hiring.ts";
import { closeBrowser, expectNoAxeViolations, openPage, type PageOptions } from "#tests/support/browser.ts";
import { testDatabase } from "#tests/support/database.ts";
import { PASSWORD, type TestMember, testMember } from "#tests/support/people.ts";

await testDatabase();
let web: RunningWeb;
let member: TestMember;
let job: Job;
beforeAll(async () => {
  web = await startWeb(0, "127.0.0.1");
  setEnvironment({ PATCHBAY_URL: web.url });
  member = await testMember();
  const input = jobInput.parse({
    title: "Heat Pump Installer",
    descriptionHtml: "<h2>What you do</h2><p>Fit and check heat pumps.</p><ul><li>A van</li><li>Paid travel</li></ul>",
    departments: ["Field"],
    locations: [{ city: "Denver", region: "CO", country: "US" }],
    salary: { min: 6_800_000, max: 7_900_000, currency: "USD", period: "year" },
    status: "open",
  });
  job = await saveJob(member.actor, null, input);
});
afterAll(async () => {
  await closeBrowser();
  await web.stop();
});

const site = () => `/careers/${member.slug}`;
const looks: PageOptions[] = [
  { theme: "light", width: 1280 },
  { theme: "dark", width: 390 },
];

describe("the career site", () => {
  it.each(looks)("has no accessibility violation and no sideways scroll in %o", async (look) => {
    const page = await openPage({ ...look, baseURL: web.url });
    for (const path of [
      site(),
      `${site()}/${job.slug}`,
      `${site()}/${job.slug}/apply`,
      `${site()}/${job.slug}/thanks`,
    ]) {
      await page.goto(path);
      await expectNoAxeViolations(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    }
    await page.context().close();
  });

  it.each([true, false])("takes an application with script: %s", async (javaScript) => {
    const page = await openPage({ javaScript, baseURL: web.url, width: 390 });
    await page.goto(`${site()}?src=abc`);
    await page.click("text=Heat Pump Installer");
    await page.click("text=Apply for this job");
    await page.fill("#firstName", "Amara");
    await page.fill("#lastName", javaScript ? "Osei" : "Plain");
    await page.fill("#email", "not an address");
    const resume = { name: "cv.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n%%EOF") };
    await page.setInputFiles("#resume", resume);
    await page.click("text=Send application");
    await page.waitForSelector("text=Your application is not sent yet.");
    // The checker is a script itself.
    if (javaScript) await expectNoAxeViolations(page);
    expect(await page.inputValue("#firstName")).toBe("Amara");
    expect(await page.inputValue("input[name=src]")).toBe("abc");
    await page.fill("#email", `amara.${javaScript}@example.com`);
    await page.setInputFiles("#resume", resume);
    await page.click("text=Send application");
    await page.waitForSelector("text=Thank you");
    const rows = await withEmployer(member.employerId, (tx) => tx.select().from(application));
    expect(rows.map((row) => row.source)).toContain("career-site");
    await page.context().close();
  });
});

async function signIn(look: PageOptions, next: string): Promise<Page> {
  const page = await openPage({ ...look, baseURL: web.url });
  await page.goto(`/login?next=${next}`);
  await page.fill("input[name=email]", member.email);
  await page.fill("input[name=password]", PASSWORD);
  await page.click("button[value=password]");
  await page.waitForURL((to) => to.pathname === next);
  return page;
}

describe("the portal's pages of jobs and applicants", () => {
  it.each(looks)("have no accessibility violation in %o", async (look) => {
    const page = await signIn(look, "/jobs");
    const [first] = await withEmployer(member.employerId, (tx) => tx.select().from(application));
    for (const [path, heading] of [
      ["/jobs", "Jobs"],
      ["/jobs/new", "New job"],
      [`/jobs/${job.id}`, "Heat Pump Installer"],
      ["/applicants", "Applicants"],
      [`/applicants/${first?.id}`, "Amara"],
    ] as const) {
      await page.goto(path);
      expect(await page.textContent("h1")).toContain(heading);
      await expectNoAxeViolations(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    }
    await page.context().close();
  });

  it("add and remove places in the editor, with script", async () => {
    const page = await signIn({}, "/jobs/new");
    await page.fill("#job-title", "Yard Lead");
    await page.fill("#job-description", "Lead the yard.");
    await page.click("text=Add a place");
    await page.waitForSelector("input[name='locations[1].city']");
    await page.fill("input[name='locations[1].city']", "Reno");
    await page.fill("input[name='locations[1].country']", "US");
    await page.click("[aria-label='Remove place 1']");
    await page.waitForSelector("input[name='locations[1].city']", { state: "detached" });
    expect(await page.inputValue("input[name='locations[0].city']")).toBe("Reno");
    await page.click("text=Save and open");
    await page.waitForSelector("text=Yard Lead is open and on the career site.");
    await page.context().close();
  });
});
