import { sql as statement } from "drizzle-orm";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createSandbox } from "#app/sandbox/create.ts";
import { faultSchema } from "#app/sandbox/faults.ts";
import { flushCallStats } from "#app/services/call-stats.server.ts";
import { activateConnection } from "#app/services/connection-activation.server.ts";
import { blastRadius, disconnect, finishDisconnect } from "#app/services/connection-removal.server.ts";
import { saveSetup, setupQuestions } from "#app/services/connection-setup.server.ts";
import { applyOutcome } from "#app/services/connection-state.server.ts";
import {
  createConnection,
  getConnection,
  pasteables,
  pauseConnection,
  resumeConnection,
  saveCredentials,
  testConnection,
} from "#app/services/connections.server.ts";
import { listIssues } from "#app/services/issues.server.ts";
import { beginConsent, type Consenter, finishConsent } from "#app/services/oauth.server.ts";
import { subscriptionSecrets } from "#app/services/subscriptions.server.ts";
import { callVendor } from "#app/services/vendor-context.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { callStat, credential, inboundRoute, subscription } from "#db/schema/connections.ts";
import { calendarStream } from "#db/schema/interviews.ts";
import { syncStream } from "#db/schema/sync.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";

const database = await testDatabase();
const sandbox = await createSandbox();
setEnvironment({ PATCHBAY_SANDBOX_URL: sandbox.origin, PATCHBAY_URL: "https://portal.test" });
afterAll(() => sandbox.close());

let member: TestMember;
beforeEach(async () => {
  member = await testMember();
});
afterEach(async () => {
  await sql`delete from inbound_route where lookup like 'account:%'`;
  for (const id of ["greenhouse", "slack", "google-calendar"]) sandbox.vendor(id).reset();
});

const configOf = (name: "good" | "other"): Record<string, string> => ({
  apiVersion: "v3",
  ...sandbox.vendor("greenhouse").credentials()[name]?.config,
  webhookSecret: "",
});

async function greenhouse(name: "good" | "other" = "good", who = member): Promise<string> {
  const id = await createConnection(who.actor, { vendorId: "greenhouse", environment: "sandbox" });
  const proof = await saveCredentials(who.actor, id, configOf(name));
  expect(proof).toMatchObject({ ok: true });
  return id;
}

const consenter = (who = member, sessionId = who.userId): Consenter => ({
  actor: who.actor,
  userId: who.userId,
  sessionId,
});

/** Walks through the vendor's own consent page as a browser would; returns the query it comes back with. */
async function consent(url: URL, decision: "allow" | "deny", account?: string): Promise<URLSearchParams> {
  const form = new URLSearchParams(url.searchParams);
  form.set("decision", decision);
  const page = await (await fetch(url)).text();
  const offered = /name="account" value="([^"]+)"/.exec(page)?.[1];
  form.set("account", account ?? offered ?? "");
  for (const [, name = "", value = ""] of page.matchAll(/type="checkbox"[^>]*name="([^"]+)"[^>]*value="([^"]+)"/g))
    form.append(name, value);
  const answer = await fetch(url.origin + url.pathname, { method: "POST", body: form, redirect: "manual" });
  const location = answer.headers.get("location");
  if (location === null) throw new Error(`The consent page answered ${answer.status}: ${await answer.text()}`);
  return new URL(location).searchParams;
}

async function slack(who = member, account?: string) {
  const id = await createConnection(who.actor, { vendorId: "slack", environment: "sandbox" });
  const url = await beginConsent(consenter(who), id, "/back");
  return { id, finished: await finishConsent(consenter(who), "slack", await consent(url, "allow", account)) };
}

const state = async (id: string) => (await getConnection(member.actor, id)).state;

describe("connecting with a key", () => {
  it("keeps nothing and turns nothing green until the vendor accepted it", async () => {
    const id = await createConnection(member.actor, { vendorId: "greenhouse", environment: "sandbox" });
    const proof = await saveCredentials(member.actor, id, { ...configOf("good"), clientSecret: "canary-8f1" });
    expect(proof).toMatchObject({ ok: false, kind: "auth-revoked" });
    expect(await getConnection(member.actor, id)).toMatchObject({ state: "added", config: {}, accountId: null });
    const kept = await withEmployer(member.employerId, (tx) => tx.select().from(credential));
    expect(kept.map((row) => row.field)).not.toContain("clientSecret");
  });

  it("names the account, becomes active and starts its schedules", async () => {
    const id = await greenhouse();
    expect(await getConnection(member.actor, id)).toMatchObject({ state: "active", accountName: expect.any(String) });
    const jobs = await sql<{ n: number }[]>`
      select count(*)::int as n from graphile_worker.jobs where key = ${`connection-activate:${id}`}`;
    expect(jobs[0]?.n).toBe(1);
    await activateConnection(member.employerId, id, AbortSignal.timeout(10_000));
    const streams = await withEmployer(member.employerId, (tx) => tx.select().from(syncStream));
    expect(streams.map((row) => row.resource).sort()).toEqual(["applications", "candidates", "jobs", "stages"]);
  });

  it("says under each field what is wrong before any call", async () => {
    const id = await createConnection(member.actor, { vendorId: "greenhouse", environment: "sandbox" });
    await expect(saveCredentials(member.actor, id, { apiVersion: "v3" })).rejects.toMatchObject({
      kind: "invalid",
      info: { fields: { clientId: expect.any(String), clientSecret: expect.any(String) } },
    });
  });

  it("refuses another account on reconnect and keeps the old credential", async () => {
    const id = await greenhouse("good");
    const proof = await saveCredentials(member.actor, id, configOf("other"));
    expect(proof).toMatchObject({ ok: false, kind: "conflict" });
    expect(await testConnection(member.actor, id)).toMatchObject({ ok: true });
  });

  it("never stores a secret in the clear, in any table", async () => {
    await greenhouse();
    const secret = String(configOf("good").clientSecret);
    await asAdmin(database.adminUrl, async (admin) => {
      const tables = await admin<{ name: string }[]>`
        select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname in ('public', 'graphile_worker')`;
      for (const { name } of tables) {
        const hits = await admin.unsafe(`select 1 from ${name} t where t::text like '%${secret}%'`);
        expect([name, hits.length]).toEqual([name, 0]);
      }
    });
  });

  it("gives the person our address and the secret that we made", async () => {
    const id = await greenhouse();
    const found = await pasteables(member.actor, id);
    expect(found.url).toMatch(/^https:\/\/portal\.test\/webhooks\/greenhouse\/[\w-]{32}$/);
    expect(found.secrets).toEqual([{ label: "Webhook secret", value: expect.stringMatching(/^[\w-]{32}$/) }]);
    expect((await pasteables(member.actor, id)).url).toBe(found.url);
  });

  it("another employer's connection does not exist", async () => {
    const id = await greenhouse();
    const stranger = await testMember();
    for (const attempt of [
      () => getConnection(stranger.actor, id),
      () => testConnection(stranger.actor, id),
      () => pauseConnection(stranger.actor, id),
      () => blastRadius(stranger.actor, id),
      () => disconnect(stranger.actor, id, { closePostings: true }),
    ])
      await expect(attempt()).rejects.toMatchObject({ kind: "not-found" });
  });
});

it("says so when the simulated vendors are switched off", async () => {
  const key = await createConnection(member.actor, { vendorId: "greenhouse", environment: "sandbox" });
  const consented = await createConnection(member.actor, { vendorId: "slack", environment: "sandbox" });
  setEnvironment({ PATCHBAY_SANDBOX: "off" });
  try {
    const proof = await saveCredentials(member.actor, key, configOf("good"));
    expect(proof).toMatchObject({ ok: false, message: expect.stringContaining("switched off") });
    await expect(beginConsent(consenter(), consented, "/back")).rejects.toMatchObject({ kind: "unavailable" });
  } finally {
    setEnvironment({ PATCHBAY_SANDBOX: "on" });
  }
});

describe("connecting by consent", () => {
  it("comes back to the same session, once, and needs setup until a channel is chosen", async () => {
    const { id, finished } = await slack();
    expect(finished).toMatchObject({ connectionId: id, returnTo: "/back", proof: { ok: true } });
    expect(await state(id)).toBe("needs_setup");
    const [question] = await setupQuestions(member.actor, id);
    expect(question?.problem).toBeNull();
    const channel = question?.options[0]?.value ?? "";
    await expect(saveSetup(member.actor, id, { channelId: ["made up"] })).rejects.toMatchObject({ kind: "invalid" });
    await expect(saveSetup(member.actor, id, {})).rejects.toMatchObject({ kind: "invalid" });
    expect(await state(id)).toBe("needs_setup");
    await saveSetup(member.actor, id, { channelId: [channel] });
    expect(await state(id)).toBe("active");
  });

  it("refused at the vendor says so plainly and changes nothing", async () => {
    const id = await createConnection(member.actor, { vendorId: "slack", environment: "sandbox" });
    const url = await beginConsent(consenter(), id, "/back");
    const finished = await finishConsent(consenter(), "slack", await consent(url, "deny"));
    expect(finished.proof).toMatchObject({ ok: false, message: expect.stringContaining("the answer was no") });
    expect(await state(id)).toBe("added");
  });

  it("is refused before any token call when state, session or use is wrong", async () => {
    const id = await createConnection(member.actor, { vendorId: "slack", environment: "sandbox" });
    const query = await consent(await beginConsent(consenter(), id, "/back"), "allow");
    const calls = () =>
      sandbox
        .vendor("slack")
        .meter.log()
        .filter((call) => call.path.includes("oauth.v2.access")).length;
    const before = calls();
    const forged = new URLSearchParams(query);
    forged.set("state", "another");
    await expect(finishConsent(consenter(), "slack", forged)).rejects.toMatchObject({ kind: "invalid" });
    await expect(finishConsent(consenter(member, newId()), "slack", query)).rejects.toMatchObject({ kind: "invalid" });
    const stranger = await testMember();
    await expect(finishConsent(consenter(stranger), "slack", query)).rejects.toMatchObject({ kind: "invalid" });
    expect(calls()).toBe(before);
    expect((await finishConsent(consenter(), "slack", query)).proof.ok).toBe(true);
    await expect(finishConsent(consenter(), "slack", query)).rejects.toMatchObject({ kind: "invalid" });
    expect(calls()).toBe(before + 1);
  });

  it("of an account that another employer holds is a clear conflict", async () => {
    const { finished } = await slack();
    expect(finished.proof).toMatchObject({ ok: true });
    const stranger = await testMember();
    const second = await slack(stranger);
    expect(second.finished.proof).toMatchObject({
      ok: false,
      kind: "conflict",
      message: expect.stringContaining("another employer"),
    });
    expect((await getConnection(stranger.actor, second.id)).state).toBe("added");
  });

  it("follows the chosen calendars, subscribes to each and forgets those no longer chosen", async () => {
    const id = await createConnection(member.actor, { vendorId: "google-calendar", environment: "sandbox" });
    const url = await beginConsent(consenter(), id, "/back");
    expect(url.searchParams.get("code_challenge_method")).toBe("S256");
    const finished = await finishConsent(consenter(), "google-calendar", await consent(url, "allow"));
    expect(finished.proof).toMatchObject({ ok: true });
    const [look] = await setupQuestions(member.actor, id);
    const options = (look?.options ?? []).map((option) => option.value);
    expect(options.length).toBeGreaterThan(1);
    const [first = "", second = ""] = options;
    await saveSetup(member.actor, id, { calendarIds: [first, second], bookingCalendarId: [first] });
    await activateConnection(member.employerId, id, AbortSignal.timeout(10_000));
    const followed = () => withEmployer(member.employerId, (tx) => tx.select().from(calendarStream));
    const subscribed = () => withEmployer(member.employerId, (tx) => tx.select().from(subscription));
    expect((await followed()).map((row) => row.calendarId).sort()).toEqual([first, second].sort());
    expect((await subscribed()).map((row) => row.target).sort()).toEqual([first, second].sort());
    expect(await subscriptionSecrets(member.employerId, id)).toHaveLength(2);
    await saveSetup(member.actor, id, { calendarIds: [first], bookingCalendarId: [first] });
    await activateConnection(member.employerId, id, AbortSignal.timeout(10_000));
    expect((await followed()).map((row) => row.calendarId)).toEqual([first]);
    expect((await subscribed()).map((row) => row.target)).toEqual([first]);
  });
});

describe("a running connection", () => {
  it("that the vendor revokes turns red on the first answer, raises one issue and heals on reconnect", async () => {
    const id = await greenhouse();
    sandbox.vendor("greenhouse").addFault(faultSchema.parse({ kind: "revoke" }), {});
    await testConnection(member.actor, id);
    await testConnection(member.actor, id);
    expect(await state(id)).toBe("needs_reconnect");
    const { open } = await listIssues(member.actor, id);
    expect(open.map((issue) => [issue.type, issue.severity])).toEqual([["needs_reconnect", "bad"]]);
    sandbox.vendor("greenhouse").reset();
    expect(await saveCredentials(member.actor, id, configOf("good"))).toMatchObject({ ok: true });
    expect(await state(id)).toBe("active");
    const after = await listIssues(member.actor, id);
    expect([after.open.length, after.lastHealed?.type]).toEqual([0, "needs_reconnect"]);
  });

  it("that a person paused does no work, stays paused through a reconnect, and goes on when resumed", async () => {
    const id = await greenhouse();
    await pauseConnection(member.actor, id);
    const work = () =>
      callVendor(
        member.employerId,
        id,
        { signal: AbortSignal.timeout(10_000), idempotencyKey: "t" },
        async ({ adapter, ctx }) => adapter.test(ctx),
      );
    await expect(work()).rejects.toMatchObject({ kind: "unsupported" });
    expect(await saveCredentials(member.actor, id, configOf("good"))).toMatchObject({ ok: true });
    expect(await state(id)).toBe("paused_by_user");
    await resumeConnection(member.actor, id);
    expect(await state(id)).toBe("active");
    expect(await work()).toMatchObject({ name: expect.any(String) });
  });

  it("counts its calls for the sparkline", async () => {
    const id = await greenhouse();
    await testConnection(member.actor, id);
    await flushCallStats();
    const rows = await withEmployer(member.employerId, (tx) => tx.select().from(callStat));
    expect(rows.filter((row) => row.connectionId === id)[0]?.succeeded).toBeGreaterThan(0);
  });

  it("shares one call budget between workers and leaves the reserve to people", async () => {
    const id = await greenhouse();
    await sql`delete from rate_budget`;
    await sql`insert into rate_budget (scope, seconds, window_start, used) values (${`connection:${id}:all`}, 10, now(), 41)`;
    const call = (interactive: boolean) =>
      callVendor(
        member.employerId,
        id,
        { signal: AbortSignal.timeout(10_000), idempotencyKey: "t", interactive },
        async ({ adapter, ctx }) => adapter.test(ctx),
      );
    await expect(call(false)).rejects.toMatchObject({ kind: "rate-limited", info: { retryAfter: expect.any(Date) } });
    expect(await call(true)).toMatchObject({ id: expect.any(String) });
  });
});

describe("disconnecting", () => {
  it("ends subscriptions, gives the token back and leaves nothing sealed behind", async () => {
    const { id } = await slack();
    expect(await blastRadius(member.actor, id)).toMatchObject({ livePostings: 0, subscriptions: 0 });
    await disconnect(member.actor, id, { closePostings: true });
    expect(await state(id)).toBe("disconnecting");
    await expect(disconnect(member.actor, id, { closePostings: true })).rejects.toMatchObject({ kind: "conflict" });
    await expect(pauseConnection(member.actor, id)).rejects.toMatchObject({ kind: "conflict" });
    const calls = () =>
      sandbox
        .vendor("slack")
        .meter.log()
        .filter((call) => call.path.includes("auth.revoke")).length;
    const before = calls();
    await finishDisconnect(member.employerId, id, {
      closingUntil: new Date(),
      signal: AbortSignal.timeout(10_000),
      lastAttempt: false,
    });
    expect(calls()).toBe(before + 1);
    await expect(getConnection(member.actor, id)).rejects.toMatchObject({ kind: "not-found" });
    const left = await withEmployer(member.employerId, async (tx) => [
      ...(await tx.select({ id: credential.connectionId }).from(credential)),
      ...(await tx
        .select({ id: inboundRoute.connectionId })
        .from(inboundRoute)
        .where(statement`connection_id = ${id}`)),
    ]);
    expect(left).toEqual([]);
    const again = await slack(await testMember());
    expect(again.finished.proof.ok).toBe(true);
  });

  it("is not undone by what vendors say meanwhile", async () => {
    const id = await greenhouse();
    await disconnect(member.actor, id, { closePostings: false });
    await withEmployer(member.employerId, (tx) => applyOutcome(tx, member.employerId, id, { kind: "proven" }));
    expect(await state(id)).toBe("disconnecting");
  });
});
