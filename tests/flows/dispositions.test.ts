import { describe, expect, it } from "vitest";
import { moveApplication } from "#app/services/applications.server.ts";
import { sendDispositions } from "#app/services/dispositions.server.ts";
import { takeBoardApplication } from "#app/services/inbound-application.server.ts";
import { loadConnection } from "#app/services/vendor-context.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { issue } from "#db/schema/connections.ts";
import { application } from "#db/schema/hiring.ts";
import { disposition } from "#db/schema/postings.ts";
import { testDatabase } from "#tests/support/database.ts";
import { type BoardWorld, boardsForEach } from "#tests/support/postings.ts";

await testDatabase();
let world: BoardWorld;

boardsForEach((one) => {
  world = one;
});

/** Somebody applies on Indeed; `known` says whether Indeed itself remembers the application. */
async function applied(way: "job-sync" | "feed", { known = true, email = "kim@mail.example" } = {}) {
  const connectionId = await world.connect(way === "feed" ? "indeed" : "indeed:job-sync");
  const externalId = `apply-${email}`;
  if (known) {
    const at = new Date().toISOString();
    const sent = { at, account: "acme", id: externalId, referencenumber: "", name: "Kim Vale", answered: "200" };
    world.sandbox.vendor("indeed").restore({ ...Object(world.sandbox.vendor("indeed").state()), applications: [sent] });
  }
  const candidate = { firstName: "Kim", lastName: "Vale", emails: [email], phones: [], links: [] };
  const from = await loadConnection(world.employerId, connectionId);
  const given = {
    postingKey: world.job.id,
    externalId,
    candidate,
    appliedAt: new Date(),
    source: "indeed",
    answers: [],
  };
  const again = () => takeBoardApplication(from, given);
  await again();
  const [row] = await withEmployer(world.employerId, (tx) => tx.select().from(application));
  if (!row) throw new Error("Nobody applied.");
  return { connectionId, applicationId: row.id, again };
}

const send = (connectionId: string) => sendDispositions(world.employerId, connectionId, AbortSignal.timeout(10_000));
const rows = () => withEmployer(world.employerId, (tx) => tx.select().from(disposition).orderBy(disposition.id));
const told = async () => (await world.state("indeed")).dispositions?.map((one) => Object(one).status);

describe("What became of an application that Indeed handed over", () => {
  it("is told in the order in which it happened, arrival first", async () => {
    const { connectionId, applicationId } = await applied("job-sync");
    await moveApplication(world.actor, applicationId, { status: "rejected", reason: "No welding" });
    await moveApplication(world.actor, applicationId, { status: "active" });
    await moveApplication(world.actor, applicationId, { status: "hired" });
    while (await send(connectionId));
    expect(await told()).toEqual(["NEW", "NOT_SELECTED", expect.stringMatching(/REVIEW|UNABLE_TO_MAP/), "HIRED"]);
    expect((await rows()).every((row) => row.state === "sent")).toBe(true);
    expect(await send(connectionId)).toBe(false);
    expect(await told()).toHaveLength(4);
  });

  it("is told once although the board hands the same application over again", async () => {
    const { connectionId, again } = await applied("job-sync");
    await again();
    while (await send(connectionId));
    expect(await told()).toEqual(["NEW"]);
  });

  it("names an issue when Indeed refuses it, which heals with the next that it takes", async () => {
    const { connectionId, applicationId } = await applied("job-sync", { known: false });
    await send(connectionId);
    expect(await rows()).toMatchObject([{ state: "refused", error: expect.stringContaining("No application") }]);
    const issues = await withEmployer(world.employerId, (tx) => tx.select().from(issue));
    expect(issues).toMatchObject([{ type: "feedback_refused", resolvedAt: null }]);
    const at = new Date().toISOString();
    const known = { at, account: "acme", id: "apply-kim@mail.example", referencenumber: "", name: "", answered: "200" };
    world.sandbox
      .vendor("indeed")
      .restore({ ...Object(world.sandbox.vendor("indeed").state()), applications: [known] });
    await moveApplication(world.actor, applicationId, { status: "hired" });
    await send(connectionId);
    expect(await told()).toEqual(["HIRED"]);
    expect((await withEmployer(world.employerId, (tx) => tx.select().from(issue)))[0]?.resolvedAt).not.toBeNull();
  });

  it("waits while Indeed is down", async () => {
    const { connectionId } = await applied("job-sync");
    await world.fault("indeed", "500", { count: 0 });
    await expect(send(connectionId)).rejects.toMatchObject({ kind: "unavailable" });
    expect(await rows()).toMatchObject([{ state: "queued" }]);
    await world.fault("indeed", "clear");
    await send(connectionId);
    expect(await told()).toEqual(["NEW"]);
  });

  it("stays here when jobs travel by feed, because nobody is signed in", async () => {
    const { applicationId } = await applied("feed");
    await moveApplication(world.actor, applicationId, { status: "hired" });
    expect(await rows()).toMatchObject([
      { state: "unsent", isNew: true },
      { state: "unsent", status: "hired" },
    ]);
  });
});

describe("What became of applications that LinkedIn handed over", () => {
  it("is told for the rest too, after the line broke in the middle", async () => {
    const connectionId = await world.connect("linkedin:api");
    const from = await loadConnection(world.employerId, connectionId);
    const ids = ["one", "two", "three"];
    const applications = ids.map((id) => ({ ...{ at: "", job: "", name: "", answered: "200" }, id }));
    world.sandbox.vendor("linkedin").restore({ ...Object(world.sandbox.vendor("linkedin").state()), applications });
    for (const externalId of ids) {
      const candidate = { firstName: "Kim", lastName: externalId, emails: [], phones: [], links: [] };
      const given = { postingKey: world.job.id, externalId, candidate, appliedAt: new Date(), answers: [] };
      await takeBoardApplication(from, { ...given, source: "linkedin" });
    }
    for (const row of await withEmployer(world.employerId, (tx) => tx.select().from(application)))
      await moveApplication(world.actor, row.id, { status: "rejected", reason: "No welding" });
    expect(await send(connectionId)).toBe(true);
    await world.fault("linkedin", "extra-fields", { match: "LifecycleActions" });
    await world.fault("linkedin", "500", { match: "LifecycleActions", count: 0 });
    expect(await send(connectionId)).toBe(true);
    await expect(send(connectionId)).rejects.toMatchObject({ kind: "unavailable" });
    await world.fault("linkedin", "clear");
    while (await send(connectionId));
    const { actions } = await world.state("linkedin");
    expect(actions?.map((one) => Object(one).application).sort()).toEqual([...ids].sort());
    expect((await rows()).every((row) => row.state === "sent")).toBe(true);
  });
});
