import { createServer } from "node:https";
import { getCACertificates, setDefaultCACertificates, TLSSocket } from "node:tls";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { listDeliveries, sendTestEvent } from "#app/services/delivery-log.server.ts";
import { replayDelivery } from "#app/services/delivery-replay.server.ts";
import {
  createEndpoint,
  type EndpointInput,
  endpointProofs,
  getEndpoint,
  updateEndpoint,
} from "#app/services/endpoints.server.ts";
import type { AppError } from "#app/services/errors.ts";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { replayEvent } from "#app/services/event-log.server.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { delivery, endpoint } from "#db/schema/webhooks.ts";
import { makeAuthority } from "#tests/support/certificate.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender, type Sender } from "#tests/support/deliveries.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";

await testDatabase();
setEnvironment({ PATCHBAY_URL: "https://patchbay.example.com" });

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
  allowEgress(receiver.host);
});

const deliveriesOf = async ({ actor, endpointId }: Sender) => (await listDeliveries(actor, { endpointId })).deliveries;
const apply = ({ actor }: Sender, source: string) =>
  withEmployer(actor.employerId, (tx) => {
    const { sample } = eventCatalog["application.received"];
    const data = { ...sample, application: { ...sample.application, source } };
    return emitEvent(tx, actor.employerId, "application.received", null, data);
  });
const change = async (sender: Sender, input: Partial<EndpointInput>) => {
  const { url, eventTypes } = await getEndpoint(sender.actor, sender.endpointId);
  return updateEndpoint(sender.actor, sender.endpointId, { url, eventTypes: [...eventTypes], ...input });
};
const bodies = () => receiver.arrived.map(({ body }) => JSON.parse(body));

describe("an endpoint with conditions", () => {
  it("gets a delivery only for events that fulfil all of them; the others leave no row", async () => {
    const sender = await makeSender(receiver.url, {
      eventTypes: ["application.received", "job.closed"],
      conditions: [
        { path: "data.application.source", op: "in", value: ["indeed", "ziprecruiter"] },
        { path: "$.data.job.title", op: "contains", value: "Engineer" },
      ],
    });
    await apply(sender, "career-site");
    await apply(sender, "indeed");
    expect(await deliveriesOf(sender)).toMatchObject([{ eventType: "application.received", body: null }]);
  });

  it("refuses on save what could never hold, by the number of the condition", async () => {
    const sender = await makeSender(receiver.url);
    const refused = change(sender, {
      eventTypes: ["job.closed"],
      conditions: [
        { path: "data.job.title", op: "eq", value: "A" },
        { path: "data.job.titel", op: "eq", value: "A" },
      ],
    });
    await expect(refused).rejects.toMatchObject({
      info: { fields: { "conditions.1": expect.stringContaining("Did you mean data.job.title?") } },
    });
  });
});

describe("an endpoint with thin payloads", () => {
  it("gets id, type, time, subject and addresses to fetch from, and nothing about a person", async () => {
    const sender = await makeSender(receiver.url, { payload: "thin" });
    const eventId = await apply(sender, "indeed");
    const [row] = await deliveriesOf(sender);
    if (!row) throw new Error("no delivery");
    await sender.attempt(row);
    const { application } = eventCatalog["application.received"].sample;
    expect(bodies()).toEqual([
      {
        ...{ id: eventId, type: "application.received", timestamp: expect.any(String) },
        employer: sender.actor.employerId,
        subject: {
          ...{ kind: "application", id: application.id },
          url: `https://patchbay.example.com/api/v1/applications/${application.id}`,
        },
        event: { url: `https://patchbay.example.com/api/v1/webhooks/events/${eventId}` },
      },
    ]);
    expect(receiver.arrived[0]?.body).not.toContain("wen.li");
  });
});

describe("an endpoint with a template", () => {
  const template = '{ "text": "New: {{data.candidate.firstName}} for {{data.job.title}}", "job": "{{data.job}}" }';

  it("gets its own JSON, the same at every attempt and replay although the template is changed in between", async () => {
    const sender = await makeSender(receiver.url, {
      eventTypes: ["application.received"],
      payload: "template",
      template,
    });
    receiver.answer((response) => response.writeHead(500).end());
    await apply(sender, "indeed");
    const [row] = await deliveriesOf(sender);
    if (!row) throw new Error("no delivery");
    await sender.attempt(row);
    await change(sender, { payload: "template", template: '{ "other": true }' });
    receiver.answer((response) => response.writeHead(200).end());
    await sender.attempt(row, { now: () => new Date(Date.now() + 60_000) });
    const { deliveryId } = await replayDelivery(sender.actor, row.id);
    await sender.attempt({ ...row, id: deliveryId });
    const { job, candidate } = eventCatalog["application.received"].sample;
    const first = { text: `New: ${candidate.firstName} for ${job.title}`, job };
    expect(bodies()).toEqual([first, first, first]);
    expect(new Set(receiver.arrived.map(({ body }) => body)).size).toBe(1);
    const { body } = await sender.look(row);
    expect(body).toBe(receiver.arrived[0]?.body);

    await apply(sender, "indeed");
    const [next] = await deliveriesOf(sender);
    if (next) await sender.attempt(next);
    expect(bodies().at(-1)).toEqual({ other: true });
  });

  it("gets the test event in the same shape", async () => {
    const sender = await makeSender(receiver.url, {
      payload: "template",
      template: '{"what":"{{type}}","test":"{{test}}"}',
    });
    const { deliveryId } = await sendTestEvent(sender.actor, sender.endpointId, "job.closed");
    await sender.attempt({ ...(await sender.look({ ...(await row(sender)), id: deliveryId })).delivery });
    expect(bodies()).toEqual([{ what: "job.closed", test: true }]);
  });

  it("whose template cannot be filled keeps the event as not sent, says why, and sends it once the template is mended", async () => {
    const sender = await makeSender(receiver.url);
    const filling = JSON.stringify(Array.from({ length: 600 }, () => "{{data.job.title}}"));
    await change(sender, { payload: "template", template: filling });
    const title = "x".repeat(1_000);
    await withEmployer(sender.actor.employerId, (tx) =>
      emitEvent(tx, sender.actor.employerId, "job.closed", null, {
        ...eventCatalog["job.closed"].sample,
        job: { id: eventCatalog["job.closed"].sample.job.id, title },
      }),
    );
    const failed = await row(sender);
    expect(failed).toMatchObject({
      state: "not_sent",
      lastError: expect.stringContaining(
        "The template could not be filled. The filled template is larger than 256 KiB.",
      ),
    });
    await expect(replayDelivery(sender.actor, failed.id)).rejects.toMatchObject({ kind: "conflict" });
    await change(sender, { payload: "template", template: '{"title":"{{data.job.title}}"}' });
    const { deliveryId } = await replayDelivery(sender.actor, failed.id);
    await sender.attempt({ ...failed, id: deliveryId });
    expect(bodies()).toEqual([{ title }]);
  });

  it("never sends anything in place of a body that could not be made", async () => {
    const sender = await makeSender(receiver.url);
    const made = await sender.emit();
    await withEmployer(sender.actor.employerId, (tx) => tx.update(delivery).set({ body: "" }));
    await sender.attempt(made).catch(() => null);
    expect(receiver.arrived).toEqual([]);
  });

  it("that was made after an event gets it in its own shape when it is sent there", async () => {
    const sender = await makeSender(receiver.url);
    const made = await sender.emit();
    const late = await createEndpoint(sender.actor, { url: `${receiver.url}/late`, payload: "thin" });
    const { deliveryIds } = await replayEvent(sender.actor, made.eventId, late.id);
    await sender.attempt({ ...made, id: deliveryIds[0] ?? "", endpointId: late.id });
    expect(bodies()).toMatchObject([{ id: made.eventId, event: { url: expect.any(String) } }]);
    expect(bodies()[0]).not.toHaveProperty("data");
  });

  it("is refused with the place of the mistake", async () => {
    const sender = await makeSender(receiver.url, { eventTypes: ["job.closed"] });
    for (const [text, words] of [
      ["", "Write the template"],
      ['{ "a": {{data.job.title}} }', "no JSON"],
      ['{ "a": "{{data.candidate.email}}" }', "job.closed has no “data.candidate.email”"],
    ] as const) {
      await expect(change(sender, { payload: "template", template: text })).rejects.toMatchObject({
        info: { fields: { template: expect.stringContaining(words) } },
      });
    }
  });
});

async function row(sender: Sender) {
  const [newest] = await deliveriesOf(sender);
  if (!newest) throw new Error("no delivery");
  return newest;
}

describe("what an endpoint proves itself with", () => {
  const arrivedAfter = async (sender: Sender) => {
    await sender.attempt(await sender.emit());
    return receiver.arrived.at(-1)?.headers ?? {};
  };

  it("travels with every delivery, is stored sealed, and is hidden in the log", async () => {
    const sender = await makeSender(receiver.url, {
      headers: { "X-Tenant": "acme", Cookie: "a=canary-1" },
      auth: { type: "basic", username: "mara", password: "canary-2" },
    });
    expect(await arrivedAfter(sender)).toMatchObject({
      ...{ "x-tenant": "acme", cookie: "a=canary-1" },
      authorization: `Basic ${Buffer.from("mara:canary-2").toString("base64")}`,
    });
    const { attempts } = await sender.look(await row(sender));
    expect(attempts[0]?.requestHeaders).toMatchObject({ "x-tenant": "(hidden)", authorization: "(hidden)" });
    expect(JSON.stringify(attempts)).not.toContain("canary");
    const rows = await withEmployer(sender.actor.employerId, (tx) => tx.select().from(endpoint));
    expect(JSON.stringify(rows)).not.toContain("canary");
    const proofs = await endpointProofs(sender.actor, [sender.endpointId]);
    expect(proofs.get(sender.endpointId)).toEqual({
      ...{ headerNames: ["X-Tenant", "Cookie"], certificate: null, publicKeys: [] },
      auth: { type: "basic", username: "mara" },
    });
  });

  it("keeps what is left out or null, and takes away what is left out of a list", async () => {
    const sender = await makeSender(receiver.url, {
      headers: { "X-One": "1", "X-Two": "2" },
      auth: { type: "bearer", token: "first" },
    });
    await change(sender, { description: "kept" });
    expect(await arrivedAfter(sender)).toMatchObject({ "x-one": "1", "x-two": "2", authorization: "Bearer first" });
    await change(sender, { headers: { "x-two": null, "X-Three": "3" }, auth: { type: "bearer", token: null } });
    const headers = await arrivedAfter(sender);
    expect(headers).toMatchObject({ "x-two": "2", "x-three": "3", authorization: "Bearer first" });
    expect(headers).not.toHaveProperty("x-one");
    await change(sender, { headers: {}, auth: null });
    expect(Object.keys(await arrivedAfter(sender))).not.toEqual(expect.arrayContaining(["authorization"]));
  });

  it("does not follow to another origin, and what was dropped is said", async () => {
    const sender = await makeSender(receiver.url, {
      headers: { "X-Key": "canary" },
      auth: { type: "bearer", token: "canary" },
    });
    const elsewhere = await startReceiver();
    allowEgress(receiver.host, elsewhere.host);
    expect(await change(sender, { url: `${receiver.url}/same-origin` })).toMatchObject({ dropped: [] });
    expect(await change(sender, { url: elsewhere.url })).toMatchObject({ dropped: ["headers", "auth"] });
    await sender.attempt(await sender.emit());
    expect(JSON.stringify(elsewhere.arrived)).not.toContain("canary");
    expect(elsewhere.arrived).toHaveLength(1);
    await expect(change(sender, { url: receiver.url, headers: { "X-Key": null } })).rejects.toMatchObject({
      info: { fields: { headers: expect.stringContaining("Enter it again") } },
    });
    const named = { headers: { "X-Key": "new" }, auth: null };
    expect(await change(sender, { url: receiver.url, ...named })).toMatchObject({ dropped: [] });
    await sender.attempt(await sender.emit());
    expect(receiver.arrived.at(-1)?.headers).toMatchObject({ "x-key": "new" });
  });

  it.each<[string, Partial<EndpointInput>, string]>([
    ["a user name with a colon", { auth: { type: "basic", username: "a:b", password: "x" } }, "authUser"],
    ["a password that never was", { auth: { type: "basic", username: "a", password: null } }, "authPassword"],
    ["a token with a line end", { auth: { type: "bearer", token: "a\r\nx: y" } }, "authToken"],
    ["Authorization twice", { headers: { Authorization: "x" }, auth: { type: "bearer", token: "y" } }, "headers"],
    ["no certificate", { certificate: { cert: "hello", key: "you" } }, "certificate"],
  ])("is refused for %s", async (_what, input, field) => {
    await expect(
      createEndpoint((await makeSender(receiver.url)).actor, { url: receiver.url, ...input }),
    ).rejects.toMatchObject({
      info: { fields: { [field]: expect.any(String) } },
    });
  });
});

describe("a client certificate", () => {
  const authority = makeAuthority();
  const client = authority.issue({ names: ["patchbay.example.com"] });

  it("is refused when it is over, belongs to another key, or its key is locked", async () => {
    const sender = await makeSender(receiver.url);
    const over = authority.issue({ names: ["old.example.com"], notAfter: new Date("2026-01-02T00:00:00Z") });
    const other = authority.issue({ names: ["other.example.com"] });
    for (const [certificate, words] of [
      [over, "ended on 2026-01-02"],
      [{ cert: client.cert, key: other.key }, "belongs to another certificate"],
      [{ cert: client.cert, key: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n" }, "passphrase"],
      [{ cert: client.cert, key: "nothing" }, "no private key"],
    ] as const) {
      const refused = await change(sender, { certificate }).then(
        () => "saved",
        (error: AppError) => JSON.stringify(error.info.fields),
      );
      expect(refused).toContain(words);
    }
  });

  it("is shown with its end, and to the server that asks for it; each certificate has sockets of its own", async () => {
    const home = makeAuthority("Server's authority");
    setDefaultCACertificates([...getCACertificates("default"), home.cert]);
    const seen: string[] = [];
    const server = createServer(
      { ...home.issue({ names: ["localhost"] }), ca: authority.cert, requestCert: true, rejectUnauthorized: false },
      ({ socket }, response) => {
        const tls = socket instanceof TLSSocket ? socket : null;
        seen.push(`${tls?.authorized} ${tls?.getPeerCertificate().subject?.CN ?? "nobody"}`);
        response.end();
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const host = `localhost:${typeof address === "object" ? address?.port : ""}`;
    allowEgress(host);
    const sender = await makeSender(`https://${host}/hooks`, { certificate: client });
    const proof = (await endpointProofs(sender.actor, [sender.endpointId])).get(sender.endpointId);
    expect(proof?.certificate).toMatchObject({ subject: "CN=patchbay.example.com", expiresAt: expect.any(Date) });
    await sender.attempt(await sender.emit());
    await change(sender, { certificate: authority.issue({ names: ["second.example.com"] }) });
    await sender.attempt(await sender.emit());
    await change(sender, { certificate: null });
    await sender.attempt(await sender.emit());
    expect(seen).toEqual(["true patchbay.example.com", "true second.example.com", "false nobody"]);
  });
});
