import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createSandbox } from "#app/sandbox/create.ts";
import { faultSchema } from "#app/sandbox/faults.ts";
import { type Account, stateSchema } from "#app/sandbox/vendors/lever/state.ts";
import { takeWizardStep } from "#app/services/connect-wizard-step.server.ts";
import { activateConnection } from "#app/services/connection-activation.server.ts";
import { disconnect, finishDisconnect } from "#app/services/connection-removal.server.ts";
import { saveSettings } from "#app/services/connection-settings.server.ts";
import {
  createConnection,
  getConnection,
  saveConsentFields,
  saveCredentials,
  testConnection,
} from "#app/services/connections.server.ts";
import { beginConsent, finishConsent } from "#app/services/oauth.server.ts";
import { inboundDelivery } from "#db/schema/webhooks.ts";
import { answerConsent, startInbound, syncOf } from "#tests/support/ats.ts";
import { testDatabase } from "#tests/support/database.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";

await testDatabase();
const portal = await startInbound();
const sandbox = await createSandbox({ portalOrigin: portal.origin });
setEnvironment({ PATCHBAY_SANDBOX_URL: sandbox.origin, PATCHBAY_URL: portal.origin });
afterAll(async () => {
  await sandbox.close();
  await portal.close();
});

const vendor = () => sandbox.vendor("lever");
const state = () => stateSchema.parse(vendor().state());
const held = (key: string): Account => {
  const found = state().accounts.find((one) => one.key === key);
  if (!found) throw new Error(`There is no account ${key}`);
  return found;
};
const signal = AbortSignal.timeout(60_000);
let member: TestMember;
let id: string;

beforeEach(async () => {
  vendor().reset();
  portal.bodies.length = 0;
  member = await testMember();
});

async function connectByKey(): Promise<void> {
  id = await createConnection(member.actor, { vendorId: "lever", environment: "sandbox" });
  const form = vendor().credentials().good?.config ?? {};
  expect(await saveCredentials(member.actor, id, form)).toMatchObject({ ok: true });
  await activateConnection(member.employerId, id, signal);
}

function formOf(values: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.set(name, value);
  return form;
}
const step = (intent: string, values: Readonly<Record<string, string>>) =>
  takeWizardStep(member.actor, "lever", id, formOf({ intent, ...values }));

const consenter = () => ({ actor: member.actor, userId: member.userId, sessionId: member.userId });

/** What a person does at Lever: chooses an account and allows or denies it. */
async function answerAtLever(account: string, decision: "allow" | "deny") {
  const url = await beginConsent(consenter(), id, "/back");
  expect(url.searchParams.get("audience")).toBe("https://api.lever.co/v1/");
  return (await finishConsent(consenter(), "lever", await answerConsent(url, account, decision))).proof;
}

/** Connects as a person does: consent at Lever, back with a code, tested and saved. */
async function connectBySignIn(account: string): Promise<void> {
  id = await createConnection(member.actor, { vendorId: "lever", environment: "sandbox" });
  await saveConsentFields(member.actor, id, { signInBy: "oauth" });
  expect(await answerAtLever(account, "allow")).toMatchObject({ ok: true });
  await activateConnection(member.employerId, id, signal);
}

const at = () => ({ employerId: member.employerId, connectionId: id });
const { inTenant, sync, copyAll, known, processAll } = syncOf(at, vendor, signal);

describe("Lever by sign-in", () => {
  it("asks for the data API, copies the account, and renews a token that has expired once", async () => {
    await connectBySignIn("birch");
    await copyAll();
    expect(await known("jobs")).toEqual(
      held("birch")
        .postings.map((row) => row.id)
        .sort(),
    );
    vendor().addFault(faultSchema.parse({ kind: "expire" }), {});
    expect(await sync("candidates")).toMatchObject({ status: "succeeded" });
    expect(
      state()
        .grants.map((grant) => grant.refreshes)
        .filter(Boolean),
    ).toEqual([1]);
  });
});

describe("the connect form", () => {
  it("leads to Lever or tests the key, as it is filled in", async () => {
    id = await createConnection(member.actor, { vendorId: "lever", environment: "sandbox" });
    expect(await step("credentials", { signInBy: "oauth" })).toEqual({ kind: "consent", connectionId: id });
    const { config = {} } = vendor().credentials().good ?? {};
    expect(await step("consent", { ...config, apiKey: "wrong" })).toMatchObject({ kind: "stay" });
    expect(await step("consent", config)).toMatchObject({ kind: "next" });
  });
});

describe("what is deleted at Lever", () => {
  it("goes here with the next incremental run, by the list of deletions", async () => {
    await connectByKey();
    await copyAll();
    await vendor().runAction("delete-job", { account: "acme" });
    await vendor().runAction("delete", { account: "acme" });
    for (const resource of ["jobs", "candidates"] as const) expect((await sync(resource)).mode).toBe("incremental");
    const { postings, opportunities } = held("acme");
    expect(await known("jobs")).toEqual(postings.map((row) => row.id).sort());
    expect(await known("candidates")).toEqual(opportunities.map((row) => row.id).sort());
  });
});

describe("Lever's webhooks", () => {
  it("are one per event with a secret each, followed by a fetch, and removed on disconnect", async () => {
    await connectByKey();
    await copyAll();
    const hooks = held("acme").webhooks;
    expect(hooks.map((hook) => hook.event).sort()).toEqual([
      "applicationCreated",
      "candidateArchiveChange",
      "candidateDeleted",
      "candidateHired",
      "candidateStageChange",
    ]);
    expect(new Set(hooks.map((hook) => hook.signatureToken)).size).toBe(5);
    await vendor().runAction("apply", { account: "acme" });
    const [said] = await processAll();
    expect(said).toMatch(/^applicationCreated processed: /);
    const newest = held("acme").opportunities.at(-1);
    expect(await known("candidates")).toContain(newest?.id);
    expect(await known("applications")).toContain(`${newest?.id}/${newest?.applications[0]?.id}`);
    await disconnect(member.actor, id, { closePostings: false });
    await finishDisconnect(member.employerId, id, { closingUntil: new Date(0), signal, lastAttempt: true });
    expect(held("acme").webhooks).toEqual([]);
  });

  it("prove nothing about their content: a forged deletion deletes nobody, and a changed copy is a repeat", async () => {
    await connectByKey();
    await copyAll();
    const before = await known("candidates");
    const victim = held("acme").opportunities[0]?.id ?? "";
    await vendor().sendWebhook("candidateStageChange", { account: "acme" }, null, false);
    await vendor().settle();
    const [sent] = portal.bodies;
    const changed = { ...JSON.parse(sent?.body ?? "{}"), event: "candidateDeleted", data: { opportunityId: victim } };
    const send = (body: unknown) =>
      fetch(portal.origin + (sent?.path ?? ""), { method: "POST", body: JSON.stringify(body) }).then((a) => a.status);
    expect(await send(changed)).toBe(200);
    expect(await inTenant((tx) => tx.select().from(inboundDelivery))).toHaveLength(1);
    expect(await send({ ...changed, token: `${changed.token}0` })).toBe(401);
    await processAll();
    expect(await known("candidates")).toEqual(before);
  });

  it("of a forged deletion that arrives first still ask Lever", async () => {
    await connectByKey();
    await copyAll();
    const before = await known("candidates");
    await vendor().sendWebhook("candidateDeleted", { account: "acme" }, null, false);
    await processAll();
    expect(await known("candidates")).toEqual(before);
    await vendor().runAction("delete", { account: "acme" });
    await processAll();
    expect(await known("candidates")).toHaveLength(before.length - 1);
  });
});

describe("a change between key and sign-in", () => {
  const settings = (values: Record<string, string>) =>
    saveSettings(member.actor, id, formOf({ intent: "credentials", ...values }));
  const now = async () => {
    const { state, config } = await getConnection(member.actor, id);
    return [state, config.signInBy];
  };

  it("leads from the settings to Lever, and the key works on until the sign-in has", async () => {
    await connectByKey();
    const to = await settings({ signInBy: "oauth" });
    expect(to).toEqual({ signInAt: `/oauth/lever/authorize?connection=${id}&return=/integrations/${id}/settings` });
    expect(await now()).toEqual(["active", "key"]);
    expect(await answerAtLever("acme", "deny")).toMatchObject({ ok: false });
    expect(await now()).toEqual(["active", "key"]);
    expect((await sync("jobs")).status).toBe("succeeded");
    await settings({ signInBy: "oauth" });
    expect(await answerAtLever("birch", "allow")).toMatchObject({ ok: false, kind: "conflict" });
    await settings({ signInBy: "oauth" });
    expect(await answerAtLever("acme", "allow")).toMatchObject({ ok: true });
    expect(await now()).toEqual(["active", "oauth"]);
    expect((await sync("jobs")).status).toBe("succeeded");
  });

  it("leads from a dead key to a sign-in when it is connected again", async () => {
    await connectByKey();
    vendor().addFault(faultSchema.parse({ kind: "revoke" }), {});
    expect(await testConnection(member.actor, id)).toMatchObject({ ok: false });
    expect(await now()).toEqual(["needs_reconnect", "key"]);
    expect(await step("consent", { signInBy: "oauth" })).toEqual({ kind: "consent", connectionId: id });
    expect(await answerAtLever("acme", "allow")).toMatchObject({ ok: true });
    expect(await now()).toEqual(["active", "oauth"]);
  });

  it("back to a key is tested and saved at once, and ends the sign-in here", async () => {
    await connectBySignIn("acme");
    const { apiKey = "" } = vendor().credentials().good?.config ?? {};
    await expect(settings({ signInBy: "key", apiKey: "canary-12" })).rejects.toMatchObject({ kind: "invalid" });
    expect(await now()).toEqual(["active", "oauth"]);
    expect(await settings({ signInBy: "key", apiKey })).toMatchObject({ sentence: expect.stringContaining("Tested") });
    expect(await now()).toEqual(["active", "key"]);
    expect((await sync("jobs")).status).toBe("succeeded");
  });
});
