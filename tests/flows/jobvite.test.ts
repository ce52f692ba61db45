import { createHmac } from "node:crypto";
import { and, eq, isNull } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { manifestOf } from "#app/integrations/catalog.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { authorize } from "#app/integrations/kit/auth.server.ts";
import { verifySignature } from "#app/integrations/kit/verify.server.ts";
import { decryptPayload, encryptPayload, envelope } from "#app/integrations/vendors/jobvite/envelope.server.ts";
import { manifest } from "#app/integrations/vendors/jobvite/manifest.ts";
import { webhook } from "#app/integrations/vendors/jobvite/webhook.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createConnection, pasteables, saveCredentials } from "#app/services/connections.server.ts";
import { findDocument, openDocument } from "#app/services/documents.server.ts";
import { listInbound } from "#app/services/inbound-log.server.ts";
import { processInbound } from "#app/services/inbound-process.server.ts";
import { claimQuarantined, listQuarantine } from "#app/services/quarantine.server.ts";
import { runPage } from "#app/services/sync-page.server.ts";
import { openRun, prepareStreams } from "#app/services/sync-runs.server.ts";
import { copyFiles } from "#app/services/synced-files.server.ts";
import { type EmployerTx, sql, withEmployer } from "#db/client.server.ts";
import { inboundRoute } from "#db/schema/connections.ts";
import { application, document, job, onboarding } from "#db/schema/hiring.ts";
import { externalRecord, syncRun } from "#db/schema/sync.ts";
import { inboundDelivery } from "#db/schema/webhooks.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import * as vector from "#tests/support/fixtures/jobvite.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";
import { startSandbox } from "#tests/support/sandbox.ts";

await testDatabase();
const { url } = await testApp();
const sandbox = await startSandbox();
setEnvironment({ PATCHBAY_URL: url });
afterAll(() => sandbox.close());

const signal = () => AbortSignal.timeout(30_000);

describe("Jobvite's signatures and envelope, against vectors that OpenSSL made", () => {
  it("signs a request as the vector does, over key and second only", () => {
    const headers = new Headers();
    const at = { now: new Date(vector.REQUEST.epoch * 1000 + 900), nonce: "unused" };
    const outgoing = {
      method: "POST",
      url: new URL("https://api.jobvite.com/api/v2/job?x=1"),
      host: "",
      headers,
      body: "x",
    };
    const secrets = { apiKey: vector.REQUEST.apiKey, apiSecret: vector.REQUEST.secret };
    authorize(outgoing, manifest.auth, { version: 1, secrets, keep: {} }, {}, at);
    expect(Object.fromEntries(headers)).toEqual({
      "x-jvi-api": vector.REQUEST.apiKey,
      "x-jvi-epoch": String(vector.REQUEST.epoch),
      "x-jvi-sign": vector.REQUEST.signature,
    });
  });

  it("verifies the vector's event, and not one with a changed byte", async () => {
    const check = (body: string) => {
      const headers = { "X-Jobvite-Event-Signature": vector.EVENT.signature };
      const request = { method: "POST", url: "/webhooks/jobvite/acme/candidate", headers, body: Buffer.from(body) };
      return verifySignature(webhook.signature, { request, secrets: [vector.EVENT.key], now: new Date() });
    };
    expect(await check(vector.EVENT.body)).toEqual({ ok: true });
    expect(await check(vector.EVENT.body.replace("New", "new"))).toEqual({ ok: false, reason: "mismatch" });
  });

  it("encrypts and decrypts payloads as the vectors do, padded or filled up", () => {
    const { json, payload } = vector.PADDED;
    expect(encryptPayload(json, vector.AES_KEY)).toBe(payload);
    for (const one of [vector.PADDED, vector.FILLED, vector.EMPTY_LIST])
      expect(decryptPayload(one.payload, vector.AES_KEY)).toBe(one.json);
  });

  it("opens a whole envelope of the vectors, and says the same of every envelope that is wrong", () => {
    const keys = { config: {}, secrets: { ourKey: vector.TEST_KEY } };
    const open = (key: string, payload: string) => envelope.open(JSON.stringify({ key, payload }), keys);
    expect(open(vector.WRAPPED, vector.EMPTY_LIST.payload)).toBe(vector.EMPTY_LIST.json);
    const flipped = `A${vector.WRAPPED.slice(1)}`;
    const wrong: [string, string][] = [
      [vector.WRAPPED_OAEP, vector.EMPTY_LIST.payload],
      [flipped, vector.EMPTY_LIST.payload],
      [vector.WRAPPED, `B${vector.EMPTY_LIST.payload.slice(1)}`],
      [vector.WRAPPED, vector.EMPTY_LIST.payload.slice(0, 20)],
      ["", ""],
    ];
    const said = wrong.map(([key, payload]) => {
      try {
        return open(key, payload);
      } catch (error) {
        return error instanceof IntegrationError ? `${error.kind}: ${error.message}` : String(error);
      }
    });
    expect(new Set(said)).toEqual(new Set(["contract: Jobvite's answer does not open with our key."]));
  });
});

interface Connected {
  member: TestMember;
  id: string;
}

const configOf = (name: "good" | "other") => sandbox.vendor("jobvite").credentials()[name]?.config ?? {};

/** Connects a company as a person does: our own key pair is handed over to the simulated Jobvite first. */
async function connect(member: TestMember, name: "good" | "other") {
  const id = await createConnection(member.actor, { vendorId: "jobvite", environment: "sandbox" });
  const { ourKey: _theirs, ...form } = configOf(name);
  const shown = (await pasteables(member.actor, id)).secrets;
  const publicKey = shown.find(({ label }) => label === "Our public key")?.value ?? "";
  expect(publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  expect(shown.at(-1)?.value).toMatch(/^([0-9a-f]{2}:){31}[0-9a-f]{2}$/);
  await sandbox.control("jobvite", "actions/register-key", { account: form.companyId, publicKey });
  return { id, proof: await saveCredentials(member.actor, id, form) };
}

let acme: Connected;
const inside = <T>(work: (tx: EmployerTx) => Promise<T>, who = acme) => withEmployer(who.member.employerId, work);
/** The budget is not what these tests are about. */
const freshBudget = () => sql`delete from rate_budget`;

type Resource = "jobs" | "candidates" | "applications" | "onboardings";
async function run(resource: Resource, mode: "incremental" | "full" = "incremental") {
  await freshBudget();
  const { employerId } = acme.member;
  const started = await inside((tx) => openRun(tx, employerId, acme.id, resource, { mode, startedBy: "test" }));
  if (!started.started) throw new Error(started.why);
  for (let page = 0; ; page += 1) {
    const [row] = await inside((tx) => tx.select().from(syncRun).where(eq(syncRun.id, started.runId)));
    if (!row || row.finishedAt) return row;
    await runPage(employerId, started.runId, page, signal());
  }
}

const localOf = async (resource: string, externalId: string) => {
  const which = and(eq(externalRecord.resource, resource), eq(externalRecord.externalId, externalId));
  const [row] = await inside((tx) => tx.select().from(externalRecord).where(which));
  return row?.localId ?? "";
};
const applicationOf = async (externalId: string) => {
  const id = await localOf("applications", externalId);
  const [row] = await inside((tx) => tx.select().from(application).where(eq(application.id, id)));
  return row;
};

beforeAll(async () => {
  const member = await testMember({ role: "owner" });
  const { id, proof } = await connect(member, "good");
  expect(proof).toMatchObject({ ok: true, account: { id: "acme", name: "Acme Logistics" } });
  acme = { member, id };
  const found = manifestOf("jobvite");
  if (!found) throw new Error("Jobvite left the catalogue.");
  await inside((tx) => prepareStreams(tx, member.employerId, id, found));
});

describe("a company", () => {
  it("belongs to one employer: the second is told so, and not who holds it", async () => {
    const other = await testMember();
    const id = await createConnection(other.actor, { vendorId: "jobvite", environment: "sandbox" });
    const proof = await saveCredentials(other.actor, id, { ...configOf("good"), ourKey: "", onboarding: "off" });
    expect(proof).toMatchObject({ ok: false, kind: "conflict" });
    const said = JSON.stringify(proof);
    expect(said).toContain("already connected by another employer");
    expect(said).not.toContain(acme.member.employerId);
    expect(said).not.toContain(acme.id);
    const holders = await sql`select connection_id from inbound_route where lookup like 'account:jobvite:%acme'`;
    expect(holders.map((row) => row.connection_id)).toEqual([acme.id]);
    const [mine] = await withEmployer(other.employerId, (tx) =>
      tx.select().from(inboundRoute).where(eq(inboundRoute.connectionId, id)),
    );
    expect(mine).toBeUndefined();
  });

  it("shows its two addresses and our public key, and never the private half or what was typed", async () => {
    const text = JSON.stringify(await pasteables(acme.member.actor, acme.id));
    expect(text).toContain(`${url}/webhooks/jobvite/acme/candidate`);
    expect(text).toContain(`${url}/webhooks/jobvite/acme/job`);
    expect(text).not.toContain("PRIVATE");
    expect(text).not.toContain(configOf("good").apiSecret);
  });
});

describe("a copy", () => {
  it("brings jobs, people, applications and onboarding through the encrypted envelope", async () => {
    for (const resource of ["jobs", "candidates", "applications", "onboardings"] as const)
      expect([resource, (await run(resource, "full"))?.status]).toEqual([resource, "succeeded"]);
    const state = z
      .object({ accounts: z.array(z.object({ jobs: z.array(z.unknown()), applications: z.array(z.unknown()) })) })
      .parse(sandbox.vendor("jobvite").state());
    expect(await inside((tx) => tx.$count(job))).toBe(state.accounts[0]?.jobs.length);
    expect(await inside((tx) => tx.$count(application))).toBe(state.accounts[0]?.applications.length);
    const hires = await inside((tx) => tx.select().from(onboarding));
    expect(hires).toHaveLength(3);
    expect(hires.every((one) => one.applicationId !== null && one.firstName !== "")).toBe(true);
    expect(hires[0]?.tasks.map(({ name, kind, status }) => [name, kind, status])).toEqual([
      ["Tax form", "W4", "done"],
      ["Proof of identity", "I9", "open"],
      ["Handbook", "DOC", "open"],
    ]);
    const records = JSON.stringify(await inside((tx) => tx.select().from(application)));
    expect(records).not.toMatch(/gender|Female/i);
  });

  it("streams a candidate's files into the store once, typed by their bytes", async () => {
    const jobs = await sql<{ payload: unknown }[]>`
      select payload from graphile_worker._private_jobs j
      join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'files-pull' order by j.id limit 2`;
    const wanted = jobs.map(({ payload }) =>
      z
        .object({ employerId: z.string(), connectionId: z.string(), application: z.string(), version: z.string() })
        .parse(payload),
    );
    expect(wanted).toHaveLength(2);
    for (const _twice of [1, 2])
      for (const one of wanted) {
        await freshBudget();
        await copyFiles(one, signal());
      }
    const files = await inside((tx) => tx.select().from(document));
    expect(files.map(({ contentType, kind }) => [contentType, kind]).sort()).toEqual([
      ["application/pdf", "resume"],
      ["text/plain", "resume"],
    ]);
    for (const file of files) {
      const { body } = await openDocument(await findDocument(acme.member.actor, file.id));
      expect(await new Response(body).text()).toContain("Seven years of experience.");
    }
  });
});

describe("a webhook", () => {
  const register = () =>
    sandbox.control("jobvite", "actions/register-webhooks", { account: "acme", url: `${url}/webhooks/jobvite/acme` });
  const send = (event: string, fields: Record<string, string>, tamper?: string) =>
    sandbox.control("jobvite", "webhooks", { event, ...fields, ...(tamper ? { tamper } : {}) });
  const deliveries = () =>
    inside((tx) => tx.select().from(inboundDelivery).where(eq(inboundDelivery.connectionId, acme.id)));
  const log = async () => (await listInbound(acme.member.actor, acme.id)).lines;
  const everything = async () =>
    JSON.stringify(
      await inside(async (tx) => [
        await tx.select().from(application).orderBy(application.id),
        await tx.select().from(job).orderBy(job.id),
        await tx.select().from(externalRecord).orderBy(externalRecord.resource, externalRecord.externalId),
      ]),
    );
  const work = async () => {
    await freshBudget();
    for (const row of await deliveries())
      if (row.state === "received") await processInbound(acme.member.employerId, row.id, signal());
  };
  const move = async (state: string) => {
    const answer = await sandbox.control("jobvite", "actions/move", { account: "acme", state });
    return z.object({ applicationId: z.string() }).parse(answer).applicationId;
  };

  beforeEach(register);

  it("that verifies leads to the fresh record, and shows in the log of deliveries", async () => {
    const applicationId = await move("Interview");
    await vi.waitFor(async () => expect(await deliveries()).toHaveLength(1));
    await work();
    expect(await applicationOf(applicationId)).toMatchObject({ stageName: "Interview" });
    expect((await log())[0]).toMatchObject({ type: "APPLICATION_STAGE", state: "processed" });
  });

  it("about a job goes to the other address and updates the job", async () => {
    const before = (await deliveries()).length;
    await sandbox.control("jobvite", "actions/close-job", { account: "acme" });
    await vi.waitFor(async () => expect(await deliveries()).toHaveLength(before + 1));
    await work();
    const closed = await inside((tx) => tx.select().from(job).where(eq(job.status, "closed")));
    expect(closed.length).toBeGreaterThan(0);
    expect((await log())[0]).toMatchObject({ type: "JOB_UPDATED", state: "processed" });
  });

  it.each(["body", "signature", "secret", "no-signature"])(
    "whose %s was tampered with is refused and logged, and changes nothing",
    async (tamper) => {
      const before = await everything();
      const count = (await deliveries()).length;
      const refused = (await log()).filter(({ state }) => state === "refused").length;
      await send("APPLICATION_STAGE", { account: "acme", newValue: "Offer" }, tamper);
      await vi.waitFor(async () =>
        expect((await log()).filter(({ state }) => state === "refused")).toHaveLength(refused + 1),
      );
      await work();
      expect((await deliveries()).length).toBe(count);
      expect(await everything()).toBe(before);
    },
  );

  it("that is used again, byte for byte, is logged as a repeat and does nothing", async () => {
    const secret = configOf("good").webhookKey ?? "";
    const applicationId = await move("Offer");
    await vi.waitFor(async () => expect((await log())[0]).toMatchObject({ state: "received" }));
    await work();
    const body = JSON.stringify({
      eventType: "APPLICATION_STAGE",
      id: "evt-x",
      applicationId,
      newValue: "Offer",
      date: 1,
    });
    const post = () =>
      fetch(`${url}/webhooks/jobvite/acme/candidate`, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          "x-jobvite-event-signature": createHmac("sha256", secret).update(body).digest("base64"),
        },
      });
    expect((await post()).status).toBe(200);
    await work();
    const before = await everything();
    const count = (await deliveries()).length;
    expect((await post()).status).toBe(200);
    await work();
    expect((await deliveries()).length).toBe(count);
    expect(await everything()).toBe(before);
    expect((await log())[0]).toMatchObject({ state: "refused", note: expect.stringContaining("taken before") });
  });

  it("for a company that nobody connected is refused, kept as unproven, and handed over only if it verifies", async () => {
    const post = (key: string, id: string) => {
      const body = JSON.stringify({ eventType: "JOB_UPDATED", id, jobId: "o1", date: 1 });
      const signature = createHmac("sha256", key).update(body).digest("base64");
      return fetch(`${url}/webhooks/jobvite/birch/job`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", "x-jobvite-event-signature": signature },
      });
    };
    const before = await everything();
    const genuine = configOf("other").webhookKey ?? "";
    expect((await post(genuine, "evt-genuine")).status).toBe(404);
    expect((await post("somebody else's key", "evt-forged")).status).toBe(404);
    expect(await everything()).toBe(before);
    const { actor } = await testMember();
    const admin = { ...actor, permissions: new Set([...actor.permissions, "instance:manage" as const]) };
    const kept = (await listQuarantine(admin)).toReversed();
    expect(kept.map(({ accountId, unproven }) => [accountId, unproven])).toEqual([
      ["birch", true],
      ["birch", true],
    ]);
    const birch = await testMember();
    await freshBudget();
    const { id, proof } = await connect(birch, "other");
    expect(proof).toMatchObject({ ok: true });
    await expect(claimQuarantined(admin, kept[1]?.id ?? "")).rejects.toThrow("does not fit this connection");
    await claimQuarantined(admin, kept[0]?.id ?? "");
    const taken = await withEmployer(birch.employerId, (tx) =>
      tx
        .select()
        .from(inboundDelivery)
        .where(and(eq(inboundDelivery.connectionId, id), isNull(inboundDelivery.replayOf))),
    );
    expect(taken.map(({ type }) => type)).toEqual(["JOB_UPDATED"]);
  });

  it("signed for one company is refused at another company's address", async () => {
    const body = JSON.stringify({ eventType: "JOB_UPDATED", id: "evt-y", jobId: "o1", date: 1 });
    const signature = createHmac("sha256", configOf("other").webhookKey ?? "")
      .update(body)
      .digest("base64");
    const before = await everything();
    const answer = await fetch(`${url}/webhooks/jobvite/acme/job`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", "x-jobvite-event-signature": signature },
    });
    expect([answer.status, await answer.text()]).toEqual([401, ""]);
    expect((await log())[0]).toMatchObject({ state: "refused", note: expect.stringContaining("does not fit") });
    expect(await everything()).toBe(before);
    for (const path of ["acme/other", "acme/job/more", "nobody/job"])
      expect((await fetch(`${url}/webhooks/jobvite/${path}`, { method: "POST", body: "{}" })).status).toBe(404);
  });
});
