import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { pasteables, saveCredentials } from "#app/services/connections.server.ts";
import { receiveWebhook } from "#app/services/inbound.server.ts";
import { processInbound } from "#app/services/inbound-process.server.ts";
import { inboundUrl } from "#app/services/inbound-routes.server.ts";
import { saveJob } from "#app/services/jobs.server.ts";
import { closePostings, type Posting, preflight, publish } from "#app/services/postings.server.ts";
import { loadConnection } from "#app/services/vendor-context.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { issue } from "#db/schema/connections.ts";
import { application, candidate } from "#db/schema/hiring.ts";
import { posting } from "#db/schema/postings.ts";
import { inboundDelivery } from "#db/schema/webhooks.ts";
import { testDatabase } from "#tests/support/database.ts";
import { type BoardWorld, boardsForEach, sampleJob } from "#tests/support/postings.ts";

await testDatabase();
let world: BoardWorld;

boardsForEach(async (one) => {
  world = one;
  await world.act("linkedin", "settings", { taskSeconds: "86400", listSeconds: "86400" });
  await world.act("indeed", "settings", { indexSeconds: "86400" });
});

/** Publishes the world's job to one way of one board and returns the posting's id. */
async function send(named: string): Promise<string> {
  const connectionId = await world.connect(named);
  const { sent } = await publish(world.actor, world.job.id, [connectionId], "");
  return sent[0]?.postingId ?? "";
}

const openIssues = async () =>
  (await withEmployer(world.employerId, (tx) => tx.select().from(issue)))
    .filter((one) => one.resolvedAt === null)
    .map((one) => one.type);

/** As if the clock had gone on: moves one time of a posting into the past. */
const past = (id: string, column: "sentAt" | "closingUntil", minutes: number) =>
  withEmployer(world.employerId, (tx) =>
    tx
      .update(posting)
      .set({ [column]: new Date(Date.now() - minutes * 60_000) })
      .where(eq(posting.id, id)),
  );

const linkedInPosts = { match: "^POST api.linkedin.com/rest/simpleJobPostings" };

describe("LinkedIn, which answers a posting with a task and works on it later", () => {
  it("shows the task as queued, the wait for the listing as in review, then live with its link", async () => {
    const id = await send("linkedin:api");
    expect(await world.run(id)).toMatchObject({ state: "queued", sentAt: null });
    expect(await world.run(id, 2)).toMatchObject({ state: "queued" });
    expect((await world.state("linkedin")).tasks).toHaveLength(1);
    await world.act("linkedin", "approve-task");
    expect((await world.run(id)).state).toBe("in_review");
    await world.act("linkedin", "list");
    const row = await world.run(id);
    expect(row).toMatchObject({ state: "live", observedVersion: 1 });
    expect(row.url).toContain("/jobs/view/");
    expect(row.expiresAt).not.toBeNull();
    expect(await world.history(id)).toEqual(["validating", "queued", "in_review", "live"]);
    expect((await world.state("linkedin")).tasks).toHaveLength(1);
  });

  it("says why a task failed; a mended job is created anew and ends as one posting", async () => {
    const id = await send("linkedin:api");
    await world.run(id);
    await world.act("linkedin", "reject-task", { reason: "ERROR :: /location :: Invalid Field: /city" });
    expect(await world.run(id)).toMatchObject({ state: "rejected", reason: expect.stringContaining("/city") });
    expect(await openIssues()).toEqual(["posting_rejected"]);
    await saveJob(world.actor, world.job.id, {
      ...sampleJob,
      locations: [{ city: "Dallas", region: "TX", country: "US" }],
    });
    await publish(world.actor, world.job.id, [(await world.row(id)).connectionId], "");
    expect((await world.run(id)).state).toBe("queued");
    await world.act("linkedin", "work");
    expect((await world.run(id)).state).toBe("live");
    expect(await openIssues()).toEqual([]);
    const held = await world.state("linkedin");
    expect(held.jobs).toHaveLength(1);
    expect(held.tasks?.map((one) => Object(one).operation)).toEqual(["CREATE", "CREATE"]);
  });

  it("is rejected with the reviewers' words when LinkedIn does not list it", async () => {
    const id = await send("linkedin:api");
    await world.run(id);
    await world.act("linkedin", "approve-task");
    await world.act("linkedin", "unlist", { reason: "The company's name differs from its page" });
    expect(await world.run(id)).toMatchObject({
      state: "rejected",
      reason: "The company's name differs from its page",
    });
  });

  it("refuses at once what LinkedIn finds wrong in the order itself, and names the field", async () => {
    const id = await send("linkedin:api");
    await withEmployer(world.employerId, (tx) =>
      tx.execute('update job set locations = \'[{"city": "A, B", "region": "TX"}]\''),
    );
    expect(await world.run(id)).toMatchObject({
      state: "rejected",
      reason: expect.stringContaining("/location"),
      reasonField: "location",
    });
    expect((await world.state("linkedin")).tasks).toHaveLength(0);
  });

  it("ends as one posting when the answer is lost: nothing is sent again before the task can be found", async () => {
    await world.fault("linkedin", "drop-response-after-commit", linkedInPosts);
    const id = await send("linkedin:api");
    const unsure = await world.run(id);
    expect(unsure).toMatchObject({ externalId: null, state: "queued" });
    expect(unsure.sentAt).not.toBeNull();
    expect(await world.run(id, 3)).toMatchObject({ externalId: null, state: "queued" });
    expect((await world.state("linkedin")).tasks).toHaveLength(1);
    await world.act("linkedin", "work");
    const found = await world.run(id, 2);
    expect(found).toMatchObject({ state: "live", sentAt: null });
    expect((await world.state("linkedin")).jobs).toHaveLength(1);
  });

  it("is sent again once a look-up proves that a lost order never arrived", async () => {
    await world.fault("linkedin", "reset", linkedInPosts);
    const id = await send("linkedin:api");
    await world.run(id, 3);
    expect((await world.state("linkedin")).tasks).toHaveLength(0);
    await past(id, "sentAt", 31);
    expect(await world.run(id, 2)).toMatchObject({ state: "queued", externalId: (await world.row(id)).key });
    expect((await world.state("linkedin")).tasks).toHaveLength(1);
  });

  it("waits with a change while the last order is worked on, then carries it out", async () => {
    const id = await send("linkedin:api");
    await world.run(id);
    await saveJob(world.actor, world.job.id, { ...sampleJob, title: "Lead Welder" });
    expect(await world.run(id)).toMatchObject({ state: "queued", observedVersion: 1, desiredVersion: 2 });
    expect((await world.state("linkedin")).tasks).toHaveLength(1);
    await world.act("linkedin", "work");
    await world.run(id);
    await world.act("linkedin", "work");
    expect(await world.run(id)).toMatchObject({ state: "live", observedVersion: 2 });
    expect(await world.state("linkedin")).toMatchObject({ jobs: [{ title: "Lead Welder", writes: 2 }] });
  });

  it("leaves a posting up with the reason when a change of it fails", async () => {
    const id = await live();
    await saveJob(world.actor, world.job.id, { ...sampleJob, title: "Lead Welder" });
    await world.run(id);
    await world.act("linkedin", "reject-task", { reason: "ERROR :: /title :: is noisy" });
    expect(await world.run(id)).toMatchObject({ state: "live", reason: expect.stringContaining("is noisy") });
  });

  it("closes with proof: up while LinkedIn works on it, closed when it is seen to be gone", async () => {
    const id = await live();
    await closePostings(world.actor, { postingId: id }, "filled");
    const closing = await world.run(id);
    expect(closing).toMatchObject({ state: "live", desired: "closed" });
    expect(closing.closingUntil).not.toBeNull();
    expect(await world.run(id, 2)).toMatchObject({ state: "live" });
    expect((await world.state("linkedin")).tasks).toHaveLength(2);
    expect(await openIssues()).toEqual([]);
    await world.act("linkedin", "work");
    expect(await world.run(id)).toMatchObject({ state: "closed", closingUntil: null });
  });

  it("calls a posting a ghost when closing it has not worked in its time, and asks again", async () => {
    const id = await live();
    await closePostings(world.actor, { postingId: id }, "filled");
    await world.run(id);
    await world.act("linkedin", "reject-task", { reason: "Try later" });
    await past(id, "closingUntil", 1);
    expect((await world.run(id)).state).toBe("still_up");
    expect(await openIssues()).toEqual(["posting_still_up"]);
    await world.act("linkedin", "work");
    expect((await world.run(id)).state).toBe("closed");
    expect(await openIssues()).toEqual([]);
  });

  /** A posting that is listed. */
  async function live(): Promise<string> {
    const id = await send("linkedin:api");
    await world.run(id);
    await world.act("linkedin", "work");
    expect((await world.run(id)).state).toBe("live");
    return id;
  }

  it("answers LinkedIn's challenge, and takes in an application signed over its escaped form", async () => {
    const id = await live();
    const row = await world.row(id);
    const connection = await loadConnection(world.employerId, row.connectionId);
    const url = await withEmployer(world.employerId, (tx) => inboundUrl(tx, connection));
    const address = { vendorId: "linkedin", token: url.split("/").at(-1) ?? "" };
    const challenge = await receiveWebhook(new Request(`${url}?challengeCode=abc-1&applicationId=7700001`), address);
    expect(challenge.status).toBe(200);
    expect(await challenge.json()).toMatchObject({
      challengeCode: "abc-1",
      challengeResponse: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const { signLinkedIn } = await import("#app/sandbox/vendors/linkedin.ts");
    const body = JSON.stringify({
      type: "EXPORT_JOB_APPLICATION",
      jobApplicationId: "urn:li:jobApplication:77",
      externalJobId: row.key,
      appliedAt: Date.now(),
      questionResponses: {
        contactInformationQuestionResponses: {
          firstNameAnswer: { value: "Zoë" },
          lastNameAnswer: { value: "Okafor" },
          emailAnswer: { value: "zoe@mail.example" },
        },
      },
    });
    const post = (signature: string) =>
      receiveWebhook(
        new Request(url, {
          method: "POST",
          body,
          headers: { "x-li-signature": signature, "content-type": "application/json" },
        }),
        address,
      );
    expect((await post(signLinkedIn(body, "another secret"))).status).toBe(401);
    expect((await post(signLinkedIn(body, "li+secret/acme=8d2f"))).status).toBe(200);
    const [delivery] = await withEmployer(world.employerId, (tx) => tx.select().from(inboundDelivery));
    await processInbound(world.employerId, delivery?.id ?? "", AbortSignal.timeout(10_000));
    const people = await withEmployer(world.employerId, (tx) => tx.select().from(candidate));
    expect(people).toMatchObject([{ firstName: "Zoë", lastName: "Okafor", email: "zoe@mail.example" }]);
    const came = await withEmployer(world.employerId, (tx) => tx.select().from(application));
    expect(came).toMatchObject([{ source: "linkedin", postingId: id }]);
  });
});

describe("Indeed, by Job Sync", () => {
  it("is queued, in review until it is indexed, then live; a posting that wants money says so", async () => {
    const id = await send("indeed:job-sync");
    expect((await world.run(id)).state).toBe("queued");
    expect((await world.run(id)).state).toBe("in_review");
    await world.act("indeed", "work");
    expect((await world.run(id)).state).toBe("live");
    await world.act("indeed", "judge", { verdict: "want sponsorship" });
    expect(await world.run(id)).toMatchObject({ state: "live", reason: expect.stringContaining("sponsored") });
    await world.act("indeed", "judge", { verdict: "reject" });
    expect((await world.run(id)).state).toBe("rejected");
  });

  it("is sent again after a lost answer, because one key is one posting", async () => {
    const graphql = { match: "^POST apis.indeed.com/graphql" };
    await world.fault("indeed", "drop-response-after-commit", graphql);
    const id = await send("indeed:job-sync");
    expect(await world.run(id)).toMatchObject({ externalId: null });
    expect(await world.run(id)).toMatchObject({ state: "queued", sentAt: null, observedVersion: 1 });
    expect(await world.state("indeed")).toMatchObject({ posts: [{ writes: 2 }] });
  });

  it("says what Indeed objects to in one posting", async () => {
    const connectionId = await world.connect("indeed:job-sync");
    await saveJob(world.actor, world.job.id, { ...sampleJob, locations: [{ city: "Austin" }] });
    const [check] = await preflight(world.actor, world.job.id, [connectionId]);
    expect(check).toMatchObject({ way: "api", problems: [{ field: "location", level: "error" }] });
  });

  it("ends with proof, and comes back under the same key", async () => {
    const id = await send("indeed:job-sync");
    await world.run(id);
    await world.act("indeed", "work");
    const { connectionId }: Posting = await world.run(id);
    await closePostings(world.actor, { postingId: id }, "withdrawn");
    expect((await world.run(id)).state).toBe("closed");
    await publish(world.actor, world.job.id, [connectionId], "");
    await world.run(id);
    await world.act("indeed", "work");
    expect((await world.run(id)).state).toBe("live");
    expect((await world.state("indeed")).posts).toHaveLength(1);
  });

  it("does not change its way while something is up, and changes it when all is down", async () => {
    const id = await send("indeed");
    const { connectionId } = await world.run(id);
    const shown = async () => (await pasteables(world.actor, connectionId)).secrets;
    expect(await shown()).toMatchObject([
      { label: "Feed address", value: expect.stringContaining(`${connectionId}.xml`) },
    ]);
    const form = {
      ...{ way: "job-sync", clientId: "indeed-client-acme", clientSecret: "indeed+client/secret=acme-7c1e" },
      ...{ sourceName: "Acme Logistics", companyName: "Acme Logistics", sourceType: "Employer" },
      ...{ contactName: "Ana Ruiz", contactEmail: "jobs@acme.example" },
    };
    await expect(saveCredentials(world.actor, connectionId, form)).rejects.toMatchObject({
      kind: "invalid",
      info: { fields: { way: expect.stringContaining("One posting is up") } },
    });
    await closePostings(world.actor, { postingId: id }, "withdrawn");
    expect((await world.run(id)).state).toBe("closed");
    expect(await saveCredentials(world.actor, connectionId, form)).toMatchObject({ ok: true });
    expect(await shown()).toEqual([]);
  });
});
