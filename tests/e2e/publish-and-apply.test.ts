import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeBrowser, openPage } from "#tests/support/browser.ts";
import { eventually, expectSound, type Story, startStory } from "#tests/support/story.ts";

let story: Story;
beforeAll(async () => {
  story = await startStory();
});
afterAll(async () => {
  await closeBrowser();
  await story.stop();
});

const REASON = "The title names a salary.";
const pdf = { name: "resume.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n%%EOF") };
const program = {
  name: "resume.pdf",
  mimeType: "application/pdf",
  buffer: Buffer.from("MZ\u0000\u0000not a document"),
};

describe.each([true, false])("with script: %s", (javaScript) => {
  it("publishes a job to two boards, and a refusal appears with its reason by itself", async () => {
    const title = `Commissioning Engineer ${javaScript ? "A" : "B"}`;
    const page = await story.open({ javaScript });
    await page.goto("/jobs/new");
    await page.fill("#job-title", title);
    await page.fill("#job-description", "You start up plants, measure them, and hand them over to their owners.");
    await page.fill("input[name='locations[0].city']", "Columbus");
    await page.fill("input[name='locations[0].region']", "OH");
    await page.fill("input[name='locations[0].country']", "US");
    await page.getByRole("button", { name: "Save and open" }).click();
    await page.waitForURL(/\/jobs\/[0-9a-f-]{36}/);
    const id = /[0-9a-f-]{36}/.exec(page.url())?.[0];

    await page.goto(`/jobs/${id}/publish`);
    if (javaScript) await expectSound(page);
    for (const box of await page.locator("input[name=board]:enabled").all()) await box.uncheck();
    for (const board of ["ZipRecruiter", "Indeed"])
      await page.getByRole("checkbox", { name: `Publish on ${board}` }).check();
    await story.control("ziprecruiter", "faults", { kind: "reject-next-posting", account: "acme", reason: REASON });
    await page.getByRole("button", { name: /^Publish to/ }).click();
    await page.waitForURL("**/jobs/distribution");
    const row = `tr:has-text('${title}')`;
    await eventually(page, `${row} >> text=Rejected`, javaScript);
    if (javaScript) await expectSound(page);
    await page
      .locator(row)
      .getByRole("link", { name: /Rejected/ })
      .click();
    await page.waitForURL("**/jobs/postings/*");
    await eventually(page, `text=${REASON}`, javaScript);
    if (javaScript) await expectSound(page);
    await page.context().close();
  });

  it("takes a candidate's application from the career site to the applicants, with its source", async () => {
    const page = await openPage({ baseURL: story.url, javaScript });
    const lastName = javaScript ? "Okafor" : "Plainfield";
    await page.goto("/careers/hollin-verge");
    await page
      .getByRole("link", { name: /Heat Pump Installer/ })
      .first()
      .click();
    await page.getByRole("link", { name: /Apply/ }).first().click();
    await page.fill("#firstName", "Ifeoma");
    await page.fill("#lastName", lastName);
    await page.fill("#email", `ifeoma.${lastName}@mail.example`);
    await page.setInputFiles("#resume", program);
    await page.getByRole("button", { name: "Send application" }).click();
    await page.waitForSelector("#resume-error");
    expect(await page.innerText("#resume-error")).toMatch(/PDF/);
    expect(await page.inputValue("#lastName")).toBe(lastName);
    if (javaScript) await expectSound(page);
    await page.setInputFiles("#resume", pdf);
    await page.getByRole("button", { name: "Send application" }).click();
    await page.getByText("Thank you").waitFor();
    if (javaScript) await expectSound(page);
    await page.context().close();

    const portal = await story.open({ javaScript });
    await portal.goto("/applicants");
    const row = portal.locator("tr", { hasText: lastName });
    expect(await row.innerText()).toContain("Career site");
    await row.getByRole("link").first().click();
    await portal.getByRole("heading", { name: `Ifeoma ${lastName}` }).waitFor();
    expect(await portal.locator("main").innerText()).toContain("resume.pdf");
    if (javaScript) await expectSound(portal);
    await portal.context().close();
  });
});
