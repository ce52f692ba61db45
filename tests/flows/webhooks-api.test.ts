import { describe, expect, it } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { listAudit } from "#app/services/audit.server.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { apiCaller } from "#tests/support/api-caller.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { startReceiver } from "#tests/support/receiver.ts";

await testDatabase();
const { url } = await testApp();
const receiver = await startReceiver();
setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: receiver.host });

const closed = (title: string) => ({
  ...{ job: { id: newId(), title }, reason: null, closedAt: new Date().toISOString() },
});
const close = (employerId: string, title: string) =>
  withEmployer(employerId, (tx) => emitEvent(tx, employerId, "job.closed", null, closed(title)));

type Page = { data: { id: string; type: string; test: boolean; body: string }[]; nextCursor: string; more: boolean };

/** Polls until as many events came as are wanted: another test's transaction may hold the newest back for a moment. */
async function polled(call: (path: string) => Promise<Page>, after: string | undefined, wanted: number, extra = "") {
  const events: Page["data"] = [];
  let cursor = after;
  for (let tries = 0; tries < 40 && events.length < wanted; tries += 1) {
    const page = await call(
      `/api/v1/webhooks/events?limit=2&wait=2${cursor === undefined ? "" : `&after=${cursor}`}${extra}`,
    );
    events.push(...page.data);
    cursor = page.nextCursor;
  }
  return { titles: events.map((row) => JSON.parse(row.body).data.job?.title ?? row.type), cursor, events };
}

describe("endpoints over the API", () => {
  it("are made, listed by cursor and state, changed in part, switched and deleted", async () => {
    const { call } = await apiCaller(url);
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) {
      const made = await call("POST", "/api/v1/webhooks", { url: `https://hooks.example.com/${name}` });
      ids.push(made.json.endpoint.id);
    }
    const page = await call("GET", "/api/v1/webhooks?limit=2");
    expect(page.json.data.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
    const rest = await call("GET", `/api/v1/webhooks?limit=2&cursor=${page.json.nextCursor}`);
    expect(rest.json).toMatchObject({ data: [{ id: ids[2] }], nextCursor: null });
    const [id] = ids;
    await call("PATCH", `/api/v1/webhooks/${id}`, { description: "Payroll", legacySignature: true });
    const changed = await call("PATCH", `/api/v1/webhooks/${id}`, { eventTypes: ["job.closed"] });
    expect(changed.json).toMatchObject({
      endpoint: { description: "Payroll", legacySignature: true, eventTypes: ["job.closed"] },
      legacySecret: null,
    });
    expect((await call("POST", `/api/v1/webhooks/${id}/disable`)).json).toMatchObject({ state: "off" });
    expect((await call("GET", "/api/v1/webhooks?state=off")).json.data).toHaveLength(1);
    expect((await call("POST", `/api/v1/webhooks/${id}/test`, { type: "job.closed" })).status).toBe(409);
    expect((await call("POST", `/api/v1/webhooks/${id}/enable`)).json).toMatchObject({ state: "delivering" });
    expect((await call("DELETE", `/api/v1/webhooks/${id}`)).status).toBe(204);
  });

  it("tell about secrets without showing one, but for the answer that made it", async () => {
    const { call } = await apiCaller(url);
    const { id } = (await call("POST", "/api/v1/webhooks", { url: "https://hooks.example.com/in" })).json.endpoint;
    const rotated = await call("POST", `/api/v1/webhooks/${id}/secrets/rotate`, {});
    expect(rotated.json.secret).toMatch(/^whsec_/);
    const listed = await call("GET", `/api/v1/webhooks/${id}/secrets`);
    expect(listed.json.data).toHaveLength(2);
    const all = [listed, await call("GET", `/api/v1/webhooks/${id}`), await call("GET", "/api/v1/webhooks")];
    expect(JSON.stringify(all.map(({ json }) => json))).not.toContain("whsec_");
  });

  it("do nothing twice under one idempotency key, whatever the method", async () => {
    const { call, member } = await apiCaller(url);
    const { id } = (await call("POST", "/api/v1/webhooks", { url: "https://hooks.example.com/in" })).json.endpoint;
    const patchKey = { "idempotency-key": newId() };
    for (const _ of [1, 2]) {
      const answer = await call("PATCH", `/api/v1/webhooks/${id}`, { description: "Once" }, patchKey);
      expect(answer.json.endpoint.description).toBe("Once");
    }
    expect((await call("PATCH", `/api/v1/webhooks/${id}`, { description: "Other" }, patchKey)).json).toMatchObject({
      status: 422,
      code: "idempotency_mismatch",
    });
    const deleteKey = { "idempotency-key": newId() };
    const [first, second] = [
      await call("DELETE", `/api/v1/webhooks/${id}`, undefined, deleteKey),
      await call("DELETE", `/api/v1/webhooks/${id}`, undefined, deleteKey),
    ];
    expect([first.status, second.status]).toEqual([204, 204]);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    const { entries } = await listAudit(member.actor, { text: "endpoint." });
    expect(entries.map(({ action }) => action)).toEqual(["endpoint.deleted", "endpoint.changed", "endpoint.created"]);
  });

  it("say in each refusal a word for programs, a sentence and the next step", async () => {
    const { call } = await apiCaller(url);
    const refusals = [
      await call("POST", "/api/v1/webhooks", { url: "https://10.0.0.1/x" }),
      await call("GET", `/api/v1/webhooks/${newId()}`),
      await call("DELETE", "/api/v1/webhooks/events"),
      await call("POST", "/api/v1/webhooks/events/test", { type: "no.such" }),
      await call("GET", "/api/v1/webhooks/events?after=zzz"),
    ];
    expect(refusals.map(({ json }) => json.code)).toEqual([
      ...["invalid", "not_found", "method_not_allowed", "invalid", "invalid"],
    ]);
    for (const { json } of refusals) {
      expect(json.detail).toMatch(/^[A-Z].*\.$/);
      expect(json.next).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe("deliveries and attempts over the API", () => {
  it("are found by state, type, time and text, read whole, and sent again one by one or many at once", async () => {
    const { call, member } = await apiCaller(url);
    const { id } = (await call("POST", "/api/v1/webhooks", { url: receiver.url })).json.endpoint;
    const sent = await call("POST", `/api/v1/webhooks/${id}/test`, { type: "job.closed" });
    expect(sent.status).toBe(202);
    const { deliveryId, eventId } = sent.json;
    await attemptDelivery({ employerId: member.employerId, deliveryId, endpointId: id });
    const other = await close(member.employerId, "Head of Looms");
    const ids = async (query: string) =>
      (await call("GET", `/api/v1/webhooks/deliveries?${query}`)).json.data.map(
        (row: { eventId: string }) => row.eventId,
      );
    expect(await ids("")).toEqual([other, eventId]);
    expect(await ids("state=delivered")).toEqual([eventId]);
    expect(await ids("q=head%20of%20looms")).toEqual([other]);
    expect(await ids(`q=${eventId}`)).toEqual([eventId]);
    expect(await ids("q=100%25")).toEqual([]);
    expect(await ids(`until=${new Date(Date.now() - 60_000).toISOString()}`)).toEqual([]);
    expect(await ids("type=job.posted")).toEqual([]);
    const whole = await call("GET", `/api/v1/webhooks/deliveries/${deliveryId}`);
    expect(whole.json.body).toBe(receiver.arrived.at(-1)?.body);
    const attempts = await call("GET", `/api/v1/webhooks/deliveries/${deliveryId}/attempts`);
    expect(attempts.json.data).toMatchObject([
      { outcome: "delivered", status: 200, responseBody: "thanks", number: 1 },
    ]);
    const attempt = await call("GET", `/api/v1/webhooks/attempts/${attempts.json.data[0].id}`);
    expect(attempt.json.requestHeaders["webhook-id"]).toBe(eventId);
    expect((await call("GET", `/api/v1/webhooks/attempts?endpointId=${id}&outcome=http`)).json.data).toEqual([]);
    const again = await call("POST", `/api/v1/webhooks/deliveries/${deliveryId}/replay`);
    expect(again.status).toBe(202);
    const many = await call("POST", "/api/v1/webhooks/deliveries/replay", { ids: [deliveryId, newId()] });
    expect(many.json.data).toMatchObject([
      { id: deliveryId, deliveryId: again.json.deliveryId, refused: null },
      { deliveryId: null, refused: "This delivery does not exist." },
    ]);
  });
});

describe("events over the API", () => {
  it("come after a cursor, each once and in order, with tests only for those who ask", async () => {
    const { call, member } = await apiCaller(url);
    const get = async (path: string): Promise<Page> => (await call("GET", path)).json;
    for (const title of ["one", "two", "three"]) await close(member.employerId, title);
    await call("POST", "/api/v1/webhooks/events/test", { type: "job.posted" });
    const first = await polled(get, undefined, 3);
    expect(first.titles).toEqual(["one", "two", "three"]);
    expect((await polled(get, undefined, 4, "&tests=include")).events.map(({ test }) => test)).toEqual([
      ...[false, false, false, true],
    ]);
    await close(member.employerId, "four");
    expect((await polled(get, first.cursor, 1)).titles).toEqual(["four"]);
    expect((await polled(get, undefined, 1, "&types=job.posted&tests=include")).events).toHaveLength(1);
  });

  it("starts with what comes from now on when asked for the latest, and waits for it", async () => {
    const { call, member } = await apiCaller(url);
    const get = async (path: string): Promise<Page> => (await call("GET", path)).json;
    await close(member.employerId, "before");
    expect((await polled(get, undefined, 1)).titles).toEqual(["before"]);
    const { nextCursor } = await get("/api/v1/webhooks/events?after=latest");
    const waiting = polled(get, nextCursor, 1);
    await close(member.employerId, "after");
    expect((await waiting).titles).toEqual(["after"]);
  });

  it("skips no event whose transaction commits after a younger one was read", async () => {
    const { call, member } = await apiCaller(url);
    const get = async (path: string): Promise<Page> => (await call("GET", path)).json;
    let commit = () => {};
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let begun = () => {};
    const written = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = withEmployer(member.employerId, async (tx) => {
      await emitEvent(tx, member.employerId, "job.closed", null, closed("slow"));
      begun();
      await held;
    });
    await written;
    await close(member.employerId, "quick");
    const early = await get("/api/v1/webhooks/events");
    expect(early.data).toEqual([]);
    commit();
    await slow;
    expect((await polled(get, early.nextCursor, 2)).titles).toEqual(["slow", "quick"]);
  });

  it("go again to one endpoint, also one that did not get them, and nowhere when none is on", async () => {
    const { call, member } = await apiCaller(url);
    const event = await close(member.employerId, "again");
    expect((await call("POST", `/api/v1/webhooks/events/${event}/replay`, {})).json).toMatchObject({
      code: "conflict",
    });
    const { id } = (await call("POST", "/api/v1/webhooks", { url: receiver.url })).json.endpoint;
    const sent = await call("POST", `/api/v1/webhooks/events/${event}/replay`, { endpointId: id });
    const [deliveryId] = sent.json.deliveryIds;
    await attemptDelivery({ employerId: member.employerId, deliveryId, endpointId: id });
    expect(receiver.arrived.at(-1)?.headers["webhook-id"]).toBe(event);
    const shown = await call("GET", `/api/v1/webhooks/events/${event}`);
    expect(shown.json.deliveries).toEqual([{ id: deliveryId, endpointId: id, state: "delivered" }]);
    expect((await call("POST", `/api/v1/webhooks/events/${event}/replay`, {})).json.deliveryIds).toHaveLength(1);
    expect((await call("POST", `/api/v1/webhooks/events/${event}/replay`, { endpointId: newId() })).status).toBe(404);
  });
});
