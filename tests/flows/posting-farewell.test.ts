import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { systemActor } from "#app/services/actor.ts";
import { disconnect, finishDisconnect } from "#app/services/connection-removal.server.ts";
import { getConnection } from "#app/services/connections.server.ts";
import { matrix } from "#app/services/distribution.server.ts";
import { closeJob, saveJob } from "#app/services/jobs.server.ts";
import { formerPostings } from "#app/services/posting-farewell.server.ts";
import { viewPosting } from "#app/services/posting-view.server.ts";
import { publish } from "#app/services/postings.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { postingEvent } from "#db/schema/postings.ts";
import { makeEmployer } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { type BoardWorld, boardsForEach, sampleJob } from "#tests/support/postings.ts";

await testDatabase();
let world: BoardWorld;
let connectionId: string;
let live: string;

boardsForEach(async (one) => {
  world = one;
  connectionId = await world.connect("ziprecruiter");
  live = await sent(world.job.id);
  expect(await world.run(live)).toMatchObject({ state: "live" });
});

async function sent(jobId: string): Promise<string> {
  const [one] = (await publish(world.actor, jobId, [connectionId], "")).sent;
  if (!one) throw new Error("Nothing was sent.");
  return one.postingId;
}

const finish = () =>
  finishDisconnect(world.employerId, connectionId, {
    closingUntil: new Date(),
    signal: AbortSignal.timeout(10_000),
    lastAttempt: true,
  });
const gone = () => expect(getConnection(world.actor, connectionId)).rejects.toMatchObject({ kind: "not-found" });
const lastNote = async (id: string) => {
  const rows = await withEmployer(world.employerId, (tx) =>
    tx.select().from(postingEvent).where(eq(postingEvent.postingId, id)).orderBy(postingEvent.id),
  );
  return rows.at(-1)?.note;
};

describe("disconnecting a board", () => {
  it("closes what is live there first, and keeps the posting with its history", async () => {
    await disconnect(world.actor, connectionId, { closePostings: true });
    expect(await world.run(live)).toMatchObject({ state: "closed" });
    await finish();
    await gone();
    expect(await world.state("ziprecruiter")).toMatchObject({ jobs: [{ status: "closed" }] });
    expect(await world.row(live)).toMatchObject({
      state: "closed",
      disconnectedLabel: "ziprecruiter",
      nextCheckAt: null,
    });
    expect(await world.history(live)).toEqual(["validating", "queued", "live", "live", "closed"]);
    expect(await lastNote(live)).toBe("We looked: the board no longer has it.");
  });

  it("without closing leaves what is live to the board, says so with its link, and never touches it again", async () => {
    const { url } = await world.row(live);
    await disconnect(world.actor, connectionId, { closePostings: false });
    await finish();
    await gone();
    const view = await viewPosting(world.actor, live);
    expect(view).toMatchObject({
      posting: { state: "live", url, disconnectedAt: expect.any(Date) },
      board: { name: "ZipRecruiter", label: "ziprecruiter" },
      publishes: false,
    });
    expect(await lastNote(live)).toBe(
      "ziprecruiter was disconnected. We no longer see or change what ZipRecruiter shows.",
    );
    const before = await world.row(live);
    await closeJob(world.actor, world.job.id, "filled");
    expect(await world.run(live)).toEqual(before);
    expect(await world.state("ziprecruiter")).toMatchObject({ jobs: [{ status: "active" }] });
  });

  it("withdraws what was never sent, and says so", async () => {
    const other = await saveJob(world.actor, null, { ...sampleJob, title: "Crane Driver" });
    const waiting = await sent(other.id);
    await disconnect(world.actor, connectionId, { closePostings: false });
    await finish();
    expect(await world.row(waiting)).toMatchObject({ state: "closed", closeReason: "withdrawn" });
    expect(await lastNote(waiting)).toBe("Never sent: ziprecruiter was disconnected.");
  });

  it("keeps it out of the matrix and on the job's page, for this employer alone", async () => {
    await disconnect(world.actor, connectionId, { closePostings: false });
    await finish();
    const shown = await matrix(world.actor);
    expect([shown.boards, shown.counts, shown.jobs[0]?.cells]).toEqual([[], {}, []]);
    expect(await formerPostings(world.actor, world.job.id)).toMatchObject([
      { id: live, state: "live", label: "ziprecruiter" },
    ]);
    const stranger = systemActor(await makeEmployer("Other"), "Other");
    expect(await formerPostings(stranger, world.job.id)).toEqual([]);
    await expect(viewPosting(stranger, live)).rejects.toMatchObject({ kind: "not-found" });
  });

  it("leaves the way free to connect the board anew and publish again", async () => {
    await disconnect(world.actor, connectionId, { closePostings: true });
    await world.run(live);
    await finish();
    connectionId = await world.connect("ziprecruiter");
    const again = await sent(world.job.id);
    expect(again).not.toBe(live);
    expect(await world.run(again)).toMatchObject({ state: "live" });
    expect(await world.state("ziprecruiter")).toMatchObject({ jobs: [{ status: "closed" }, { status: "active" }] });
  });
});
