import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createSandbox } from "#app/sandbox/create.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";
import type { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const app = await testApp();
const sandbox = await createSandbox({ portalOrigin: app.url });
setEnvironment({ PATCHBAY_SANDBOX_URL: sandbox.origin });
afterAll(() => sandbox.close());

let member: TestMember;
let visitor: Visitor;
let id = "";

beforeAll(async () => {
  member = await testMember({ instanceAdmin: true });
  visitor = await signedIn(app.url, member);
});

const page = async (path: string) => {
  const visit = await visitor.get(path);
  expect([path, visit.status]).toEqual([path, 200]);
  return visit.body;
};

describe("without script", () => {
  it("the marketplace shows every tool and filters by the address", async () => {
    const all = await page("/integrations");
    expect(all).toContain("Greenhouse");
    expect(all).toContain("Slack");
    const chat = await page("/integrations?q=slack");
    expect(chat).not.toContain("connect/greenhouse");
    expect(await page("/integrations?q=bulhorn")).toContain("No tool matches");
  });

  it("a sign-in begins at the vendor's own address, and without a connection in the wizard", async () => {
    expect((await visitor.get("/oauth/jobadder/authorize")).location).toBe("/integrations/connect/jobadder");
    const chosen = await visitor.post("/integrations/connect/jobadder", {
      intent: "choose",
      environment: "sandbox",
      label: "Our JobAdder",
    });
    const made = /connection=([\w-]+)/.exec(chosen.location ?? "")?.[1] ?? "";
    const asked = await visitor.get(`/oauth/jobadder/authorize?connection=${made}`);
    expect(asked.location).toContain(`${sandbox.origin}/jobadder/id.jobadder.com/connect/authorize?`);
    expect(new URL(asked.location ?? "").searchParams.get("redirect_uri")).toBe(`${app.url}/oauth/jobadder/callback`);
    const back = await visitor.get("/oauth/jobadder/callback?code=foreign&state=foreign");
    expect(back.status).toBe(400);
    expect((await visitor.get("/webhooks/jobadder")).status).toBe(404);
  });

  it("the wizard leads from choice to a tested connection", async () => {
    const chosen = await visitor.post("/integrations/connect/greenhouse", {
      intent: "choose",
      environment: "sandbox",
      label: "Our Greenhouse",
    });
    expect(chosen.status).toBe(302);
    id = /connection=([\w-]+)/.exec(chosen.location ?? "")?.[1] ?? "";
    const at = `/integrations/connect/greenhouse?connection=${id}`;
    expect(await page(at)).toContain("Client secret");
    const empty = await visitor.post(at, { intent: "credentials", apiVersion: "v3" });
    expect(empty.status).toBe(400);
    expect(empty.body).toContain("Enter the client secret.");
    const good = { apiVersion: "v3", ...sandbox.vendor("greenhouse").credentials().good?.config };
    const wrong = await visitor.post(at, { ...good, intent: "credentials", clientSecret: "canary-55d1" });
    expect(wrong.status).toBe(400);
    expect(wrong.body).toContain("does not accept");
    expect(wrong.body).not.toContain("canary-55d1");
    const right = await visitor.post(at, { ...good, intent: "credentials", webhookSecret: "" });
    expect(right.status).toBe(302);
    expect(await page(at)).toContain("/webhooks/greenhouse/");
  });

  it.each(["", "/settings", "/activity", "/troubleshooting", "/disconnect"])("the tab %j shows itself", async (tab) => {
    expect(await page(`/integrations/${id}${tab}`)).toContain("Our Greenhouse");
  });

  it("no page repeats a typed secret", async () => {
    const secret = String(sandbox.vendor("greenhouse").credentials().good?.config.clientSecret);
    for (const path of ["", "/settings", "/activity"])
      expect(await page(`/integrations/${id}${path}`)).not.toContain(secret);
  });

  it("test, pause and resume are buttons that say what came of them", async () => {
    expect((await visitor.post(`/integrations/${id}`, { intent: "pause" })).status).toBe(302);
    expect(await page(`/integrations/${id}`)).toContain(`Paused by ${member.name}`);
    expect((await visitor.post(`/integrations/${id}`, { intent: "resume" })).status).toBe(302);
    expect((await visitor.post(`/integrations/${id}`, { intent: "test" })).status).toBe(302);
    expect(await page(`/integrations/${id}`)).toContain("answered: signed in as");
  });

  it("the wizard leads from a calendar server's address over its calendars to a running connection", async () => {
    const chosen = await visitor.post("/integrations/connect/caldav", { intent: "choose", environment: "sandbox" });
    const caldav = /connection=([\w-]+)/.exec(chosen.location ?? "")?.[1] ?? "";
    const at = `/integrations/connect/caldav?connection=${caldav}`;
    expect(await page(at)).toContain("Server address");
    const good = { ...sandbox.vendor("caldav").credentials().good?.config };
    const plain = await visitor.post(at, { ...good, intent: "credentials", server: "http://dav.acme.example/" });
    expect([plain.status, plain.body.includes("begins with https://")]).toEqual([400, true]);
    const wrong = await visitor.post(at, { ...good, intent: "credentials", password: "canary-77b2" });
    expect([wrong.status, wrong.body.includes("canary-77b2")]).toEqual([400, false]);
    expect((await visitor.post(at, { ...good, intent: "credentials" })).status).toBe(302);
    const choices = await page(at);
    expect(choices).toContain("rosa@acme.example");
    const work = /value="(https:\/\/dav\.acme\.example[^"]*\/work\/)"/.exec(choices)?.[1] ?? "";
    const saved = await visitor.post(at, { intent: "setup", calendarIds: work, bookingCalendarId: work });
    expect([saved.status, saved.body.slice(0, 300)]).toEqual([302, ""]);
    expect(await page(`/integrations/${caldav}`)).toContain("Connected");
  });

  it("consent at the vendor comes back to the wizard with the account", async () => {
    const chosen = await visitor.post("/integrations/connect/slack", { intent: "choose", environment: "sandbox" });
    const slack = /connection=([\w-]+)/.exec(chosen.location ?? "")?.[1] ?? "";
    const at = `/integrations/connect/slack?connection=${slack}`;
    const leaving = await visitor.post(at, { intent: "consent" });
    expect(leaving.location).toBe(`/oauth/slack/authorize?connection=${slack}`);
    const away = await visitor.get(leaving.location ?? "");
    const consent = new URL(away.location ?? "");
    expect(consent.origin).toBe(sandbox.origin);
    const form = new URLSearchParams(consent.searchParams);
    form.set("decision", "allow");
    form.set("account", /name="account" value="([^"]+)"/.exec(await (await fetch(consent)).text())?.[1] ?? "");
    const agreed = await fetch(consent.origin + consent.pathname, { method: "POST", body: form, redirect: "manual" });
    const back = new URL(agreed.headers.get("location") ?? "");
    const forged = await visitor.get(`${back.pathname}?code=x&state=forged`);
    expect(forged.status).toBe(400);
    expect(forged.body).toContain("not started here");
    const returned = await visitor.get(back.pathname + back.search);
    expect(returned.location).toBe(at);
    const settings = await page(at);
    expect(settings).toContain("Save and start");
    expect(settings).toContain("Signed in as");
  });

  it("health, activity and the instance page show themselves", async () => {
    expect(await page("/health")).toContain("Tools in the last day");
    expect(await page("/activity")).toContain("Our Greenhouse");
    expect(await page("/activity?kind=person")).toContain(member.name);
    expect(await page("/settings/instance")).toContain("/oauth/slack/callback");
  });

  it("a strange id is a plain 404", async () => {
    expect((await visitor.get("/integrations/nonsense")).status).toBe(404);
    expect((await visitor.get("/integrations/connect/nonsense")).status).toBe(404);
  });

  it("disconnecting asks with counts, then takes the connection apart", async () => {
    expect(await page(`/integrations/${id}/disconnect`)).toContain("Disconnect Our Greenhouse?");
    expect((await visitor.post(`/integrations/${id}/disconnect`, {})).location).toBe("/integrations");
    expect(await page(`/integrations/${id}`)).toContain("Disconnecting");
  });
});
