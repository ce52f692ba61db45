import { beforeAll, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createEndpoint, endpointProofs, getEndpoint, listSecrets } from "#app/services/endpoints.server.ts";
import { eventTypes } from "#app/services/event-catalog.ts";
import { apiCaller } from "#tests/support/api-caller.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";
import { startReceiver } from "#tests/support/receiver.ts";
import type { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const { url } = await testApp();
const receiver = await startReceiver();
setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: receiver.host });
let member: TestMember;
let visitor: Visitor;
let id: string;

beforeAll(async () => {
  member = await testMember();
  visitor = await signedIn(url, member);
  id = (await createEndpoint(member.actor, { url: receiver.url })).id;
});

const settings = () => `/webhooks/endpoints/${id}/settings`;
const whole = {
  ...{ url: receiver.url, eventTypes: "application.received", payload: "template" },
  template: '{ "who": "{{data.candidate.firstName}}", "job": "{{data.job}}" }',
  ...{ conditionPath: "data.application.source", conditionOp: "in", conditionValue: "indeed, ziprecruiter" },
  ...{ headerName: "X-Api-Key", headerSecret: "canary-header", asymmetricSignature: "on" },
  ...{ authType: "basic", authUser: "mara", authPassword: "canary-password" },
};

describe("the endpoint form, without script", () => {
  it("shows what would be sent before anything is saved", async () => {
    const { status, body } = await visitor.post(settings(), {
      ...{ ...whole, intent: "preview", previewType: "application.received" },
    });
    expect(status).toBe(200);
    expect(body).toContain("&quot;who&quot;: &quot;Wen&quot;");
    expect(body).toContain("data.application.source");
    expect(body).not.toContain("canary");
    expect(await getEndpoint(member.actor, id)).toMatchObject({ payload: "full", conditions: [] });
  });

  it("says in the preview that the conditions turn the sample away", async () => {
    const { body } = await visitor.post(settings(), {
      ...{ ...whole, conditionValue: "indeed", intent: "preview", previewType: "application.received" },
    });
    expect(body).toContain("does not fulfil the conditions");
  });

  it("saves filter, shape, headers, sign-in and v1a, and shows no secret again", async () => {
    expect(await visitor.post(settings(), whole)).toMatchObject({ status: 302 });
    expect(await getEndpoint(member.actor, id)).toMatchObject({
      ...{ payload: "template", template: whole.template },
      conditions: [{ path: "data.application.source", op: "in", value: ["indeed", "ziprecruiter"] }],
    });
    const { body } = await visitor.get(settings());
    for (const words of ["X-Api-Key", "mara", "indeed, ziprecruiter", "Kept. Type to replace it."])
      expect(body).toContain(words);
    expect(body).not.toContain("canary");
  });

  it("keeps what is secret when it is saved with empty fields, and drops it with the origin, saying so", async () => {
    const kept = { ...whole, headerStored: "X-Api-Key", headerSecret: "", authPassword: "" };
    expect(await visitor.post(settings(), kept)).toMatchObject({ status: 302 });
    const proof = async () => (await endpointProofs(member.actor, [id])).get(id);
    expect(await proof()).toMatchObject({ headerNames: ["X-Api-Key"], auth: { type: "basic", username: "mara" } });
    const moved = { ...kept, url: "https://hooks.example.com/new", headerName: "", headerStored: "", authType: "none" };
    expect(await visitor.post(settings(), moved)).toMatchObject({ status: 302 });
    expect(await proof()).toMatchObject({ headerNames: [], auth: null });
  });

  it("refuses with the sentence beside the line and everything typed still there", async () => {
    const wrong = { ...whole, conditionPath: "data.application.sauce", template: "{ oops", authPassword: "canary" };
    const { status, body } = await visitor.post(settings(), wrong);
    expect(status).toBe(400);
    for (const words of [
      "Did you mean data.application.source?",
      "This is no JSON",
      "data.application.sauce",
      "{ oops",
    ])
      expect(body).toContain(words);
    expect(body).not.toContain("canary");
  });
});

describe("the secrets page", () => {
  it("shows the public key of v1a, and ends an old secret before its time", async () => {
    const page = `/webhooks/endpoints/${id}/secrets`;
    const { body } = await visitor.get(page);
    expect(body).toMatch(/whpk_[A-Za-z0-9+/]{43}=/);
    expect(body).not.toContain("whsk_");
    await visitor.post(page, { kind: "standard", old: "overlap" });
    const old = (await listSecrets(member.actor, id)).find((line) => line.expiresAt !== null);
    expect((await visitor.get(page)).body).toContain("End it now");
    await visitor.post(page, { end: old?.id ?? "" });
    expect((await listSecrets(member.actor, id)).map((line) => line.expiresAt)).toEqual([null, null]);
  });
});

describe("the event catalogue", () => {
  it("shows every event with version, fields, sample and schema", async () => {
    const { status, body } = await visitor.get("/webhooks/events");
    expect(status).toBe(200);
    for (const type of eventTypes()) expect(body).toContain(`id="${type}"`);
    expect(body).toContain("data.candidate.firstName");
  });

  it("is served by the API, one type with a sample that is a whole body", async () => {
    const { call } = await apiCaller(url, { member });
    const list = await call("GET", "/api/v1/webhooks/event-types");
    expect(list.json.data.map(({ type }: { type: string }) => type)).toEqual(eventTypes());
    const one = await call("GET", "/api/v1/webhooks/event-types/job.closed");
    expect(one.json).toMatchObject({
      ...{ type: "job.closed", version: 1 },
      schema: { title: "job.closed", required: expect.arrayContaining(["id", "type", "timestamp", "data"]) },
      sample: { type: "job.closed", data: { job: { title: expect.any(String) } } },
    });
    expect(await call("GET", "/api/v1/webhooks/event-types/job.flown")).toMatchObject({ status: 404 });
  });

  it("and all settings are there over the API, which says what did not follow to another origin", async () => {
    const { call } = await apiCaller(url, { member });
    const made = await call("POST", "/api/v1/webhooks", {
      ...{ url: "https://a.example.com/x", payload: "thin", headers: { "X-Key": "canary" } },
      conditions: [{ path: "type", op: "ne", value: "job.closed" }],
      ...{ auth: { type: "bearer", token: "canary" }, asymmetricSignature: true },
    });
    expect(made.json.endpoint).toMatchObject({
      ...{ payload: "thin", headerNames: ["X-Key"], auth: { type: "bearer" }, certificate: null },
      publicKeys: [expect.stringMatching(/^whpk_/)],
    });
    const path = `/api/v1/webhooks/${made.json.endpoint.id}`;
    const renamed = await call("PATCH", path, { description: "Payroll" });
    expect(renamed.json).toMatchObject({ endpoint: { payload: "thin", headerNames: ["X-Key"] }, dropped: [] });
    const moved = await call("PATCH", path, { url: "https://b.example.com/x" });
    expect(moved.json).toMatchObject({ endpoint: { headerNames: [], auth: null }, dropped: ["headers", "auth"] });
    expect(JSON.stringify([made.json, renamed.json, moved.json])).not.toContain("canary");
    const refused = await call("PATCH", path, { headers: { Host: "x" } });
    expect(refused).toMatchObject({ status: 400 });
  });
});
