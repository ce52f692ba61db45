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

describe("a tool by its name", () => {
  const config = () => ({ ...sandbox.vendor("jobvite").credentials().good?.config });

  it("is set up, shown without its secrets, tested, synced and followed by its webhooks", async () => {
    const call = await caller(await testMember());
    expect((await call("GET", "/api/integrations/jobvite/config")).status).toBe(404);
    const wrong = await call("POST", "/api/integrations/jobvite/config", {
      environment: "sandbox",
      config: { ...config(), apiSecret: "guessed-secret-0001" },
    });
    expect(wrong).toMatchObject({ status: 400, json: { errors: [{ field: "credentials.apiSecret" }] } });

    const made = await call("POST", "/api/integrations/jobvite/config", { environment: "sandbox", config: config() });
    expect(made).toMatchObject({ status: 200, json: { integration: { type: "jobvite", account: "Acme Logistics" } } });
    const changed = await call("POST", "/api/integrations/jobvite/config", { config: { files: "off" } });
    expect(changed).toMatchObject({ status: 200, json: { config: { files: "off", companyId: "acme" } } });
    const shown = await call("GET", "/api/integrations/jobvite/config");
    expect(shown.json.secrets).toEqual(
      ["apiKey", "apiSecret", "webhookKey", "ourKey"].map((key) => ({ key, label: expect.any(String), stored: true })),
    );
    const text = JSON.stringify([made.json, changed.json, shown.json]);
    for (const key of ["apiKey", "apiSecret", "webhookKey", "ourKey"]) {
      expect(text).not.toContain(JSON.stringify(config()[key]).slice(1, -1));
    }

    expect(await call("POST", "/api/integrations/jobvite/test-connection")).toMatchObject({
      status: 200,
      json: { ok: true, account: "Acme Logistics", message: null },
    });
    const runsOf = async (what: string) => {
      const { status, json } = await call("POST", `/api/integrations/jobvite/sync/${what}`);
      return [status, json.runs?.map((run: { resource: string }) => run.resource)];
    };
    expect(await runsOf("jobs")).toEqual([202, ["jobs"]]);
    expect(await runsOf("candidates")).toEqual([202, ["candidates", "applications"]]);
    expect(await runsOf("onboarding")).toEqual([202, ["onboardings"]]);
    expect(await runsOf("full")).toEqual([202, ["jobs", "candidates", "applications", "onboardings"]]);
    expect((await runsOf("payroll"))[0]).toBe(404);

    const hooks = await call("GET", "/api/integrations/jobvite/webhooks");
    expect(hooks.json.addresses.map((one: string) => new URL(one).pathname)).toEqual([
      "/webhooks/jobvite/acme/candidate",
      "/webhooks/jobvite/acme/job",
    ]);
    expect(hooks.json.data).toEqual([]);

    const stranger = await caller(await testMember());
    expect(
      (await stranger("GET", `/api/integrations/jobvite/config?connection=${made.json.integration.id}`)).status,
    ).toBe(404);
    const second = await stranger("POST", "/api/integrations/jobvite/config", {
      environment: "sandbox",
      config: config(),
    });
    expect(second).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining("already connected by another employer") },
    });
  });

  it("is described, each address of it", async () => {
    const { paths } = (await (await caller(await testMember()))("GET", "/api/openapi.json")).json;
    const described = Object.keys(paths).filter((path) => path.startsWith("/api/integrations/{type}/"));
    expect(described.sort()).toEqual([
      "/api/integrations/{type}/config",
      "/api/integrations/{type}/connect",
      "/api/integrations/{type}/sync/{what}",
      "/api/integrations/{type}/test-connection",
      "/api/integrations/{type}/webhooks",
    ]);
  });
});
