import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningWeb, startWeb } from "#app/cli/web.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { notifyLive } from "#app/services/live.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { closeBrowser, expectNoAxeViolations, openPage } from "#tests/support/browser.ts";
import { testDatabase } from "#tests/support/database.ts";
import { PASSWORD, testMember } from "#tests/support/people.ts";

await testDatabase();
let web: RunningWeb;
beforeAll(async () => {
  web = await startWeb(0, "127.0.0.1");
  setEnvironment({ PATCHBAY_URL: web.url });
});
afterAll(async () => {
  await closeBrowser();
  await web.stop();
});

it("follows changes on a live line once a person is signed in, loads the page's data again, and goes on reading at the top of the next page", async () => {
  const member = await testMember();
  const page = await openPage({ baseURL: web.url });
  await page.goto("/login?next=/search");
  await page.fill("input[name=email]", member.email);
  await page.fill("input[name=password]", PASSWORD);
  await page.click("button[value=password]");
  await page.waitForURL("**/search");
  await page.waitForSelector(".live:has-text('Live')");
  await expectNoAxeViolations(page);
  const again = page.waitForRequest((request) => request.url().includes("/search.data"));
  await withEmployer(member.employerId, (tx) => notifyLive(tx, member.employerId, "issue", "any"));
  expect((await again).method()).toBe("GET");
  await page.goto("/jobs");
  await page.locator("main a[href='/jobs/new']").first().click();
  await page.waitForURL("**/jobs/new");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("main");
  await page.context().close();
});
