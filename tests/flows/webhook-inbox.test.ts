import { beforeAll, describe, expect, it } from "vitest";
import { createEgress } from "#app/integrations/kit/egress.server.ts";
import { signStandard } from "#app/integrations/kit/standard-webhooks.server.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { getDelivery, sendTestEvent } from "#app/services/delivery-log.server.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { answerWith, createInbox, deleteInbox, getInbox, tidyInboxes } from "#app/services/inboxes.server.ts";
import { withSystem } from "#db/client.server.ts";
import { rateLimit } from "#db/schema/people.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";

await testDatabase();
const { url } = await testApp();
let member: TestMember;
beforeAll(async () => {
  member = await testMember();
});

const post = (address: string, body: string, headers: Record<string, string> = {}) =>
  fetch(address, { method: "POST", headers, body });
const seenAt = async (id: string, now?: Date) => (await getInbox(member.actor, id, now)).requests;

describe("an inbox", () => {
  it("shows what arrives, whether a secret of the employer signed it, and why not", async () => {
    const { id, url: address } = await createInbox(member.actor, { name: "Trying out" });
    const { secret } = await createEndpoint(member.actor, { url: "https://hooks.example.com/in" });
    const body = '{"a":1}';
    const signed = (at: Date, over = body) =>
      signStandard({ id: "msg_1", at, body: Buffer.from(over), secrets: [secret] });
    const now = new Date();
    await post(address, body, { ...signed(now), authorization: "Bearer of-somebody" });
    await post(address, body, signed(now, "{}"));
    await post(address, body, signed(new Date(now.getTime() - 600_000)));
    await post(address, body);
    const seen = (await seenAt(id)).toReversed();
    expect(seen.map(({ verified, verdict }) => [verified, verdict])).toEqual([
      [true, "Signed with the secret of hooks.example.com."],
      [false, expect.stringContaining("No secret of your endpoints made this signature")],
      [false, expect.stringContaining("more than five minutes old")],
      [false, expect.stringContaining("Not signed")],
    ]);
    expect(seen[0]).toMatchObject({ body, bytes: 7, method: "POST", headers: { authorization: "(hidden)" } });
    expect(JSON.stringify(seen)).not.toContain("of-somebody");
  });

  it("is an endpoint's receiver without any socket, with its answer as the attempt's", async () => {
    const { id, url: address } = await createInbox(member.actor, { name: "As endpoint" });
    const { id: endpointId } = await createEndpoint(member.actor, { url: address });
    let dialled = 0;
    const egress = createEgress({
      connect: (_target, callback) => {
        dialled += 1;
        callback(new Error("no socket is opened"), null);
      },
    });
    const attempt = async () => {
      const { deliveryId } = await sendTestEvent(member.actor, endpointId, "job.closed");
      await attemptDelivery({ employerId: member.employerId, deliveryId, endpointId }, { egress });
      return getDelivery(member.actor, deliveryId);
    };
    expect(await attempt()).toMatchObject({ delivery: { state: "delivered" }, attempts: [{ status: 200 }] });
    await answerWith(member.actor, id, "500");
    expect(await attempt()).toMatchObject({ delivery: { state: "retrying" }, attempts: [{ status: 500 }] });
    const seen = await seenAt(id);
    expect(seen.map(({ verified, answered }) => [verified, answered])).toEqual([
      [true, 500],
      [true, 200],
    ]);
    await deleteInbox(member.actor, id);
    expect(await attempt()).toMatchObject({ delivery: { state: "retrying" }, attempts: [{ status: 404 }] });
    expect(dialled).toBe(0);
    await egress.close();
  });

  it("is the one address of ours that may be an endpoint; the rest stays inside", async () => {
    for (const inside of [`${url}/healthz`, `${url}/inbox/none`, `${url}/inbox/${"0".repeat(64)}?x=1`])
      await expect(createEndpoint(member.actor, { url: inside })).rejects.toMatchObject({ kind: "invalid" });
  });

  it("keeps the newest 50 of a day, cuts long bodies, refuses longer ones and too many", async () => {
    const { id, url: address } = await createInbox(member.actor, { name: "Flood" });
    expect((await post(address, "x".repeat(70_000))).status).toBe(200);
    expect((await seenAt(id))[0]).toMatchObject({ cut: true, bytes: 70_000, body: "x".repeat(65_536) });
    expect((await post(address, "x".repeat(300_000))).status).toBe(413);
    for (let sent = 0; sent < 60; sent += 10) await Promise.all(Array.from({ length: 10 }, () => post(address, "{}")));
    expect(await seenAt(id)).toHaveLength(50);
    await withSystem((tx) => tx.update(rateLimit).set({ count: 120, lastRequest: Date.now() }));
    const stopped = await post(address, '{"one":"too many"}');
    expect([stopped.status, Number(stopped.headers.get("retry-after")) > 0]).toEqual([429, true]);
    expect(JSON.stringify(await seenAt(id))).not.toContain("too many");
    const later = new Date(Date.now() + 25 * 3_600_000);
    expect(await seenAt(id, later)).toEqual([]);
    expect(await tidyInboxes(later)).toBeGreaterThanOrEqual(50);
    expect(await seenAt(id)).toEqual([]);
  });

  it("tells a stranger nothing, and another employer nothing either", async () => {
    const { id, url: address } = await createInbox(member.actor, { name: "Closed" });
    await post(address, '{"secret":"of ours"}');
    const looked = await fetch(address);
    expect([looked.status, await looked.text()]).toEqual([405, "This address receives webhooks. Send a POST.\n"]);
    expect((await post(address.slice(0, -4), "{}")).status).toBe(404);
    const other = await signedIn(url, await testMember());
    expect((await other.get(`/webhooks/receive/${id}`)).status).toBe(404);
  });

  it("is made, chosen as an endpoint, told what to answer and deleted without script", async () => {
    const visitor = await signedIn(url, member);
    const made = await visitor.post("/webhooks/receive?index", { name: "By hand" });
    const here = made.location ?? "";
    expect((await visitor.get(here)).body).toContain("Nothing here yet");
    const added = await visitor.post(here, { intent: "endpoint" });
    expect(added.location).toMatch(/^\/webhooks\/endpoints\//);
    await visitor.post(here, { intent: "answer", answerStatus: "410" });
    expect((await visitor.get("/webhooks/receive")).body).toContain("410");
    const address = /http:[^"<\s]+\/inbox\/[\w-]+/.exec((await visitor.get(here)).body)?.[0] ?? "";
    expect((await post(address, "{}")).status).toBe(410);
    expect((await visitor.get(here)).body).toContain("Not signed");
    expect((await visitor.post(here, { intent: "delete" })).location).toBe("/webhooks/receive");
    expect((await visitor.get(here)).status).toBe(404);
  });
});
