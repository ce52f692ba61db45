import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { closeBrowser } from "#tests/support/browser.ts";
import { askJson, eventually, expectSound, type Story, startStory } from "#tests/support/story.ts";

let story: Story;
beforeAll(async () => {
  story = await startStory();
});
afterAll(async () => {
  await closeBrowser();
  await story.stop();
});

const inbox = z.object({
  messages: z.array(
    z.object({
      headers: z.record(z.string(), z.string()),
      verified: z.boolean(),
      answered: z.number(),
      body: z.string(),
    }),
  ),
});

describe.each([true, false])("with script: %s", (javaScript) => {
  it("an endpoint gets a signed test event, fails, and takes the same event again by a button", async () => {
    const receiver = `${story.sandbox}/_receiver/${javaScript ? "with" : "without"}-script`;
    const arrived = async () => inbox.parse(await askJson(`${receiver}/messages`)).messages;
    const page = await story.open({ javaScript });
    await page.goto("/webhooks/new");
    await page.fill("#url", "ftp://nowhere.example");
    await page.getByRole("button", { name: "Add endpoint" }).click();
    await page.waitForSelector("#url-error");
    await page.fill("#url", receiver);
    // Nothing of this kind happens meanwhile: what arrives was sent by the buttons.
    await page.check('input[name="eventTypes"][value="job.closed"]');
    await page.getByRole("button", { name: "Add endpoint" }).click();
    await page.getByRole("heading", { name: "The endpoint is ready" }).waitFor();
    if (javaScript) await expectSound(page);
    const secret = /whsec_[A-Za-z0-9+/=]+/.exec(await page.locator("main").innerText())?.[0];
    await askJson(`${receiver}/secret`, { secret });
    await page.getByRole("link", { name: "Open the endpoint" }).click();
    await page.getByRole("button", { name: "Send test event" }).click();
    await page.waitForURL("**/webhooks/deliveries/*");
    await eventually(page, ".page-head .state:has-text('Delivered')", javaScript);
    expect((await arrived()).map((message) => message.verified)).toEqual([true]);
    if (javaScript) await expectSound(page);

    await askJson(`${receiver}/fail`, { count: 100, status: 503 });
    await page.goBack();
    await page.waitForURL("**/webhooks/endpoints/*");
    await page.getByRole("button", { name: "Send test event" }).click();
    await page.waitForURL("**/webhooks/deliveries/*");
    await eventually(page, "text=Attempt 1", javaScript);
    if (javaScript) await expectSound(page);
    await askJson(`${receiver}/fail`, { count: 0 });
    await page.getByRole("button", { name: "Send again now" }).click();
    await eventually(page, ".page-head .state:has-text('Delivered')", javaScript);
    const [, failed, ...again] = await arrived();
    expect(failed?.answered).toBe(503);
    const last = again.at(-1);
    expect([last?.answered, last?.verified, last?.body]).toEqual([200, true, failed?.body]);
    expect(last?.headers["webhook-id"]).toBe(failed?.headers["webhook-id"]);
    await page.context().close();
  });

  it("what a vendor sent is processed again by a button on the connection", async () => {
    const page = await story.open({ javaScript });
    await page.goto("/integrations");
    await page.locator("li.tool", { hasText: "Greenhouse" }).getByRole("link").first().click();
    await page.getByRole("link", { name: "Deliveries" }).click();
    await page.waitForURL("**/deliveries");
    await story.control("greenhouse", "actions/apply", { account: "acme" });
    await story.control("greenhouse", "settle", {});
    await eventually(page, "tr:has-text('Processed'), li:has-text('Processed')", javaScript);
    if (javaScript) await expectSound(page);
    await page.getByRole("button", { name: "Process again" }).first().click();
    await eventually(page, "text=processed again by hand", javaScript);
    if (javaScript) await expectSound(page);
    await page.context().close();
  });
});
