import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { listAudit } from "#app/services/audit.server.ts";
import { createPortalLink } from "#app/services/portal-links.server.ts";
import { recoverPage } from "#app/services/recovery-page.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { recovery } from "#db/schema/webhooks.ts";
import { type ApiCaller, apiCaller } from "#tests/support/api-caller.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { startReceiver } from "#tests/support/receiver.ts";
import { Visitor } from "#tests/support/visitor.ts";
import { type History, replaysOf, writeHistories } from "#tests/webhooks/histories.ts";

const { adminUrl } = await testDatabase();
const { url } = await testApp();
const receiver = await startReceiver();
setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: receiver.host });

const DAY = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY).toISOString();
const ended = (state: "failed" | "not_sent" | "delivered"): History => ({ deliveries: [{ state, attempts: 2 }] });

let ours: ApiCaller;
let endpointId: string;
const place = (more = "") => `/api/v1/webhooks/endpoints/${endpointId}${more}`;
const start = (body: unknown = { since: daysAgo(45) }, headers: Record<string, string> = {}) =>
  ours.call("POST", place("/recover"), body, headers);
const write = (histories: readonly History[]) =>
  writeHistories(adminUrl, { employerId: ours.member.employerId, endpointId }, histories);
const resent = async () => (await replaysOf(adminUrl, ours.member.employerId)).map(({ eventId }) => eventId);

beforeEach(async () => {
  ours = await apiCaller(url);
  endpointId = (await ours.call("POST", "/api/v1/webhooks", { url: receiver.url })).json.endpoint.id;
});

/** Makes the next page of a recovery, as its job does. */
async function makePage(recoveryId: string, rows = 500): Promise<void> {
  const { employerId } = ours.member;
  const [row] = await withEmployer(employerId, (tx) => tx.select().from(recovery).where(eq(recovery.id, recoveryId)));
  await recoverPage({ employerId, recoveryId, after: row?.cursor ?? "" }, { rows });
}

describe("a recovery over the API", () => {
  it("is started, read while it goes, listed and done", async () => {
    const messages = await write([ended("failed"), ended("delivered"), ended("not_sent"), ended("failed")]);
    const begun = await start();
    expect(begun.status).toBe(202);
    expect(begun.json).toMatchObject({
      ...{ endpointId, state: "running", states: ["failed", "not_sent"], eventTypes: [], progress: 0 },
      ...{ found: 0, enqueued: 0, skipped: 0, note: null, createdBy: "test", finishedAt: null },
    });
    const { id } = begun.json;
    const read = async () => (await ours.call("GET", place(`/recoveries/${id}`))).json;
    await makePage(id, 2);
    const half = await read();
    expect(half).toMatchObject({ state: "running", found: 1, enqueued: 1 });
    expect(half.progress).toBeGreaterThan(0);
    expect(half.progress).toBeLessThan(1);
    for (let page = 0; page < 5 && (await read()).state === "running"; page += 1) await makePage(id);
    const done = await read();
    expect(done).toMatchObject({ state: "done", found: 3, enqueued: 3, skipped: 0, progress: 1 });
    expect(Date.parse(done.finishedAt)).toBeGreaterThanOrEqual(Date.parse(done.createdAt));
    const wanted = [0, 2, 3].map((index) => messages[index]?.eventId);
    expect((await resent()).sort()).toEqual(wanted.sort());
    const second = await start({ since: daysAgo(1), eventTypes: ["job.posted"] });
    const listed = await ours.call("GET", place("/recoveries"));
    expect(listed.json).toMatchObject({ data: [{ id: second.json.id }, { id, state: "done" }], nextCursor: null });
  });

  it("takes the ends, the events and the time it is given, each end once", async () => {
    const until = daysAgo(1);
    const { status, json } = await start({
      ...{ since: "2026-01-05T08:00:00+02:00", until, states: ["delivered", "failed", "delivered"] },
      eventTypes: ["job.closed"],
    });
    expect(status).toBe(202);
    expect(json).toMatchObject({ since: "2026-01-05T06:00:00.000Z", until, eventTypes: ["job.closed"] });
    expect(json.states).toEqual(["delivered", "failed"]);
  });

  it("looks no further than now, whatever end is named", async () => {
    const before = Date.now();
    const { json } = await start({ since: daysAgo(3), until: new Date(before + DAY).toISOString() });
    expect(Date.parse(json.until)).toBeLessThan(before + DAY / 2);
  });

  it("is one at a time, stops when it is cancelled, and is not cancelled twice", async () => {
    await write([ended("failed"), ended("failed"), ended("failed")]);
    const { id } = (await start()).json;
    expect((await start()).json).toMatchObject({
      ...{ status: 409, code: "conflict" },
      detail: "A recovery of this endpoint is running. Wait for its end or cancel it.",
    });
    await makePage(id, 1);
    const cancelled = await ours.call("POST", place(`/recoveries/${id}/cancel`));
    expect(cancelled.status).toBe(200);
    expect(cancelled.json).toMatchObject({ state: "cancelled", enqueued: 1, note: "Cancelled by test." });
    await makePage(id);
    expect(await resent()).toHaveLength(1);
    expect((await ours.call("POST", place(`/recoveries/${id}/cancel`))).json).toMatchObject({
      ...{ status: 409, detail: "This recovery has ended." },
    });
    expect((await start()).status).toBe(202);
    const { entries } = await listAudit(ours.member.actor, { text: "endpoint.recovery" });
    expect(entries.map(({ action }) => action)).toEqual([
      ...["endpoint.recovery_started", "endpoint.recovery_cancelled", "endpoint.recovery_started"],
    ]);
  });

  it("is not begun for an endpoint that is off", async () => {
    await ours.call("POST", `/api/v1/webhooks/${endpointId}/disable`);
    expect((await start()).json).toMatchObject({
      ...{ status: 409, detail: "The endpoint is switched off. Switch it on first." },
    });
    expect((await ours.call("GET", place("/recoveries"))).json.data).toEqual([]);
  });

  it("is begun once under one idempotency key, and the key is not taken for another time", async () => {
    const key = { "idempotency-key": newId() };
    const body = { since: daysAgo(2) };
    const [first, again] = [await start(body, key), await start(body, key)];
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.json).toEqual(first.json);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await start({ since: daysAgo(3) }, key)).json).toMatchObject({ status: 422, code: "idempotency_mismatch" });
    expect((await ours.call("GET", place("/recoveries"))).json.data).toHaveLength(1);
  });

  it("says what is wrong with a body, field by field, and begins nothing", async () => {
    const bad: readonly [unknown, string][] = [
      [undefined, "body"],
      [null, "body"],
      [[], "body"],
      [{}, "since"],
      [{ since: "yesterday" }, "since"],
      [{ since: "2026-01-05T08:00:00" }, "since"],
      [{ since: 1_700_000_000_000 }, "since"],
      [{ since: daysAgo(-1) }, "since"],
      [{ since: daysAgo(1), until: daysAgo(2) }, "since"],
      [{ since: daysAgo(1), until: "later" }, "until"],
      [{ since: daysAgo(1), states: [] }, "states"],
      [{ since: daysAgo(1), states: ["sending"] }, "states.0"],
      [{ since: daysAgo(1), eventTypes: "job.closed" }, "eventTypes"],
      [{ since: daysAgo(1), eventTypes: ["job.closed", "no.such"] }, "eventTypes.1"],
      [{ since: daysAgo(1), eventTypes: Array.from({ length: 101 }, () => "job.closed") }, "eventTypes"],
    ];
    for (const [body, field] of bad) {
      const { status, json } = await ours.call("POST", place("/recover"), body);
      expect([status, json.code, json.errors?.[0]?.field]).toEqual([400, "invalid", field]);
      expect(json.errors[0].detail).toMatch(/\w/);
      expect(json.next).toMatch(/^[A-Z].*\.$/);
    }
    expect((await ours.call("GET", place("/recoveries"))).json.data).toEqual([]);
  });

  it("refuses what is no JSON, and addresses that name nothing", async () => {
    const headers = { authorization: `Bearer ${ours.key}` };
    const send = (body: string, type: string) =>
      fetch(`${url}${place("/recover")}`, { method: "POST", headers: { ...headers, "content-type": type }, body });
    expect((await send("since=yesterday", "application/x-www-form-urlencoded")).status).toBe(415);
    const broken = await send("{", "application/json");
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ detail: "The body is not JSON." });
    const { id } = (await start()).json;
    const nowhere = [
      await ours.call("POST", `/api/v1/webhooks/endpoints/${newId()}/recover`, { since: daysAgo(1) }),
      await ours.call("POST", "/api/v1/webhooks/endpoints/first/recover", { since: daysAgo(1) }),
      await ours.call("GET", place(`/recoveries/${newId()}`)),
      await ours.call("GET", `/api/v1/webhooks/endpoints/${newId()}/recoveries/${id}`),
      await ours.call("POST", place(`/recoveries/${newId()}/cancel`)),
    ];
    expect(nowhere.map(({ status, json }) => [status, json.code])).toEqual(nowhere.map(() => [404, "not_found"]));
    expect((await ours.call("DELETE", place(`/recoveries/${id}`))).status).toBe(405);
    const bent = [
      await ours.call("GET", place("/recoveries/%zz")),
      await ours.call("POST", "/api/v1/webhooks/endpoints/%E0%A4/recover", { since: daysAgo(1) }),
      await ours.call("GET", place("/recoveries/%00")),
    ];
    for (const { status, json } of bent) {
      expect([status, json.code]).toEqual([400, "invalid"]);
      expect(json.detail).toMatch(/^This address .*\.$/);
    }
  });
});

describe("who may recover over the API", () => {
  it("leaves another employer's endpoint and recovery unknown", async () => {
    await write([ended("failed")]);
    const { id } = (await start()).json;
    const theirs = await apiCaller(url);
    const own = (await theirs.call("POST", "/api/v1/webhooks", { url: receiver.url })).json.endpoint.id;
    const tries = [
      await theirs.call("POST", place("/recover"), { since: daysAgo(45) }),
      await theirs.call("GET", place("/recoveries")),
      await theirs.call("GET", place(`/recoveries/${id}`)),
      await theirs.call("GET", `/api/v1/webhooks/endpoints/${own}/recoveries/${id}`),
      await theirs.call("POST", place(`/recoveries/${id}/cancel`)),
      await theirs.call("POST", `/api/v1/webhooks/endpoints/${own}/recoveries/${id}/cancel`),
    ];
    expect(tries.map(({ status }) => status)).toEqual(tries.map(() => 404));
    expect((await ours.call("GET", place(`/recoveries/${id}`))).json.state).toBe("running");
  });

  it("asks for the scope to manage to start and cancel, and for the scope to read to look", async () => {
    const { id } = (await start()).json;
    const { member } = ours;
    const reader = await apiCaller(url, { member, scopes: ["webhooks:read"] });
    const other = await apiCaller(url, { member, scopes: ["jobs:manage"] });
    const asked = async ({ call }: ApiCaller) => [
      (await call("GET", place("/recoveries"))).status,
      (await call("GET", place(`/recoveries/${id}`))).status,
      (await call("POST", place("/recover"), { since: daysAgo(1) })).status,
      (await call("POST", place(`/recoveries/${id}/cancel`))).status,
    ];
    expect(await asked(reader)).toEqual([200, 200, 403, 403]);
    expect(await asked(other)).toEqual([403, 403, 403, 403]);
    expect((await ours.call("GET", place(`/recoveries/${id}`))).json.state).toBe("running");
  });

  it("takes neither a guest's link nor a guest's session for a key", async () => {
    const { id } = (await start()).json;
    const { token } = await createPortalLink(ours.member.actor, { name: "Ana", access: "manage" });
    const visitor = new Visitor(url);
    expect((await visitor.post(`/portal/${token}`, {})).status).toBe(302);
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const ways: Record<string, string>[] = [{ authorization: `Bearer ${token}` }, { cookie, origin: url }];
    for (const headers of ways)
      for (const [method, path] of [
        ["POST", "/recover"],
        ["GET", "/recoveries"],
        ["GET", `/recoveries/${id}`],
        ["POST", `/recoveries/${id}/cancel`],
      ] as const) {
        const body = method === "POST" ? { body: "{}" } : {};
        const type = { "content-type": "application/json" };
        const answer = await fetch(`${url}${place(path)}`, { method, headers: { ...headers, ...type }, ...body });
        expect([method, path, answer.status]).toEqual([method, path, 401]);
      }
    expect((await ours.call("GET", place(`/recoveries/${id}`))).json.state).toBe("running");
  });
});

describe("sending many deliveries again over the API", () => {
  const deliveries = async () =>
    (await ours.call("GET", `/api/v1/webhooks/deliveries?endpointId=${endpointId}&limit=100`)).json.data;
  const replay = (body: unknown, headers: Record<string, string> = {}) =>
    ours.call("POST", "/api/v1/webhooks/deliveries/replay", body, headers);

  it("answers for each by itself, takes an id that is named twice once, and gives nothing of others away", async () => {
    await write([ended("failed"), ended("failed")]);
    const [one, two] = (await deliveries()).map(({ id }: { id: string }) => id);
    const theirs = await apiCaller(url);
    const other = await theirs.call("POST", "/api/v1/webhooks", { url: receiver.url });
    const test = await theirs.call("POST", `/api/v1/webhooks/${other.json.endpoint.id}/test`, { type: "job.closed" });
    const { status, json } = await replay({ ids: [one, test.json.deliveryId, two, one] });
    expect(status).toBe(202);
    expect(json.data.map(({ id, refused }: { id: string; refused: string | null }) => [id, refused])).toEqual([
      [one, null],
      [test.json.deliveryId, "This delivery does not exist."],
      [two, null],
    ]);
    expect((await deliveries()).filter((row: { cause: string }) => row.cause === "replay")).toHaveLength(2);
    expect((await replay({ ids: [test.json.deliveryId] })).json).toMatchObject({ status: 404, code: "not_found" });
  });

  it("makes them once under one idempotency key", async () => {
    await write([ended("failed")]);
    const body = { ids: [(await deliveries())[0].id] };
    const key = { "idempotency-key": newId() };
    const [first, again] = [await replay(body, key), await replay(body, key)];
    expect(again.json).toEqual(first.json);
    expect(await deliveries()).toHaveLength(2);
  });

  it.each([
    [{}, "ids"],
    [{ ids: [] }, "ids"],
    [{ ids: ["first"] }, "ids.0"],
    [{ ids: Array.from({ length: 101 }, () => newId()) }, "ids"],
  ])("says what is wrong with %j", async (body, field) => {
    const { status, json } = await replay(body);
    expect([status, json.errors[0].field]).toEqual([400, field]);
  });
});
