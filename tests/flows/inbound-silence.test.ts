import { and, eq } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signAs } from "#app/integrations/kit/sign.server.ts";
import { webhook as greenhouse } from "#app/integrations/vendors/greenhouse/webhook.server.ts";
import { manifest as lever } from "#app/integrations/vendors/lever/manifest.ts";
import { newId, seal } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { listenForSilence, pollFactor, rhythmWords } from "#app/services/inbound-silence.server.ts";
import { storeInbound } from "#app/services/inbound-store.server.ts";
import { openIssues } from "#app/services/issues.server.ts";
import { prepareStreams } from "#app/services/sync-runs.server.ts";
import { loadConnection } from "#app/services/vendor-context.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { connection, subscription } from "#db/schema/connections.ts";
import { syncStream } from "#db/schema/sync.ts";
import { inboundDelivery, inboundRhythm } from "#db/schema/webhooks.ts";
import { makeConnection, makeEmployer } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";

await testDatabase();
setEnvironment({ PATCHBAY_URL: "https://portal.example" });

const HOUR = 3_600_000;
let employerId = "";
let connectionId = "";
/** The start of the hour that goes on. */
let hour = 0;

beforeAll(async () => {
  employerId = await makeEmployer("Hollin");
});

beforeEach(async () => {
  hour = Math.floor(Date.now() / HOUR) * HOUR;
  connectionId = await makeConnection(employerId, { vendorId: "lever", label: "Lever" });
  await withEmployer(employerId, (tx) => prepareStreams(tx, employerId, connectionId, lever));
});

/** One request, as stored now; the hours go on from its own. What it says does not matter here. */
async function arrives() {
  const body = Buffer.from(JSON.stringify({ action: "ping", payload: { id: newId() } }));
  const headers = signAs(greenhouse.signature, { secret: "x", body, now: new Date() });
  const raw = { method: "POST", url: "/webhooks/x", headers, body };
  const id = (await storeInbound({ employerId, id: connectionId, vendorId: "lever" }, greenhouse, raw)) ?? "";
  const [row] = await withEmployer(employerId, (tx) =>
    tx.select({ at: inboundDelivery.receivedAt }).from(inboundDelivery).where(eq(inboundDelivery.id, id)),
  );
  hour = Math.floor((row?.at.getTime() ?? 0) / HOUR) * HOUR;
}
const mine = () => and(eq(inboundRhythm.employerId, employerId), eq(inboundRhythm.connectionId, connectionId));
const rhythm = async () => {
  const [row] = await withEmployer(employerId, (tx) => tx.select().from(inboundRhythm).where(mine()));
  return row;
};
/** As after weeks in which something came every hour. */
const learnt = () =>
  withEmployer(employerId, (tx) =>
    tx.insert(inboundRhythm).values({
      ...{ employerId, connectionId, hours: Array.from({ length: 168 }, () => 1), lookedHours: 600, heardHours: 580 },
      ...{ lookedUntil: new Date(hour), lastAt: new Date(hour - HOUR / 2), surprise: 0, missed: 0, longest: 0 },
    }),
  );
/** The task as it runs in each of the next hours. */
const hoursPass = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) {
    hour += HOUR;
    await listenForSilence(new Date(hour + 4 * 60_000));
  }
};
const polled = (resource: string) =>
  withEmployer(employerId, (tx) => pollFactor(tx, { employerId, connectionId, resource }, new Date(hour + 60_000)));
const state = async () => (await loadConnection(employerId, connectionId)).state;

describe("the hourly look", () => {
  it("learns from what came in the hour before, once for each hour", async () => {
    await arrives();
    await hoursPass(1);
    await listenForSilence(new Date(hour + 5 * 60_000));
    expect(await rhythm()).toMatchObject({ lookedHours: 1, heardHours: 1, silentSince: null });
    expect((await rhythm())?.lastAt).not.toBeNull();
    expect(await rhythmWords(employerId, connectionId)).toBeNull();
  });

  it("says nothing about a connection whose vendor never sent anything", async () => {
    await hoursPass(2);
    expect(await rhythm()).toBeUndefined();
  });

  it("takes a pause for no silence", async () => {
    await learnt();
    await withEmployer(employerId, (tx) =>
      tx.update(connection).set({ state: "paused_by_user" }).where(eq(connection.id, connectionId)),
    );
    await hoursPass(8);
    expect(await rhythm()).toMatchObject({ lookedHours: 600, surprise: 0 });
  });
});

describe("a vendor that falls silent", () => {
  it("is told on its connection with the next step, asked again, and polled often; heard again, all is as before", async () => {
    await learnt();
    const [id, later] = [newId(), new Date(Date.now() + 60 * 60_000)];
    const sealed = seal("x", { employerId, ownerId: id, field: "subscription_secret" });
    await withEmployer(employerId, async (tx) => {
      await tx.insert(subscription).values({ employerId, id, connectionId, externalId: "s1", ...sealed, data: {} });
      await tx.update(syncStream).set({ nextRunAt: later }).where(eq(syncStream.connectionId, connectionId));
    });
    expect([await polled("applications"), await polled("jobs")]).toEqual([4, 1]);

    await hoursPass(4);
    expect([await state(), (await rhythm())?.silentSince]).toEqual(["active", null]);
    await hoursPass(2);
    const row = await loadConnection(employerId, connectionId);
    expect(row).toMatchObject({ state: "degraded", stateReason: "needs_attention" });
    expect(row.stateDetail).toMatch(/^Lever has sent nothing since .+ UTC, .*about 6 of the hours.*asked Lever again/);
    const issues = await withEmployer(employerId, (tx) => openIssues(tx, employerId, connectionId));
    expect(issues).toMatchObject([{ type: "needs_attention", detail: row.stateDetail }]);
    const streams = await withEmployer(employerId, (tx) =>
      tx.select().from(syncStream).where(eq(syncStream.connectionId, connectionId)),
    );
    expect(streams.every(({ nextRunAt }) => nextRunAt !== null && nextRunAt.getTime() !== later.getTime())).toBe(true);
    expect(await polled("applications")).toBe(1);
    expect(await sql`select 1 from graphile_worker.jobs where key = ${`subscription-renew:${id}`}`).toHaveLength(1);
    expect(await rhythmWords(employerId, connectionId)).toContain("Nothing has come now");

    await withEmployer(employerId, (tx) =>
      tx
        .update(inboundRhythm)
        .set({ lookedUntil: new Date(Date.now() - 3 * HOUR) })
        .where(mine()),
    );
    await arrives();
    await hoursPass(1);
    expect(await state()).toBe("active");
    expect(await withEmployer(employerId, (tx) => openIssues(tx, employerId, connectionId))).toEqual([]);
    expect(await polled("applications")).toBe(4);
  });
});
