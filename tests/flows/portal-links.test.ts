import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { listAudit } from "#app/services/audit.server.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { sendTestEvent } from "#app/services/delivery-log.server.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { createPortalLink, revokePortalLink } from "#app/services/portal-links.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { portalLink } from "#db/schema/webhook-guests.ts";
import { apiCaller } from "#tests/support/api-caller.ts";
import { appRoutes, testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";
import { startReceiver } from "#tests/support/receiver.ts";
import { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const { url } = await testApp();
const receiver = await startReceiver();
setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: receiver.host });

let ours: TestMember;
let theirs: TestMember;
let first: { endpoint: string; delivery: string };
let second: { endpoint: string; delivery: string };
let foreign: { endpoint: string; delivery: string };

async function endpointOf(member: TestMember, path: string) {
  const { id: endpoint } = await createEndpoint(member.actor, { url: `${receiver.url}/${path}` });
  const { deliveryId: delivery } = await sendTestEvent(member.actor, endpoint, "job.closed");
  await attemptDelivery({ employerId: member.employerId, deliveryId: delivery, endpointId: endpoint });
  return { endpoint, delivery };
}

beforeAll(async () => {
  ours = await testMember();
  theirs = await testMember();
  first = await endpointOf(ours, "first");
  second = await endpointOf(ours, "second");
  foreign = await endpointOf(theirs, "foreign");
});

/** A guest who opened a link as a person does: the page first, then its button. */
async function guest(options: Parameters<typeof createPortalLink>[1]) {
  const { id, token } = await createPortalLink(ours.actor, options);
  const visitor = new Visitor(url);
  expect((await visitor.get(`/portal/${token}`)).body).toContain("Open the webhooks");
  const opened = await visitor.post(`/portal/${token}`, {});
  expect(opened.status).toBe(302);
  return { id, token, visitor, to: opened.location ?? "" };
}

const pagesOf = (of: { endpoint: string; delivery: string }) => [
  `/webhooks/endpoints/${of.endpoint}`,
  `/webhooks/endpoints/${of.endpoint}/code`,
  `/webhooks/deliveries/${of.delivery}`,
];
const statuses = async (visitor: Visitor, paths: readonly string[]) =>
  Promise.all(paths.map(async (path) => [path, (await visitor.get(path)).status]));
const all = (paths: readonly string[], status: number) => paths.map((path) => [path, status]);

describe("a guest link", () => {
  it("opens the employer's webhook pages, says whose and until when, and nothing by merely being read", async () => {
    const { visitor, to } = await guest({ name: "Ana" });
    expect(to).toBe("/webhooks");
    const list = await visitor.get("/webhooks");
    for (const words of ["Ana", "who may look", "/first", "/second"]) expect(list.body).toContain(words);
    for (const words of ["Add endpoint", "/webhooks/guests", 'href="/jobs"']) expect(list.body).not.toContain(words);
    const open = [...pagesOf(first), ...pagesOf(second), "/webhooks/events"];
    expect(await statuses(visitor, open)).toEqual(all(open, 200));
    const { token } = await createPortalLink(ours.actor, { name: "Unread" });
    const reader = new Visitor(url);
    await reader.get(`/portal/${token}`);
    expect((await reader.get("/webhooks")).status).toBe(302);
  });

  it("opens no page about anything else, and none of another employer", async () => {
    const { visitor } = await guest({ name: "Ana", access: "manage" });
    expect(await statuses(visitor, pagesOf(foreign))).toEqual(all(pagesOf(foreign), 404));
    const open =
      /^\/(login|logout|invite|inbox|portal|careers|feeds|oauth|__gallery|no-employer)(\/|$)|^\/resources\/(theme|files)|^\/\*$|^\/webhooks\/:vendor/;
    const others = (await appRoutes()).filter(({ path, module }) => "loader" in module && !open.test(path));
    const guests = /^\/webhooks(\/(new|events|endpoints|deliveries|failed|receive|check)(\/|$)|$)/;
    let refused = 0;
    for (const { path } of others) {
      if (guests.test(path)) continue;
      const asked = path.replaceAll(/:\w+\??/g, first.endpoint);
      const { status, body } = await visitor.get(asked);
      expect([asked, [302, 401, 403, 404].includes(status) || asked === "/api/openapi.json"]).toEqual([asked, true]);
      expect(body).not.toContain(ours.email);
      refused += 1;
    }
    expect(refused).toBeGreaterThan(30);
    expect((await visitor.get("/webhooks/guests")).status).toBe(302);
    expect((await visitor.get("/api/v1/webhooks")).status).toBe(401);
  });

  it("to one endpoint shows that one and its deliveries only", async () => {
    const { visitor, to } = await guest({ name: "Ben", endpointId: first.endpoint, access: "manage" });
    expect(to).toBe(`/webhooks/endpoints/${first.endpoint}`);
    expect(await statuses(visitor, pagesOf(first))).toEqual(all(pagesOf(first), 200));
    expect(await statuses(visitor, pagesOf(second))).toEqual(all(pagesOf(second), 404));
    const list = await visitor.get("/webhooks");
    expect(list.body).toContain("/first");
    expect(list.body).not.toContain("/second");
    expect((await visitor.get("/webhooks/new")).status).toBe(403);
    expect((await visitor.post("/webhooks/new", { url: receiver.url })).status).toBe(403);
    const here = `/webhooks/endpoints/${first.endpoint}`;
    const smuggled = await visitor.post(`${here}?index`, { intent: "replay", deliveryId: second.delivery });
    expect(smuggled.status).toBe(404);
    expect((await visitor.post(`/webhooks/endpoints/${second.endpoint}`, { intent: "off" })).status).toBe(404);
    expect((await visitor.post(`/webhooks/deliveries/${second.delivery}`, {})).status).toBe(404);
  });

  it("to look changes nothing; to change does, under the guest's name, and never from another site", async () => {
    const reader = await guest({ name: "Ana" });
    const here = `/webhooks/endpoints/${first.endpoint}`;
    expect((await reader.visitor.get(`${here}/secrets`)).status).toBe(403);
    expect((await reader.visitor.post(here, { intent: "test", type: "job.closed" })).status).toBe(403);
    const { visitor } = await guest({ name: "Carla", access: "manage" });
    const test = { intent: "test", type: "job.closed" };
    const evil = await visitor.post(here, test, { origin: "https://evil.example" });
    expect(evil.status).toBeGreaterThanOrEqual(400);
    expect((await visitor.post(here, test)).status).toBe(302);
    const { entries } = await listAudit(ours.actor, { text: "Carla" });
    expect(entries.map(({ action, actorName }) => [action, actorName])).toEqual([
      ["endpoint.tested", "Carla (guest)"],
      ["portal_link.opened", "Carla (guest)"],
      ["portal_link.created", ours.name],
    ]);
  });

  it("ends by time, by hand and by leaving, at once for who is inside", async () => {
    const inside = await guest({ name: "Dana" });
    await revokePortalLink(ours.actor, inside.id);
    expect(await inside.visitor.get("/webhooks")).toMatchObject({ status: 302, location: "/portal" });
    expect((await inside.visitor.get(`/portal/${inside.token}`)).body).toContain("This link has ended");
    expect((await inside.visitor.post(`/portal/${inside.token}`, {})).status).toBe(400);
    const late = await guest({ name: "Eve" });
    await withEmployer(ours.employerId, (tx) =>
      tx.update(portalLink).set({ expiresAt: new Date() }).where(eq(portalLink.id, late.id)),
    );
    expect((await late.visitor.get("/webhooks")).location).toBe("/portal");
    const leaver = await guest({ name: "Finn" });
    await leaver.visitor.post("/portal?index", {});
    expect((await leaver.visitor.get("/webhooks")).location).toMatch(/^\/login/);
  });

  it("is made and ended by people of the team with the right and by programs, never by a guest", async () => {
    const owner = await signedIn(url, ours);
    const made = await owner.post("/webhooks/guests", {
      intent: "create",
      name: "Gina",
      access: "manage",
      minutes: "15",
    });
    const path = new URL(/https?:[^"<\s]+\/portal\/[\w-]+/.exec(made.body)?.[0] ?? url).pathname;
    expect((await owner.get(path)).body).toContain("You are signed in as");
    expect((await owner.get("/webhooks/guests")).body).not.toContain(path);
    const viewer = await signedIn(url, await testMember({ employerId: ours.employerId, role: "viewer" }));
    expect((await viewer.get("/webhooks/guests")).status).toBe(403);
    const guestActor = { ...ours.actor, guest: { linkId: "x", endpointId: null } };
    await expect(createPortalLink(guestActor, { name: "More" })).rejects.toMatchObject({ kind: "forbidden" });
    const { call } = await apiCaller(url, { member: ours });
    const link = await call("POST", "/api/v1/webhooks/portal-links", { name: "Hal", endpointId: first.endpoint });
    expect(link.json.url).toMatch(`${url}/portal/`);
    const listed = await call("GET", "/api/v1/webhooks/portal-links");
    expect(listed.json.data[0]).toMatchObject({ id: link.json.id, name: "Hal", access: "read", openedAt: null });
    expect(JSON.stringify(listed.json)).not.toContain("/portal/");
    expect((await call("DELETE", `/api/v1/webhooks/portal-links/${link.json.id}`)).status).toBe(204);
    const other = await call("POST", "/api/v1/webhooks/portal-links", { name: "Ivy", endpointId: foreign.endpoint });
    expect(other.status).toBe(404);
  });
});
