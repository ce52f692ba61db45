import { eq } from "drizzle-orm";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createSandbox } from "#app/sandbox/create.ts";
import { faultSchema } from "#app/sandbox/faults.ts";
import { type Account, stateSchema } from "#app/sandbox/vendors/jobadder/state.ts";
import { activateConnection } from "#app/services/connection-activation.server.ts";
import { disconnect, finishDisconnect } from "#app/services/connection-removal.server.ts";
import { createConnection, getConnection, pauseConnection } from "#app/services/connections.server.ts";
import { beginConsent, finishConsent } from "#app/services/oauth.server.ts";
import { renewSubscription, subscriptionIds } from "#app/services/subscriptions.server.ts";
import { refreshAhead } from "#app/services/token-refresh.server.ts";
import { sql } from "#db/client.server.ts";
import { credential, subscription } from "#db/schema/connections.ts";
import { syncStream } from "#db/schema/sync.ts";
import { inboundRefusal } from "#db/schema/webhooks.ts";
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

const vendor = () => sandbox.vendor("jobadder");
const held = (key: string): Account => {
  const found = stateSchema.parse(vendor().state()).accounts.find((one) => one.key === key);
  if (!found) throw new Error(`There is no account ${key}`);
  return found;
};
const signal = AbortSignal.timeout(60_000);
let member: TestMember;
let id: string;

beforeEach(async () => {
  vendor().reset();
  member = await testMember();
  id = await signIn("acme");
});

/** Connects as a person does: consent at JobAdder, back with a code, tested and saved. */
async function signIn(account: string): Promise<string> {
  const made = await createConnection(member.actor, { vendorId: "jobadder", environment: "sandbox" });
  const who = { actor: member.actor, userId: member.userId, sessionId: member.userId };
  const url = await beginConsent(who, made, "/back");
  expect(url.searchParams.get("scope")).toContain("offline_access");
  expect((await finishConsent(who, "jobadder", await answerConsent(url, account))).proof).toMatchObject({ ok: true });
  await activateConnection(member.employerId, made, signal);
  return made;
}

const at = () => ({ employerId: member.employerId, connectionId: id });
const { inTenant, sync, copyAll, known, processAll } = syncOf(at, vendor, signal);

describe("an account on another region", () => {
  it("is called where the token answer says, and nowhere else", async () => {
    id = await signIn("birch");
    expect((await getConnection(member.actor, id)).grant).toEqual({ api: "https://eu-api.jobadder.com/v2" });
    await sync("jobs");
    expect(
      new Set(
        vendor()
          .meter.log()
          .filter((call) => call.account === "birch")
          .map((call) => call.host),
      ),
    ).toEqual(new Set(["eu-api.jobadder.com"]));
  });
});

describe("what is deleted at JobAdder", () => {
  it("goes here with the next incremental run, by the list of deletions", async () => {
    await copyAll();
    expect(await known("jobs")).toEqual(
      held("acme")
        .jobs.map((job) => String(job.jobId))
        .sort(),
    );
    const before = held("acme").applications.length;
    await vendor().runAction("delete-job", { account: "acme" });
    expect(held("acme").applications.length).toBeLessThan(before);
    for (const resource of ["jobs", "applications"] as const) expect((await sync(resource)).mode).toBe("incremental");
    expect(await known("jobs")).toEqual(
      held("acme")
        .jobs.map((job) => String(job.jobId))
        .sort(),
    );
    expect(await known("applications")).toHaveLength(held("acme").applications.length);
  });

  it("is found by a complete read after a silence longer than JobAdder remembers", async () => {
    await copyAll();
    const longAgo = new Date(Date.now() - 15 * 86_400_000);
    await inTenant((tx) => tx.update(syncStream).set({ lastCompleteAt: longAgo }));
    const run = await sync("candidates");
    expect(run).toMatchObject({ mode: "full", status: "succeeded" });
  });
});

describe("its webhooks", () => {
  it("are registered on connect, verified, followed by a fetch, and removed on disconnect", async () => {
    await copyAll();
    const [hook] = held("acme").webhooks;
    expect(hook?.url).toMatch(new RegExp(`^${portal.origin}/webhooks/jobadder/.{20,}$`));
    await vendor().runAction("move", { account: "acme", statusId: "23" });
    await vendor().settle();
    expect(
      vendor()
        .deliveries.list()
        .map((one) => one.status),
    ).toEqual([200]);
    expect(await processAll()).toEqual(["jobapplication_status_changed processed: Updated one of applications."]);
    await disconnect(member.actor, id, { closePostings: false });
    await finishDisconnect(member.employerId, id, { closingUntil: new Date(0), signal, lastAttempt: true });
    expect(held("acme").webhooks).toEqual([]);
  });

  it("arrive at the plain address too, where the header names the subscription", async () => {
    const [hook] = held("acme").webhooks;
    const send = (headers: Record<string, string>, to = "/webhooks/jobadder") => {
      const body = JSON.stringify({
        event: "job_status_changed",
        eventId: crypto.randomUUID(),
        eventDate: new Date().toISOString(),
        jobId: held("acme").jobs[0]?.jobId,
      });
      return fetch(portal.origin + to, { method: "POST", body, headers }).then((answer) => answer.status);
    };
    const good = { authorization: hook?.authorization ?? "", "x-jobadder-webhookid": hook?.webhookId ?? "" };
    expect(await send(good)).toBe(200);
    expect(await send({ ...good, authorization: `${good.authorization}x` })).toBe(401);
    expect(await send({ ...good, "x-jobadder-webhookid": crypto.randomUUID() })).toBe(404);
    const own = new URL(hook?.url ?? "").pathname;
    expect(await send({ ...good, "x-jobadder-webhookid": crypto.randomUUID() }, own)).toBe(401);
    expect(await send({ authorization: good.authorization }, own)).toBe(401);
    const refused = await inTenant((tx) => tx.select().from(inboundRefusal));
    expect(refused.map((row) => row.reason).filter((reason) => reason.includes("subscription"))).toHaveLength(2);
  });

  it("that do not say what they are about start a sync of that kind", async () => {
    await copyAll();
    await vendor().runAction("settings", { idPlace: "none" });
    await vendor().runAction("close-job", { account: "acme" });
    await vendor().settle();
    expect(await processAll()).toEqual(["job_status_changed processed: Reads what changed in jobs."]);
  });

  it("that were suspended are switched on again in their place", async () => {
    const before = await subscriptionIds(member.employerId, id);
    const due = (minutes: number) =>
      sql`select id from due_work(now() + make_interval(mins => ${minutes}), 9) where kind = 'subscription' and employer = ${member.employerId}`;
    expect([(await due(50)).length, (await due(61)).length]).toEqual([0, 1]);
    vendor().addFault(faultSchema.parse({ kind: "suspend-webhooks" }), {});
    expect(held("acme").webhooks[0]?.status).toBe("Suspended");
    const [row] = await inTenant((tx) => tx.select().from(subscription));
    await renewSubscription(member.employerId, row?.id ?? "", signal);
    expect(held("acme").webhooks).toMatchObject([{ status: "Enabled", suspendedAt: null }]);
    expect(held("acme").webhooks[0]?.authorization).toMatch(/^Basic /);
    expect(await subscriptionIds(member.employerId, id)).toEqual(before);
  });
});

describe("a paused connection", () => {
  it("is renewed once a day, so that its sign-in does not die of disuse", async () => {
    const grants = () => stateSchema.parse(vendor().state()).grants.reduce((sum, grant) => sum + grant.refreshes, 0);
    await pauseConnection(member.actor, id);
    const row = eq(credential.field, "grant");
    await inTenant((tx) =>
      tx
        .update(credential)
        .set({ expiresAt: new Date(0) })
        .where(row),
    );
    await refreshAhead(member.employerId, id, signal);
    expect(grants()).toBe(0);
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    await inTenant((tx) => tx.update(credential).set({ lastVerifiedAt: yesterday }).where(row));
    await refreshAhead(member.employerId, id, signal);
    expect(grants()).toBe(1);
    expect((await getConnection(member.actor, id)).state).toBe("paused_by_user");
  });
});
