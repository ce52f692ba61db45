import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningWeb, startWeb } from "#app/cli/web.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createApiKey } from "#app/services/api-keys.server.ts";
import { createSignInLink } from "#app/services/sign-in.server.ts";
import { invite } from "#app/services/team.server.ts";
import { closeBrowser, expectNoAxeViolations, openPage, type PageOptions } from "#tests/support/browser.ts";
import { testDatabase } from "#tests/support/database.ts";
import { PASSWORD, type TestMember, testMember } from "#tests/support/people.ts";
import { takeErrorLines } from "#tests/support/setup.ts";

await testDatabase();
let web: RunningWeb;
let member: TestMember;
let invitation: string;

beforeAll(async () => {
  web = await startWeb(0, "127.0.0.1");
  setEnvironment({ PATCHBAY_URL: web.url, PATCHBAY_SANDBOX_URL: undefined });
  member = await testMember({ name: "Mara Lindqvist" });
  await testMember({ name: "Jonas Weber", role: "recruiter", employerId: member.employerId });
  await createApiKey(member.actor, { name: "Nightly export", scopes: ["jobs:read"], days: 365 });
  invitation = (await invite(member.actor, { email: "new@example.com", role: "viewer" }, web.url)).link;
  takeErrorLines();
});
afterAll(async () => {
  await closeBrowser();
  await web.stop();
});

async function signIn(options: PageOptions) {
  const page = await openPage({ ...options, baseURL: web.url });
  await page.goto("/login?next=/settings/team");
  await page.getByLabel("Mail address").fill(member.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Team", exact: true }).waitFor();
  return page;
}

const looks: PageOptions[] = [
  { theme: "light", width: 1280 },
  { theme: "dark", width: 390 },
];

describe("the pages of people", () => {
  it.each(looks)("have no accessibility violation and no sideways scroll in %o", async (look) => {
    const stranger = await openPage({ ...look, baseURL: web.url });
    for (const path of [
      "/login",
      "/login/link?token=x",
      "/login/two-factor",
      "/login/two-factor?backup=1",
      invitation,
    ]) {
      await stranger.goto(path);
      await expectNoAxeViolations(stranger);
    }
    await stranger.context().close();
    const page = await signIn(look);
    for (const path of ["", "/team", "/api-keys", "/account", "/audit", "/audit?verify=1"]) {
      await page.goto(`/settings${path}`);
      await page.getByRole("navigation", { name: "Settings" }).waitFor();
      await expectNoAxeViolations(page);
      expect([path, await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)]).toEqual([
        path,
        true,
      ]);
    }
    await page.context().close();
  });

  it.each([true, false])("work by forms, with script: %s", async (javaScript) => {
    const page = await signIn({ javaScript });
    await page.goto("/settings/account");
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Set up" }).click();
    await page.getByRole("img", { name: "QR code with the key below" }).waitFor();
    if (javaScript) await expectNoAxeViolations(page);
    await page.getByLabel("Code of the authenticator").fill("000000");
    await page.getByRole("button", { name: "Switch on" }).click();
    await page.getByText("This code does not fit. Take the newest one.").first().waitFor();
    await page.goto("/settings/api-keys");
    await page.getByLabel("Name").fill("Ours");
    await page.getByText("jobs:read", { exact: true }).last().click();
    await page.getByRole("button", { name: "Make key" }).click();
    await page.getByText("it is not shown again").waitFor();
    await page.goto("/settings");
    await page.getByLabel("Website").fill("https://example.com");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    await page.context().close();
  });

  it("let a person in by link with script off", async () => {
    const page = await openPage({ javaScript: false, baseURL: web.url });
    await page.goto((await createSignInLink(member.email, web.url)) ?? "");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.goto("/settings/account");
    await page.getByRole("heading", { name: "Your account" }).waitFor();
    await page.context().close();
  });
});
