import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningWeb, startWeb } from "#app/cli/web.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createSandbox, type Sandbox } from "#app/sandbox/create.ts";
import { faultSchema } from "#app/sandbox/faults.ts";
import { testConnection } from "#app/services/connections.server.ts";
import { closeBrowser, expectNoAxeViolations, openPage } from "#tests/support/browser.ts";
import { testDatabase } from "#tests/support/database.ts";
import { PASSWORD, type TestMember, testMember } from "#tests/support/people.ts";

await testDatabase();
let web: RunningWeb;
let sandbox: Sandbox;
let member: TestMember;
beforeAll(async () => {
  sandbox = await createSandbox();
  setEnvironment({ PATCHBAY_SANDBOX_URL: sandbox.origin });
  web = await startWeb(0, "127.0.0.1");
  setEnvironment({ PATCHBAY_URL: web.url });
  member = await testMember({ instanceAdmin: true });
});
afterAll(async () => {
  await closeBrowser();
  await web.stop();
  await sandbox.close();
});

it("a recruiter connects a tool by key and one by consent, sees one break by itself, and finds the way back", async () => {
  const page = await openPage({ baseURL: web.url });
  await page.goto("/login?next=/integrations");
  await page.fill("input[name=email]", member.email);
  await page.fill("input[name=password]", PASSWORD);
  await page.click("button[value=password]");
  await page.waitForURL("**/integrations");
  await expectNoAxeViolations(page);

  await page.click("a[aria-label='Connect Greenhouse']");
  await page.check("input[name=environment][value=sandbox]");
  await page.click("button[value=choose]");
  await page.waitForSelector("input[name=clientSecret]");
  expect(await page.isVisible("input[name=apiKey]")).toBe(false);
  await expectNoAxeViolations(page);
  const good = sandbox.vendor("greenhouse").credentials().good?.config ?? {};
  await page.fill("input[name=clientId]", good.clientId ?? "");
  await page.fill("input[name=clientSecret]", "not the secret");
  await page.click("button[value=credentials]");
  await page.waitForSelector("[role=alert]");
  await page.fill("input[name=clientSecret]", good.clientSecret ?? "");
  await page.click("button[value=credentials]");
  await page.click("a:has-text('Open Greenhouse')");
  await page.waitForSelector(".page-head .state:has-text('Connected')");
  await page.waitForSelector(".live:has-text('Live')");
  await expectNoAxeViolations(page);

  const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  sandbox.vendor("greenhouse").addFault(faultSchema.parse({ kind: "revoke" }), {});
  await testConnection(member.actor, id);
  await page.waitForSelector(".page-head .state:has-text('Needs reconnect')");
  await expectNoAxeViolations(page);

  await page.goto("/integrations/connect/slack");
  await page.check("input[name=environment][value=sandbox]");
  await page.click("button[value=choose]");
  await page.click("button[value=consent]");
  await page.waitForURL(`${sandbox.origin}/**`);
  await page.click("button[value=allow]");
  await page.waitForURL("**/integrations/connect/slack?**");
  await expectNoAxeViolations(page);
  await page.selectOption("select[name=channelId]", { index: 1 });
  await page.click("button[value=setup]");
  await page.waitForSelector(".page-head .state:has-text('Connected')");

  for (const path of [`/${id}/settings`, `/${id}/activity`, `/${id}/troubleshooting`, `/${id}/disconnect`, ""]) {
    await page.goto(`/integrations${path}`);
    await expectNoAxeViolations(page);
  }
  for (const path of ["/health", "/activity", "/settings/instance"]) {
    await page.goto(path);
    await expectNoAxeViolations(page);
  }
  await page.context().close();
});
