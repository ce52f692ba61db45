import { afterAll, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createSandbox } from "#app/sandbox/create.ts";
import { createApiKey } from "#app/services/api-keys.server.ts";
import { listConnections } from "#app/services/connections.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";

await testDatabase();
const { url } = await testApp();
const sandbox = await createSandbox();
setEnvironment({ PATCHBAY_SANDBOX_URL: sandbox.origin });
afterAll(() => sandbox.close());

const good = (): Record<string, string> => ({
  apiVersion: "v3",
  ...sandbox.vendor("greenhouse").credentials().good?.config,
  webhookSecret: "",
});

async function caller(member: TestMember) {
  const scopes = ["connections:read", "connections:manage"];
  const { key } = await createApiKey(member.actor, { name: "test", scopes, days: null });
  return async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: await answer.json() };
  };
}

describe("integrations over the API", () => {
  it("connect with credentials that work, are listed and end", async () => {
    const call = await caller(await testMember());
    const made = await call("POST", "/api/integrations/greenhouse/connect", {
      environment: "sandbox",
      label: "Our ATS",
      credentials: good(),
    });
    expect(made).toMatchObject({
      status: 201,
      json: { integration: { type: "greenhouse", label: "Our ATS" }, consentUrl: null },
    });
    expect(made.json.integration.account).not.toBeNull();
    const listed = await call("GET", "/api/integrations");
    expect(listed.json.data).toMatchObject([{ id: made.json.integration.id }]);
    expect(listed.json.available.map((tool: { type: string }) => tool.type)).toContain("slack");
    for (const value of Object.values(good()))
      if (value.length > 8) expect(JSON.stringify(listed.json)).not.toContain(value);
    const { id } = made.json.integration;
    expect(await call("DELETE", `/api/integrations/${id}`)).toMatchObject({
      status: 202,
      json: { state: "disconnecting" },
    });
    expect((await call("DELETE", `/api/integrations/${id}`)).status).toBe(409);
  });

  it("say why credentials do not work, and leave nothing behind", async () => {
    const member = await testMember();
    const call = await caller(member);
    const wrong = Object.fromEntries(
      Object.entries(good()).map(([name, value]) => [
        name,
        name === "apiVersion" || value === "" ? value : `${value}x`,
      ]),
    );
    const refused = await call("POST", "/api/integrations/greenhouse/connect", {
      environment: "sandbox",
      credentials: wrong,
    });
    expect(refused).toMatchObject({
      status: 400,
      json: { title: "Invalid request", detail: expect.stringMatching(/\w{3}/) },
    });
    const empty = await call("POST", "/api/integrations/greenhouse/connect", { environment: "sandbox" });
    expect(empty.status).toBe(400);
    expect(empty.json.errors.length).toBeGreaterThan(0);
    expect((await call("POST", "/api/integrations/nothing/connect", {})).status).toBe(404);
    expect(await listConnections(member.actor)).toEqual([]);
  });

  it("hand over to a person where the tool wants one to sign in", async () => {
    const call = await caller(await testMember());
    const made = await call("POST", "/api/integrations/slack/connect", { environment: "sandbox" });
    expect(made).toMatchObject({ status: 201, json: { integration: { state: "added" } } });
    expect(made.json.consentUrl).toContain(made.json.integration.id);
  });

  it("cannot be ended by another employer, by key or by session", async () => {
    const [ours, theirs] = [await testMember(), await testMember()];
    const made = await (await caller(theirs))("POST", "/api/integrations/slack/connect", { environment: "sandbox" });
    const path = `/api/integrations/${made.json.integration.id}`;
    expect((await (await caller(ours))("DELETE", path)).status).toBe(404);
    const cookie = [...(await signedIn(url, ours)).cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const bySession = (origin: string) => fetch(url + path, { method: "DELETE", headers: { cookie, origin } });
    expect((await bySession(url)).status).toBe(404);
    expect((await bySession("https://evil.example")).status).toBe(403);
  });
});
