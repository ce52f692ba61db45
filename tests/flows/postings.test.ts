import { and, eq, isNull } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { postingModule } from "#app/integrations/choice.ts";
import { systemActor } from "#app/services/actor.ts";
import { closeJob, saveJob } from "#app/services/jobs.server.ts";
import { followLive, type LiveMessage } from "#app/services/live.server.ts";
import { employerFacts, postingJob } from "#app/services/posting-job.server.ts";
import { closePostings, confirmPosting, preflight, publish, settleUnknown } from "#app/services/postings.server.ts";
import { callVendor } from "#app/services/vendor-context.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { issue } from "#db/schema/connections.ts";
import { posting } from "#db/schema/postings.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";
import { eventTypesOf } from "#tests/support/events.ts";
import { type BoardWorld, boardsForEach, boardWorld, sampleJob } from "#tests/support/postings.ts";

const database = await testDatabase();
let world: BoardWorld;

boardsForEach((one) => {
  world = one;
});

/** Publishes the world's job to one board and returns the posting's id. */
async function send(vendorId: string, total = ""): Promise<string> {
  const connectionId = await world.connect(vendorId);
  const { sent } = await publish(world.actor, world.job.id, [connectionId], total);
  const [one] = sent;
  if (!one) throw new Error("Nothing was sent.");
  return one.postingId;
}

const openIssues = () =>
  withEmployer(world.employerId, (tx) =>
    tx
      .select()
      .from(issue)
      .where(and(eq(issue.employerId, world.employerId), isNull(issue.resolvedAt))),
  );

describe("ZipRecruiter, a board with a posting API and keys of ours", () => {
  it("takes a job and shows it live, with an event for the first time", async () => {
    const id = await send("ziprecruiter");
    const row = await world.run(id);
    expect(row).toMatchObject({ state: "live", externalId: row.key, observedVersion: 1, sentAt: null });
    expect(await world.history(id)).toEqual(["validating", "queued", "live"]);
    expect(await eventTypesOf(world.employerId)).toEqual(
      expect.arrayContaining(["posting.state_changed", "job.posted"]),
    );
  });

  it("refuses a job with the board's reason, and tells open pages", async () => {
    const seen: LiveMessage[] = [];
    const leave = await followLive(world.employerId, (message) => seen.push(message));
    await world.act("ziprecruiter", "settings", { review: "on" });
    const id = await send("ziprecruiter");
    expect((await world.run(id)).state).toBe("in_review");
    await world.act("ziprecruiter", "reject", { reason: "The job asks candidates to pay for training" });
    const row = await world.run(id);
    expect(row).toMatchObject({ state: "rejected", reason: "The job asks candidates to pay for training" });
    await expect
      .poll(() => seen.filter(({ topic, id: about }) => topic === "posting" && about === id).length)
      .toBeGreaterThan(1);
    await leave();
    expect((await openIssues()).map((one) => one.type)).toEqual(["posting_rejected"]);
  });

  it("sends a refused job again after it was mended, and the issue heals", async () => {
    await world.fault("ziprecruiter", "reject-next-posting", { reason: "Too short" });
    const id = await send("ziprecruiter");
    const refused = await world.run(id);
    expect(refused.state).toBe("rejected");
    await saveJob(world.actor, world.job.id, { ...sampleJob, title: "Lead Welder" });
    const again = await publish(world.actor, world.job.id, [refused.connectionId], "");
    expect(again.sent).toHaveLength(1);
    expect((await world.run(id)).state).toBe("live");
    expect(await openIssues()).toEqual([]);
    expect((await world.state("ziprecruiter")).jobs).toHaveLength(1);
  });

  it("ends as one posting when the answer is lost after the board took it", async () => {
    await world.fault("ziprecruiter", "drop-response-after-commit", { match: "^POST " });
    const id = await send("ziprecruiter");
    const unsure = await world.run(id);
    expect(unsure.externalId).toBeNull();
    expect(unsure.sentAt).not.toBeNull();
    expect(await world.run(id, 2)).toMatchObject({ state: "live", sentAt: null });
    expect((await world.state("ziprecruiter")).jobs).toHaveLength(1);
  });

  it("is not unsure while it waits for its turn in the board's call budget", async () => {
    const id = await send("ziprecruiter");
    let turn = Promise.resolve<unknown>(null);
    await asAdmin(database.adminUrl, (admin) =>
      admin.begin(async (tx) => {
        await tx`lock table rate_budget in exclusive mode`;
        turn = world.run(id);
        await expect
          .poll(async () => tx`select lease_owner is not null as held, sent_at from posting where id = ${id}`, {
            timeout: 20_000,
          })
          .toEqual([{ held: true, sent_at: null }]);
      }),
    );
    await turn;
    expect(await world.row(id)).toMatchObject({ state: "live", sentAt: null });
  });

  it("looks first when a worker died between the board's answer and our note of it", async () => {
    const id = await send("ziprecruiter");
    const row = await world.row(id);
    await withEmployer(world.employerId, (tx) =>
      tx
        .update(posting)
        .set({ state: "queued", sentAt: new Date(), leaseOwner: "dead", leaseUntil: new Date(Date.now() + 60_000) })
        .where(eq(posting.id, id)),
    );
    const facts = await withEmployer(world.employerId, (tx) => employerFacts(tx, world.employerId));
    const value = postingJob(world.job, facts, { key: row.key, sourceToken: row.sourceToken, inbound: null });
    const options = { signal: AbortSignal.timeout(5_000), idempotencyKey: "dead" };
    await callVendor(world.employerId, row.connectionId, options, async ({ adapter, ctx }) => {
      const board = postingModule(adapter, ctx.config);
      if (board?.way !== "api") throw new Error("no api");
      return board.publish(ctx, value);
    });
    expect((await world.run(id)).state).toBe("queued");
    await world.expireLease(id);
    expect((await world.run(id, 2)).state).toBe("live");
    expect((await world.state("ziprecruiter")).jobs).toHaveLength(1);
  });

  it("is sent once when two people publish and two workers run at the same time", async () => {
    const connectionId = await world.connect("ziprecruiter");
    const both = await Promise.all([1, 2].map(() => publish(world.actor, world.job.id, [connectionId], "")));
    const ids = both.flatMap(({ sent }) => sent.map((one) => one.postingId));
    expect(ids).toHaveLength(1);
    await Promise.all([1, 2, 3].map(() => world.run(ids[0] ?? "")));
    expect((await world.row(ids[0] ?? "")).state).toBe("live");
    expect(await world.state("ziprecruiter")).toMatchObject({ jobs: [{ writes: 1 }] });
  });

  it("follows a change of the job", async () => {
    const id = await send("ziprecruiter");
    await world.run(id);
    await saveJob(world.actor, world.job.id, { ...sampleJob, title: "Lead Welder" });
    expect(await world.run(id)).toMatchObject({ state: "live", observedVersion: 2, desiredVersion: 2 });
    expect(await world.state("ziprecruiter")).toMatchObject({ jobs: [{ job: { title: "Lead Welder" } }] });
  });

  it("comes down with proof when the job is closed, and goes up again under the same key", async () => {
    const id = await send("ziprecruiter");
    const up = await world.run(id);
    await closeJob(world.actor, world.job.id, "filled");
    const down = await world.run(id);
    expect(down).toMatchObject({ state: "closed", desired: "closed", closeReason: "filled" });
    expect(down.observedAt).not.toBeNull();
    expect(await world.state("ziprecruiter")).toMatchObject({ jobs: [{ status: "closed" }] });
    await withEmployer(world.employerId, (tx) => tx.execute("update job set status = 'open'"));
    await publish(world.actor, world.job.id, [up.connectionId], "");
    expect(await world.run(id)).toMatchObject({ state: "live", key: up.key });
    expect((await world.state("ziprecruiter")).jobs).toHaveLength(1);
  });

  it("waits while the board is down, and goes on by itself", async () => {
    await world.fault("ziprecruiter", "500", { count: 0 });
    const id = await send("ziprecruiter");
    const row = await world.run(id, 2);
    expect(row.state).toBe("queued");
    expect(row.nextCheckAt).not.toBeNull();
    await world.fault("ziprecruiter", "clear");
    expect((await world.run(id, 3)).state).toBe("live");
  });

  it("turns nothing red but the connection when the key is withdrawn", async () => {
    await world.fault("ziprecruiter", "revoke");
    const id = await send("ziprecruiter");
    const row = await world.run(id);
    expect(row).toMatchObject({ state: "queued", sentAt: null });
    expect((await openIssues()).map((one) => one.type)).toEqual(["needs_reconnect"]);
  });
});

describe("We Work Remotely, a paid board that cannot be asked by key", () => {
  const price = "USD 29900";

  it("asks for the price that was agreed to, and charges it once", async () => {
    const connectionId = await world.connect("weworkremotely");
    await expect(publish(world.actor, world.job.id, [connectionId], "")).rejects.toMatchObject({ kind: "conflict" });
    const { sent } = await publish(world.actor, world.job.id, [connectionId], price);
    const id = sent[0]?.postingId ?? "";
    expect(await world.run(id)).toMatchObject({ state: "in_review", costAmount: 29_900, costCurrency: "USD" });
    await world.act("weworkremotely", "approve");
    const row = await world.run(id);
    expect(row.state).toBe("live");
    expect(row.url).toMatch(/weworkremotely\.com\/remote-jobs\//);
    expect(row.expiresAt).not.toBeNull();
    expect((await world.state("weworkremotely")).charges).toHaveLength(1);
  });

  it("never pays twice when the answer is lost: a person says what is there", async () => {
    await world.fault("weworkremotely", "drop-response-after-commit", { match: "^POST " });
    const id = await send("weworkremotely", price);
    const unsure = await world.run(id, 4);
    expect(unsure.state).toBe("your_step");
    expect((await openIssues()).map((one) => one.type)).toEqual(["posting_unknown"]);
    expect((await world.state("weworkremotely")).charges).toHaveLength(1);
    await settleUnknown(world.actor, id, {
      found: "https://weworkremotely.com/remote-jobs/acme-logistics-senior-welder-30001",
    });
    expect(await world.run(id, 2)).toMatchObject({ state: "in_review", externalId: "30001", sentAt: null });
    expect(await openIssues()).toEqual([]);
    expect((await world.state("weworkremotely")).charges).toHaveLength(1);
  });

  it("finds it by itself once it is public", async () => {
    await world.fault("weworkremotely", "drop-response-after-commit", { match: "^POST " });
    const id = await send("weworkremotely", price);
    expect((await world.run(id, 2)).state).toBe("your_step");
    await world.act("weworkremotely", "approve");
    expect((await world.run(id, 2)).state).toBe("live");
    expect((await world.state("weworkremotely")).charges).toHaveLength(1);
  });

  it("does not believe a link that the board does not know, and sends again only when told to", async () => {
    await world.fault("weworkremotely", "reset", { match: "^POST " });
    const id = await send("weworkremotely", price);
    expect((await world.run(id, 2)).state).toBe("your_step");
    await settleUnknown(world.actor, id, { found: "99999" });
    expect(await world.run(id)).toMatchObject({ state: "your_step", externalId: null });
    await settleUnknown(world.actor, id, { again: true });
    expect((await world.run(id)).state).toBe("in_review");
    expect((await world.state("weworkremotely")).charges).toHaveLength(1);
  });

  it("names a posting that comes back after closing, and closes it again", async () => {
    const id = await send("weworkremotely", price);
    await world.act("weworkremotely", "settings", { review: "off" });
    await world.run(id);
    await closePostings(world.actor, { postingId: id }, "withdrawn");
    expect((await world.run(id)).state).toBe("closed");
    await world.act("weworkremotely", "approve");
    expect((await world.run(id)).state).toBe("still_up");
    expect((await openIssues()).map((one) => one.type)).toEqual(["posting_still_up"]);
    expect((await world.run(id)).state).toBe("closed");
    expect(await openIssues()).toEqual([]);
  });

  it("says so when the board takes a listing down, and does not pay for another", async () => {
    await world.act("weworkremotely", "settings", { review: "off" });
    const id = await send("weworkremotely", price);
    await world.run(id);
    await world.act("weworkremotely", "remove");
    expect(await world.run(id, 3)).toMatchObject({ state: "closed", reason: "We Work Remotely took it down." });
    expect((await world.state("weworkremotely")).charges).toHaveLength(1);
  });
});

describe("Wellfound, where a person pastes", () => {
  it("waits for a person, and is live with the link they give", async () => {
    const id = await send("wellfound");
    expect((await world.run(id)).state).toBe("your_step");
    await expect(
      confirmPosting(world.actor, id, { state: "live", url: "https://evil.example/1" }),
    ).rejects.toMatchObject({ kind: "invalid" });
    const row = await confirmPosting(world.actor, id, { state: "live", url: "https://wellfound.com/jobs/501" });
    expect(row).toMatchObject({ state: "live", url: "https://wellfound.com/jobs/501" });
    await closeJob(world.actor, world.job.id, "filled");
    expect((await world.run(id)).state).toBe("your_step");
    expect((await confirmPosting(world.actor, id, { state: "closed" })).state).toBe("closed");
  });
});

describe("Before anything is sent", () => {
  it("every board says what it objects to, and nothing is sent while one does", async () => {
    const zip = await world.connect("ziprecruiter");
    const wwr = await world.connect("weworkremotely");
    await saveJob(world.actor, world.job.id, {
      ...sampleJob,
      remote: "on_site",
      locations: [{ country: "DE", city: "Ulm" }],
    });
    const checks = await preflight(world.actor, world.job.id);
    expect(checks.map((check) => [check.vendorId, check.problems.length, check.price?.amount ?? 0])).toEqual([
      ["weworkremotely", 1, 29_900],
      ["ziprecruiter", 1, 0],
    ]);
    await expect(publish(world.actor, world.job.id, [zip, wwr], "USD 29900")).rejects.toMatchObject({
      kind: "invalid",
      info: { fields: { [zip]: expect.stringContaining("United States"), [wwr]: expect.stringContaining("remote") } },
    });
    expect(await withEmployer(world.employerId, (tx) => tx.select().from(posting))).toEqual([]);
  });

  it("another employer's job and posting do not exist", async () => {
    const id = await send("ziprecruiter");
    const stranger = systemActor((await boardWorld(world.sandbox)).employerId, "Stranger");
    await expect(preflight(stranger, world.job.id)).rejects.toMatchObject({ kind: "not-found" });
    await expect(closePostings(stranger, { postingId: id }, "filled")).rejects.toMatchObject({ kind: "not-found" });
    await expect(confirmPosting(stranger, id, { state: "closed" })).rejects.toMatchObject({ kind: "not-found" });
  });
});
