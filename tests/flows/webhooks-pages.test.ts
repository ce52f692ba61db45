import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { saveSecrets } from "#app/services/credentials.server.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { listDeliveries } from "#app/services/delivery-log.server.ts";
import { listEndpoints } from "#app/services/endpoints.server.ts";
import { processInbound } from "#app/services/inbound-process.server.ts";
import { inboundUrl } from "#app/services/inbound-routes.server.ts";
import { loadConnection } from "#app/services/vendor-context.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { testApp } from "#tests/support/app.ts";
import { makeConnection } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";
import type { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const { url } = await testApp();
let member: TestMember;
let visitor: Visitor;
let receiver: Receiver;

beforeAll(async () => {
  member = await testMember({ instanceAdmin: true });
  visitor = await signedIn(url, member);
  receiver = await startReceiver();
  setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: receiver.host });
});

const page = async (path: string) => {
  const answer = await visitor.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.body;
};
const endpoint = async () => {
  const [row] = await listEndpoints(member.actor);
  if (!row) throw new Error("no endpoint was made");
  return row;
};
const newest = async () => {
  const [row] = (await listDeliveries(member.actor)).deliveries;
  if (!row) throw new Error("no delivery was written");
  return row;
};

describe("the webhook pages, without script", () => {
  it("say the next step while there is nothing", async () => {
    expect(await page("/webhooks")).toContain("No endpoints yet");
    expect(await visitor.get("/integrations/connect/webhooks")).toMatchObject({ status: 302, location: "/webhooks" });
  });

  it("refuse an address that leads inside and keep what was typed", async () => {
    const form = { url: "https://10.0.0.1/x", description: "Payroll", eventTypes: "job.closed" };
    const answer = await visitor.post("/webhooks/new", form);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain("not reachable from the internet");
    expect(answer.body).toContain("Payroll");
  });

  it("look at an address before it is saved: by the rules, and by asking it", async () => {
    const check = async (address: string) => (await visitor.post("/webhooks/check", { url: address })).body;
    expect(await page("/webhooks/new")).toMatch(/formaction="\/webhooks\/check"/i);
    expect(await check("https://10.0.0.1/x")).toContain("not reachable from the internet");
    expect(await check(receiver.url)).toContain("It answered 200 in");
    receiver.answer((response) => response.writeHead(301, { location: "http://127.0.0.1:1/" }).end());
    expect(await check(receiver.url)).toContain("we never follow");
    receiver.answer((response) => response.writeHead(200, { "content-type": "text/plain" }).end("thanks"));
  });

  it("make an endpoint and show its secret this once", async () => {
    const answer = await visitor.post("/webhooks/new", {
      url: receiver.url,
      description: "Payroll",
      legacySignature: "on",
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/whsec_[A-Za-z0-9+/]{43}=/);
    const { id } = await endpoint();
    for (const path of ["", "/secrets", "/code", "/settings"])
      expect(await page(`/webhooks/endpoints/${id}${path}`)).not.toMatch(/whsec_[A-Za-z0-9+/]{43}=/);
    expect(await page("/webhooks")).toContain("Payroll");
  });

  it("send a test event and show what was sent and what came back", async () => {
    const { id } = await endpoint();
    const sent = await visitor.post(`/webhooks/endpoints/${id}`, { intent: "test", type: "application.received" });
    expect(sent.status).toBe(302);
    const row = await newest();
    expect(sent.location).toBe(`/webhooks/deliveries/${row.id}`);
    expect(await page(sent.location ?? "")).toContain("What will be sent");
    await attemptDelivery({ employerId: member.employerId, deliveryId: row.id, endpointId: id });
    const shown = await page(sent.location ?? "");
    for (const words of ["Attempt 1", "webhook-signature: v1,", "x-webhook-signature", "thanks"])
      expect(shown).toContain(words);
    const list = await page(`/webhooks/endpoints/${id}?state=delivered&type=application.received`);
    expect(list).toContain("test event");
    expect(await page(`/webhooks/endpoints/${id}?state=failed`)).toContain("No delivery matches");
    for (const query of [`q=${row.eventId}`, "q=thanks-is-nowhere", "from=2020-01-01&to=2020-01-02"]) {
      const found = await page(`/webhooks/endpoints/${id}?${query}`);
      expect([query, found.includes("No delivery matches")]).toEqual([query, query !== `q=${row.eventId}`]);
    }
    expect(await page("/webhooks")).toContain("Half were answered within");
  });

  it("send a delivery again", async () => {
    const { id } = await endpoint();
    const first = await newest();
    const again = await visitor.post(`/webhooks/endpoints/${id}?index`, { intent: "replay", deliveryId: first.id });
    expect(again.location).toBe(`/webhooks/deliveries/${(await newest()).id}`);
    expect(await newest()).toMatchObject({ replayOf: first.id, cause: "replay" });
  });

  it("send ticked deliveries again at once", async () => {
    const { id } = await endpoint();
    for (const type of ["job.closed", "job.posted"])
      await visitor.post(`/webhooks/endpoints/${id}`, { intent: "test", type });
    const rows = (await listDeliveries(member.actor)).deliveries.slice(0, 2);
    for (const row of rows)
      await attemptDelivery({ employerId: member.employerId, deliveryId: row.id, endpointId: id });
    const before = (await listDeliveries(member.actor)).deliveries.length;
    const ticked = rows.map((row): [string, string] => ["ticked", row.id]);
    const sent = await visitor.post(`/webhooks/endpoints/${id}?index`, [["intent", "replay-ticked"], ...ticked]);
    expect(sent.location).toBe(`/webhooks/endpoints/${id}`);
    expect(await page(`/webhooks/endpoints/${id}`)).toContain("2 deliveries are sent again.");
    expect((await listDeliveries(member.actor)).deliveries).toHaveLength(before + 2);
  });

  it("make a new secret, change, switch off and on, and delete", async () => {
    const { id } = await endpoint();
    const at = `/webhooks/endpoints/${id}`;
    expect((await visitor.post(`${at}/secrets`, { kind: "standard", old: "overlap" })).body).toContain("whsec_");
    expect(await page(`${at}/secrets`)).toContain("signs until");
    expect(await page(`${at}/secrets`)).toMatch(/class="countdown">.*?in (24 h|1 day)</);
    expect((await visitor.post(`${at}/settings`, { url: receiver.url, eventTypes: "job.posted" })).status).toBe(302);
    expect(await endpoint()).toMatchObject({ eventTypes: ["job.posted"], legacySignature: false });
    await visitor.post(at, { intent: "off" });
    expect(await page(at)).toContain("Switched off by hand");
    await visitor.post(at, { intent: "on" });
    expect((await endpoint()).state).toBe("delivering");
    await visitor.post(at, { intent: "delete" });
    expect((await visitor.get(at)).status).toBe(404);
  });

  it("describe every event", async () => {
    const shown = await page("/webhooks/events");
    expect(shown).toContain("application.status_changed");
    expect(shown).toContain("https://json-schema.org/draft/2020-12/schema");
  });

  it("let a viewer look and change nothing", async () => {
    const viewer = await testMember({ role: "viewer", employerId: member.employerId });
    const looking = await signedIn(url, viewer);
    expect((await looking.get("/webhooks")).status).toBe(200);
    expect((await looking.get("/webhooks/new")).status).toBe(403);
    expect((await looking.post("/webhooks/new", { url: receiver.url })).status).toBe(403);
    expect(await listEndpoints(member.actor)).toEqual([]);
  });
});

describe("the address of a connection's vendor", () => {
  const sign = (body: string) => `sha256 ${createHmac("sha256", "s3cret").update(body).digest("hex")}`;
  let connectionId = "";
  let address = "";

  beforeAll(async () => {
    connectionId = await makeConnection(member.employerId, { vendorId: "greenhouse", label: "Greenhouse" });
    const row = await loadConnection(member.employerId, connectionId);
    address = await withEmployer(member.employerId, async (tx) => {
      await saveSecrets(tx, member.employerId, connectionId, { webhookSecret: "s3cret" });
      return inboundUrl(tx, row);
    });
  });

  const post = (body: string, headers: Record<string, string>) =>
    fetch(address, { method: "POST", body, headers: { "greenhouse-event-id": "e1", ...headers } });

  it("takes the raw bytes over HTTP, and shows them and what was turned away to people", async () => {
    const body = '{"action":"ping",  "payload":{}}';
    expect((await post(body, { signature: sign(body) })).status).toBe(200);
    expect((await post(body, { signature: "sha256 00" })).status).toBe(401);
    const stored = await withEmployer(member.employerId, (tx) =>
      tx.execute<{ id: string }>("select id from inbound_delivery"),
    );
    const id = stored[0]?.id ?? "";
    await processInbound(member.employerId, id, new AbortController().signal);
    const tab = `/integrations/${connectionId}/deliveries`;
    const shown = await page(`${tab}?show=${id}`);
    for (const words of ["ping", "Nothing to do", "Turned away", "does not fit", "signature: (hidden)"])
      expect(shown).toContain(words);
    expect((await visitor.post(tab, { deliveryId: id })).status).toBe(302);
    expect(await page(`${tab}?state=received`)).toContain("processed again by hand");
  });

  it("answers 413 to a body that is too large while it is still being sent", async () => {
    const { hostname, port, pathname } = new URL(address);
    const answer = await new Promise<string>((resolve, reject) => {
      let seen = "";
      const socket = connect(Number(port), hostname, () => {
        socket.write(`POST ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\ntransfer-encoding: chunked\r\n\r\n`);
        const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
        for (let sent = 0; sent < 17; sent += 1) socket.write(chunk);
      });
      socket.on("data", (data) => {
        seen += data.toString("latin1");
        if (seen.includes("\r\n\r\n")) {
          socket.destroy();
          resolve(seen);
        }
      });
      socket.on("error", reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer.toLowerCase()).toContain("connection: close");
  });

  it("is no page: strangers learn nothing there", async () => {
    const answer = await fetch(`${url}/webhooks/greenhouse/guessed`, { method: "POST", body: "{}" });
    expect([answer.status, await answer.text()]).toEqual([404, ""]);
    expect((await fetch(`${url}/webhooks/greenhouse/guessed`)).status).toBe(404);
  });
});

describe("what nobody has claimed", () => {
  it("is shown to the instance's administrators, who drop it", async () => {
    const { quarantine } = await import("#app/services/inbound-store.server.ts");
    const raw = { method: "POST", url: "/webhooks/slack", headers: {}, body: Buffer.from("{}") };
    await quarantine({ vendorId: "slack", environment: "production", accountId: "T404" }, raw);
    expect(await page("/settings/unclaimed")).toContain("T404");
    const [row] = await sql<{ id: string }[]>`select id from inbound_quarantine`;
    const claimed = await visitor.post("/settings/unclaimed", { intent: "claim", id: row?.id ?? "" });
    expect(claimed.status).toBe(302);
    expect(await page("/settings/unclaimed")).toContain("Nobody has connected this account yet");
    await visitor.post("/settings/unclaimed", { intent: "discard", id: row?.id ?? "" });
    expect(await page("/settings/unclaimed")).not.toContain("T404");
  });
});
