import { and, eq } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signAs } from "#app/integrations/kit/sign.server.ts";
import { webhook as greenhouse } from "#app/integrations/vendors/greenhouse/webhook.server.ts";
import { webhook as slack } from "#app/integrations/vendors/slack/webhook.server.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { saveSecrets } from "#app/services/credentials.server.ts";
import { receiveWebhook } from "#app/services/inbound.server.ts";
import { processInbound, wakeInbound } from "#app/services/inbound-process.server.ts";
import { claimAccount, inboundUrl } from "#app/services/inbound-routes.server.ts";
import { type InboundTargets, inboundTargets } from "#app/services/inbound-targets.server.ts";
import { vendorSetting } from "#app/services/vendor-apps.server.ts";
import { loadConnection } from "#app/services/vendor-context.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { inboundDelivery, inboundRefusal } from "#db/schema/webhooks.ts";
import { makeConnection, makeEmployer } from "#tests/support/connections.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";

const database = await testDatabase();
setEnvironment({ PATCHBAY_URL: "https://portal.example" });

const SECRET = "greenhouse-secret";
const signal = new AbortController().signal;
let employerId = "";
let connectionId = "";
let token = "";

const jobUpdated = (id: number) => ({ action: "job_updated", payload: { job: { id } } });

beforeAll(async () => {
  employerId = await makeEmployer("Hollin");
});

beforeEach(async () => {
  connectionId = await makeConnection(employerId, { vendorId: "greenhouse" });
  const row = await loadConnection(employerId, connectionId);
  token = await withEmployer(employerId, async (tx) => {
    await saveSecrets(tx, employerId, connectionId, { webhookSecret: SECRET });
    return (await inboundUrl(tx, row)).split("/").at(-1) ?? "";
  });
});

interface Sent {
  eventId?: string;
  body?: string;
  secret?: string;
  headers?: Record<string, string>;
  to?: string;
}

/** A request as Greenhouse sends it, signed by the inverse of the verifier. */
function fromGreenhouse({ eventId = newId(), body, secret = SECRET, headers }: Sent = {}): Request {
  const text = body ?? JSON.stringify(jobUpdated(7));
  const signed = signAs(greenhouse.signature, { secret, body: Buffer.from(text), now: new Date() });
  return new Request("http://internal/webhooks/greenhouse/x", {
    method: "POST",
    body: text,
    headers: { "content-type": "application/json", "greenhouse-event-id": eventId, ...signed, ...headers },
  });
}

const send = (request: Request, to = token) => receiveWebhook(request, { vendorId: "greenhouse", token: to });

const rows = () =>
  withEmployer(employerId, (tx) =>
    tx
      .select()
      .from(inboundDelivery)
      .where(and(eq(inboundDelivery.employerId, employerId), eq(inboundDelivery.connectionId, connectionId))),
  );
const refusals = () =>
  withEmployer(employerId, (tx) =>
    tx.select().from(inboundRefusal).where(eq(inboundRefusal.connectionId, connectionId)),
  );
const jobsOf = async (deliveryId: string) =>
  (await sql`select 1 from graphile_worker.jobs where key = ${`inbound:${deliveryId}`}`).length;

describe("a vendor's request", () => {
  it("is stored sealed with its job before it is answered 2xx", async () => {
    const response = await send(fromGreenhouse());
    expect(response.status).toBe(200);
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ state: "received", type: "job_updated", vendorId: "greenhouse" });
    expect(await jobsOf(row?.id ?? "")).toBe(1);
    const raw = await asAdmin(database.adminUrl, (admin) => admin`select ciphertext from inbound_delivery`);
    expect(raw.map((one) => String(one.ciphertext)).join()).not.toContain("job_updated");
  });

  it("has its effect once however often the vendor repeats it", async () => {
    const eventId = newId();
    for (const _ of [1, 2, 3]) expect((await send(fromGreenhouse({ eventId }))).status).toBe(200);
    expect(await rows()).toHaveLength(1);
  });

  it("has its effect once when the repeats come at the same time", async () => {
    const eventId = newId();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(fromGreenhouse({ eventId }))));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await rows()).toHaveLength(1);
  });

  it("is refused when a byte was changed, and says why on the page but not to the caller", async () => {
    const genuine = fromGreenhouse();
    const changed = new Request(genuine.url, {
      method: "POST",
      headers: genuine.headers,
      body: JSON.stringify(jobUpdated(8)),
    });
    const response = await send(changed);
    expect(response.status).toBe(401);
    expect(await response.text()).toBe("");
    expect(await rows()).toEqual([]);
    expect((await refusals()).map(({ reason }) => reason)).toEqual([expect.stringContaining("does not fit")]);
  });

  it("is refused with another secret, without a signature, and re-serialised", async () => {
    expect((await send(fromGreenhouse({ secret: "other" }))).status).toBe(401);
    expect((await send(fromGreenhouse({ headers: { signature: "" } }))).status).toBe(401);
    const spaced = JSON.stringify(jobUpdated(7), null, 1);
    const { signature = "" } = signAs(greenhouse.signature, {
      secret: SECRET,
      body: Buffer.from(JSON.stringify(jobUpdated(7))),
      now: new Date(),
    });
    expect((await send(fromGreenhouse({ body: spaced, headers: { signature } }))).status).toBe(401);
    expect(await rows()).toEqual([]);
  });

  it("is refused while we hold no secret", async () => {
    const bare = await makeConnection(employerId, { vendorId: "greenhouse" });
    const row = await loadConnection(employerId, bare);
    const url = await withEmployer(employerId, (tx) => inboundUrl(tx, row));
    connectionId = bare;
    expect((await send(fromGreenhouse(), url.split("/").at(-1) ?? "")).status).toBe(401);
    expect((await refusals()).map(({ reason }) => reason)).toEqual([expect.stringContaining("no signing secret")]);
  });

  it("finds nobody at an address that was never given out, or under another vendor", async () => {
    expect((await send(fromGreenhouse(), "guessed-token")).status).toBe(404);
    expect((await receiveWebhook(fromGreenhouse(), { vendorId: "slack", token })).status).toBe(404);
    expect((await receiveWebhook(fromGreenhouse(), { vendorId: "greenhouse", token: null })).status).toBe(404);
    expect((await receiveWebhook(fromGreenhouse(), { vendorId: "toString", token })).status).toBe(404);
    expect(await rows()).toEqual([]);
  });

  it("is refused above 1 MB, and the page says so", async () => {
    const body = JSON.stringify({ action: "x".repeat(1024 * 1024), payload: {} });
    expect((await send(fromGreenhouse({ body }))).status).toBe(413);
    expect((await refusals()).map(({ reason }) => reason)).toEqual([expect.stringContaining("1 MB")]);
  });

  it("gets no 2xx when the row cannot be written", async () => {
    await asAdmin(database.adminUrl, (admin) => admin`alter table inbound_delivery rename column bytes to bytes_away`);
    try {
      expect((await send(fromGreenhouse())).status).toBe(503);
    } finally {
      await asAdmin(
        database.adminUrl,
        (admin) => admin`alter table inbound_delivery rename column bytes_away to bytes`,
      );
    }
    expect(await rows()).toEqual([]);
    const kept = await withEmployer(employerId, (tx) =>
      tx.execute(`select 1 from inbound_dedupe where connection_id = '${connectionId}'`),
    );
    expect(kept).toHaveLength(0);
  });

  it("that the adapter cannot read is kept all the same", async () => {
    expect((await send(fromGreenhouse({ body: "<html>" }))).status).toBe(200);
    expect(await rows()).toMatchObject([{ type: "unreadable", state: "received" }]);
  });
});

describe("processing", () => {
  const seen: string[] = [];
  const targets: InboundTargets = {
    ...inboundTargets,
    change: async (_scope, event) => {
      seen.push(`${event.kind} ${event.resource} ${event.externalId}`);
      return "Looked at it.";
    },
  };
  const only = async () => {
    const [row] = await rows();
    if (!row) throw new Error("nothing was stored");
    return row;
  };

  beforeEach(() => {
    seen.length = 0;
  });

  it("applies each event and says on the delivery what came of it", async () => {
    await send(fromGreenhouse());
    const { id } = await only();
    await processInbound(employerId, id, signal, targets);
    await processInbound(employerId, id, signal, targets);
    expect(seen).toEqual(["changed jobs 7"]);
    expect(await only()).toMatchObject({ state: "processed", note: "Looked at it.", attempts: 1 });
  });

  it("leaves events that nobody takes yet as received, and takes them up later", async () => {
    await send(fromGreenhouse());
    const { id } = await only();
    await processInbound(employerId, id, signal, { ...targets, change: null });
    expect(await only()).toMatchObject({ state: "received", note: expect.stringContaining("Waits") });
    await sql`delete from graphile_worker._private_jobs`;
    await wakeInbound(new Date(Date.now() + 180_000));
    expect(await jobsOf(id)).toBe(1);
  });

  it("waits while a person has paused the connection", async () => {
    await send(fromGreenhouse());
    await withEmployer(employerId, (tx) =>
      tx.update(connection).set({ state: "paused_by_user" }).where(eq(connection.id, connectionId)),
    );
    await processInbound(employerId, (await only()).id, signal, targets);
    expect(seen).toEqual([]);
    expect((await only()).state).toBe("received");
  });

  it("names what changes nothing as ignored", async () => {
    await send(fromGreenhouse({ body: JSON.stringify({ action: "ping", payload: {} }) }));
    await processInbound(employerId, (await only()).id, signal, targets);
    expect(await only()).toMatchObject({ state: "ignored", note: expect.stringContaining("ping") });
  });
});

describe("a vendor with one address for all accounts", async () => {
  const secret = (await vendorSetting("slack", "sandbox", "signing_secret")) ?? "";
  const fromSlack = (body: unknown, key = secret) => {
    const text = JSON.stringify(body);
    const headers = signAs(slack.signature, { secret: key, body: Buffer.from(text), now: new Date() });
    return new Request("http://internal/webhooks/slack", { method: "POST", body: text, headers });
  };
  const toSlack = (request: Request) => receiveWebhook(request, { vendorId: "slack", token: null });
  const message = (team: string, ts: string) => ({
    type: "event_callback",
    team_id: team,
    event_id: `Ev${ts}`,
    event_time: 1790000000,
    event: { type: "message", user: "U1", channel: "C1", text: "hello", ts },
  });

  it("answers the proof of address only when it is signed", async () => {
    const proof = { type: "url_verification", challenge: "abc" };
    const answer = await toSlack(fromSlack(proof));
    expect([answer.status, await answer.json()]).toEqual([200, { challenge: "abc" }]);
    expect((await toSlack(fromSlack(proof, "wrong"))).status).toBe(401);
  });

  it("brings an event to the connection whose account the verified body names", async () => {
    const id = await makeConnection(employerId, { vendorId: "slack", label: "Slack" });
    const row = await loadConnection(employerId, id);
    await withEmployer(employerId, (tx) => claimAccount(tx, row, { id: "T1", name: "Hollin" }, "Slack"));
    expect((await toSlack(fromSlack(message("T1", "1.1")))).status).toBe(200);
    connectionId = id;
    const [stored] = await rows();
    await processInbound(employerId, stored?.id ?? "", signal);
    expect(await rows()).toMatchObject([{ state: "processed", note: "Kept a message in C1." }]);
  });

  it("keeps an event of an account that nobody has connected in quarantine", async () => {
    expect((await toSlack(fromSlack(message("T404", "2.1")))).status).toBe(200);
    const kept = await sql`select vendor_id, account_id from inbound_quarantine`;
    expect(kept.map((one) => ({ ...one }))).toEqual([{ vendor_id: "slack", account_id: "T404" }]);
  });

  it("does not accept the simulated vendor's secret where the sandbox is off", async () => {
    setEnvironment({ PATCHBAY_SANDBOX: "off" });
    try {
      expect((await toSlack(fromSlack(message("T1", "3.1")))).status).toBe(401);
    } finally {
      setEnvironment({ PATCHBAY_SANDBOX: "on" });
    }
  });
});
