import { and, eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { listAudit } from "#app/services/audit.server.ts";
import { sendTestEvent } from "#app/services/delivery-log.server.ts";
import { createEndpoint, switchEndpoint } from "#app/services/endpoints.server.ts";
import type { EventType } from "#app/services/event-catalog.ts";
import { createPortalLink } from "#app/services/portal-links.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { delivery } from "#db/schema/webhooks.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";
import { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const { url } = await testApp();
const LIST = "/webhooks/failed";
let member: TestMember;
let visitor: Visitor;
let payroll: string;
let warehouse: string;

beforeAll(async () => {
  member = await testMember();
  visitor = await signedIn(url, member);
  payroll = (await createEndpoint(member.actor, { url: "https://payroll.example.com/hooks" })).id;
  warehouse = (await createEndpoint(member.actor, { url: "https://warehouse.example.com/hooks" })).id;
});

/** A delivery that made all its attempts in vain; long ago, so that sending it again is a wish of its own. */
async function failed(endpointId: string, type: EventType): Promise<string> {
  const { deliveryId } = await sendTestEvent(member.actor, endpointId, type);
  await giveUp(deliveryId);
  return deliveryId;
}

const ended = {
  state: "failed",
  nextAttemptAt: null,
  attempts: 8,
  lastStatus: 503,
  lastError: "It answered 503.",
} as const;

const giveUp = (id: string) =>
  withEmployer(member.employerId, (tx) =>
    tx
      .update(delivery)
      .set({ ...ended, createdAt: new Date(Date.now() - 60_000) })
      .where(and(eq(delivery.employerId, member.employerId), eq(delivery.id, id))),
  );

/** The deliveries that a page lists, in its order. */
async function listed(query = "", by = visitor): Promise<string[]> {
  const { status, body } = await by.get(LIST + query);
  expect(status).toBe(200);
  return [...body.matchAll(/href="\/webhooks\/deliveries\/([0-9a-f-]{36})"/g)].map(([, id = ""]) => id);
}

const ticked = (...ids: string[]): [string, string][] => [
  ["intent", "replay-ticked"],
  ...ids.map((id): [string, string] => ["ticked", id]),
];

describe("the failed deliveries of an employer", () => {
  it("say that nothing failed while that is so", async () => {
    await sendTestEvent(member.actor, payroll, "job.closed");
    expect((await visitor.get(LIST)).body).toContain("No delivery ran out of attempts.");
    expect((await visitor.get("/webhooks")).body).toContain(`href="${LIST}"`);
  });

  it("are listed over all endpoints, newest first, and narrowed by endpoint, event and day", async () => {
    const one = await failed(payroll, "job.closed");
    const two = await failed(warehouse, "job.posted");
    const today = new Date().toISOString().slice(0, 10);
    expect(await listed()).toEqual([two, one]);
    expect(await listed(`?endpoint=${payroll}`)).toEqual([one]);
    expect(await listed("?type=job.posted")).toEqual([two]);
    expect(await listed(`?from=${today}&to=${today}`)).toEqual([two, one]);
    expect(await listed("?to=2020-01-01")).toEqual([]);
    const shown = (await visitor.get(LIST)).body;
    for (const words of ["payroll.example.com/", "warehouse.example.com/", "It answered 503.", "8 of 8"])
      expect(shown).toContain(words);
  });

  it("are sent again over several endpoints at once, and leave the list until they fail anew", async () => {
    const before = await listed();
    const sent = await visitor.post(LIST, ticked(...before));
    expect(sent).toMatchObject({ status: 302, location: LIST });
    expect((await visitor.get(LIST)).body).toContain("2 deliveries are sent again.");
    expect(await listed()).toEqual([]);
    const { entries } = await listAudit(member.actor, { text: "delivery.replayed_many" });
    expect(entries.map(({ subjectId }) => subjectId).sort()).toEqual([payroll, warehouse].sort());
    const again = await withEmployer(member.employerId, (tx) =>
      tx
        .select({ id: delivery.id })
        .from(delivery)
        .where(eq(delivery.replayOf, before[0] ?? "")),
    );
    await giveUp(again[0]?.id ?? "");
    expect(await listed()).toEqual(again.map(({ id }) => id));
  });

  it("are sent again one by one, and the filters stay", async () => {
    const [one = ""] = await listed();
    const sent = await visitor.post(`${LIST}?type=job.posted`, { intent: "replay", deliveryId: one });
    expect(sent.location).toMatch(/^\/webhooks\/deliveries\/[0-9a-f-]{36}$/);
    expect(await listed()).toEqual([]);
    expect(await visitor.post(`${LIST}?type=job.posted`, ticked())).toMatchObject({
      location: `${LIST}?type=job.posted`,
    });
  });

  it("of an endpoint that is off are shown, without a button", async () => {
    const id = await failed(warehouse, "job.closed");
    await switchEndpoint(member.actor, warehouse, false);
    const { body } = await visitor.get(LIST);
    expect(await listed()).toEqual([id]);
    expect(body).toContain("switched off");
    expect(body).not.toContain("Send again");
    await visitor.post(LIST, ticked(id));
    expect((await visitor.get(LIST)).body).toContain("Switch it on first");
  });

  it("come a page at a time", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 27; index += 1) ids.unshift(await failed(payroll, "application.received"));
    const query = "?type=application.received";
    const first = (await visitor.get(LIST + query)).body;
    const older = /href="\/webhooks\/failed(\?[^"]*before[^"]*)"/.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect([...(await listed(query)), ...(await listed(older))]).toEqual(ids);
    expect(await listed(query)).toHaveLength(25);
  });

  it("are shown to whoever may look, and to no guest of one endpoint", async () => {
    const viewer = await signedIn(url, await testMember({ role: "viewer", employerId: member.employerId }));
    const { status, body } = await viewer.get(LIST);
    expect([status, body.includes("Send again")]).toEqual([200, false]);
    expect((await viewer.post(LIST, ticked((await listed())[0] ?? ""))).status).toBe(403);
    const { token } = await createPortalLink(member.actor, { name: "Ana", access: "manage", endpointId: payroll });
    const guest = new Visitor(url);
    await guest.post(`/portal/${token}`, {});
    expect((await guest.get(LIST)).status).toBe(403);
  });
});
