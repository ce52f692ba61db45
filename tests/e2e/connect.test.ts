import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeBrowser } from "#tests/support/browser.ts";
import { expectSound, type Story, startStory } from "#tests/support/story.ts";

let story: Story;
beforeAll(async () => {
  story = await startStory();
});
afterAll(async () => {
  await closeBrowser();
  await story.stop();
});

/** A page without script cannot be checked by one; the same page with script is. */
const soundWith = (javaScript: boolean, page: Page) => (javaScript ? expectSound(page) : Promise.resolve());

const stateOf = (page: Page) => page.locator(".page-head .state");

async function chooseSandbox(page: Page, vendorId: string, label: string): Promise<void> {
  await page.goto(`/integrations/connect/${vendorId}`);
  await page.locator("input[name=environment][value=sandbox]").check();
  await page.getByLabel("Name here").fill(label);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(/connection=/);
}

describe.each([true, false])("with script: %s", (javaScript) => {
  it("connects a board by its key, and is green only after the test", async () => {
    const page = await story.open({ employer: "Birch Works", javaScript });
    const label = `ZipRecruiter ${javaScript ? "A" : "B"}`;
    await page.goto("/integrations/connect/ziprecruiter");
    await soundWith(javaScript, page);
    await chooseSandbox(page, "ziprecruiter", label);
    await soundWith(javaScript, page);
    const form = await story.credentials("ziprecruiter", javaScript ? "good" : "other");
    await page.fill("#employerId", form.employerId ?? "");
    await page.fill("#employerName", form.employerName ?? "");
    await page.fill("#apiKey", "not-a-key");
    await page.getByRole("button", { name: "Test and save" }).click();
    await page.waitForSelector("#apiKey-error");
    expect(await page.innerText("#apiKey-error")).toBe(
      "ZipRecruiter does not accept this. Copy “API key” again, all of it.",
    );
    expect(await page.inputValue("#employerName")).toBe(form.employerName);
    expect(await page.getAttribute("#apiKey", "value")).toBe(null);
    await soundWith(javaScript, page);

    await page.goto("/integrations");
    const card = page.locator("li.tool", { hasText: label });
    expect(await card.locator(".state").innerText()).not.toContain("Connected");
    await card.getByRole("link", { name: label }).click();
    await page.waitForURL(/integrations\/[0-9a-f-]{36}/);
    expect(await stateOf(page).innerText()).not.toContain("Connected");
    await soundWith(javaScript, page);

    const id = new URL(page.url()).pathname.split("/")[2];
    await page.goto(`/integrations/connect/ziprecruiter?connection=${id}`);
    // Nothing of the refused try was kept.
    await page.fill("#employerId", form.employerId ?? "");
    await page.fill("#employerName", form.employerName ?? "");
    await page.fill("#apiKey", form.apiKey ?? "");
    await page.getByRole("button", { name: "Test and save" }).click();
    await page.getByRole("link", { name: `Open ${label}` }).waitFor();
    await soundWith(javaScript, page);
    await page.getByRole("link", { name: `Open ${label}` }).click();
    await page.locator(".page-head .state", { hasText: "Connected" }).waitFor();
    await page.context().close();
  });

  it("connects a calendar by consent: a no is told plainly, a yes leads to the choice of calendars", async () => {
    const page = await story.open({ employer: "Birch Works", javaScript });
    const label = `Calendar ${javaScript ? "A" : "B"}`;
    await chooseSandbox(page, "google-calendar", label);
    await soundWith(javaScript, page);
    await page.getByRole("button", { name: "Sign in with Google Calendar" }).click();
    await page.waitForURL(`${story.sandbox}/**`);
    await soundWith(javaScript, page);
    await page.click("button[value=deny]");
    await page.waitForURL(`${story.url}/**`);
    const told = await page.locator("main").innerText();
    expect(told).toContain("Google Calendar was asked, and the answer was no.");
    expect(told).not.toContain("access_denied");
    await soundWith(javaScript, page);

    await page.getByRole("button", { name: "Sign in with Google Calendar" }).click();
    await page.waitForURL(`${story.sandbox}/**`);
    await page.getByRole("radio", { name: /eva@cedar/ }).check();
    await page.click("button[value=allow]");
    await page.waitForURL(`${story.url}/**`);
    await page.waitForSelector("input[name=calendarIds]");
    await soundWith(javaScript, page);
    await page.locator("input[name=calendarIds]").first().check();
    await page.locator("input[name=bookingCalendarId]").first().check();
    await page.getByRole("button", { name: "Save and start" }).click();
    await page.locator(".page-head .state", { hasText: "Connected" }).waitFor();
    await soundWith(javaScript, page);
    await page.context().close();
  });

  it("says what the button does as the way to sign in is chosen, in the wizard and in the settings", async () => {
    const page = await story.open({ employer: "Birch Works", javaScript });
    const test = page.getByRole("button", { name: "Test and save" });
    const consent = page.getByRole("button", { name: "Sign in with Lever" });
    const shows = async (way: string, shown: typeof test, hidden: typeof test) => {
      await page.getByLabel("Sign in by").selectOption(way);
      await shown.waitFor();
      expect(await hidden.count()).toBe(0);
    };
    await chooseSandbox(page, "lever", `Lever ${javaScript ? "A" : "B"}`);
    await shows("oauth", consent, test);
    await soundWith(javaScript, page);
    await shows("key", test, consent);
    const id = new URL(page.url()).searchParams.get("connection");
    await page.fill("#apiKey", (await story.credentials("lever", "good")).apiKey ?? "");
    await test.click();
    await page.getByRole("link", { name: /^Open Lever/ }).waitFor();
    await page.goto(`/integrations/${id}/settings`);
    await shows("oauth", consent, test);
    await soundWith(javaScript, page);
    await consent.click();
    await page.waitForURL(`${story.sandbox}/**`);
    await page.click("button[value=deny]");
    await page.waitForURL(`${story.url}/**/settings`);
    expect(await page.locator("main").innerText()).toContain("Lever was asked, and the answer was no.");
    expect(await page.getByLabel("Sign in by").inputValue()).toBe("key");
    await page.context().close();
  });
});
