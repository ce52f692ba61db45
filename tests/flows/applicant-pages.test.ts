import { beforeAll, describe, expect, it } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { receiveApplication } from "#app/services/applications.server.ts";
import { storeDocuments } from "#app/services/documents.server.ts";
import { jobInput } from "#app/services/job-input.server.ts";
import { type Job, saveJob } from "#app/services/jobs.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { document, stage } from "#db/schema/hiring.ts";
import { posting, postingStat } from "#db/schema/postings.ts";
import { testApp } from "#tests/support/app.ts";
import { makeConnection } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";
import type { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const { url } = await testApp();

let member: TestMember;
let visitor: Visitor;
let job: Job;
let first = "";
const offer = newId();
const inside = <T>(work: (tx: EmployerTx) => Promise<T>) => withEmployer(member.employerId, work);

beforeAll(async () => {
  member = await testMember();
  visitor = await signedIn(url, member);
  const input = { title: "Heat Pump Installer", descriptionHtml: "<p>Fit.</p>", status: "open" as const };
  job = await saveJob(member.actor, null, jobInput.parse(input));
  const board = await makeConnection(member.employerId, { vendorId: "ziprecruiter" });
  const postingId = newId();
  const { employerId } = member;
  await inside(async (tx) => {
    await tx.insert(stage).values([
      { employerId, id: newId(), name: "Review", position: 0 },
      { employerId, id: offer, name: "Offer", position: 1 },
    ]);
    await tx.insert(posting).values({
      ...{ employerId, id: postingId, jobId: job.id, connectionId: board, vendorId: "ziprecruiter", key: "k" },
      ...{ desired: "live", desiredVersion: 1, state: "live", sourceToken: "zr-1", liveAt: new Date() },
      ...{ costAmount: 29_900, costCurrency: "USD" },
    });
    await tx.insert(postingStat).values({ employerId, postingId, day: new Date(), views: 41 });
  });
  for (let n = 0; n < 27; n += 1) {
    const isFirst = n === 0;
    const documents = isFirst
      ? await storeDocuments(employerId, [{ fileName: "Lebenslauf ü.txt", body: [new TextEncoder().encode("Hallo")] }])
      : [];
    const received = await inside((tx) =>
      receiveApplication(tx, employerId, {
        ...{ jobId: job.id, documents, postingId: isFirst ? postingId : null },
        source: isFirst ? "ziprecruiter" : n === 1 ? "unknown" : "career-site",
        candidate: { firstName: "Person", lastName: `No ${n}`, emails: [`p${n}@example.com`], phones: [], links: [] },
        appliedAt: new Date(Date.now() - (27 - n) * 1000),
        answers: isFirst ? [{ question: "Do you drive?", answer: "Yes, <b>B</b>" }] : [],
      }),
    );
    if (isFirst) first = received.applicationId;
  }
});

describe("the list of applicants", () => {
  it("shows the newest, leads to older ones, and says where all came from and at what cost", async () => {
    const { body } = await visitor.get("/applicants");
    expect(body).toContain("27 in the last 30 days. We know where 26 of them, 96%, came from.");
    expect(body).toContain("Person No 26");
    expect(body).not.toContain("Person No 0<");
    expect(body).toContain("$299.00");
    expect(body).toContain(">41<");
    const older = /href="([^"]*after=[^"]+)"/.exec(body)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const next = await visitor.get(older);
    expect(next.body).toContain("Person No 0<");
    expect(next.body).not.toContain("Person No 26<");
  });

  it("filters by name, job, source and status", async () => {
    const shown = async (query: string) => (await visitor.get(`/applicants?${query}`)).body;
    expect(await shown("source=ziprecruiter")).toContain("1 of 1");
    expect(await shown("q=p7%40example")).toContain("Person No 7");
    expect(await shown(`job=${job.id}&status=hired`)).toContain("Nobody matches.");
  });
});

describe("the page of an applicant", () => {
  it("shows answers, documents and the way from the click to the application", async () => {
    const { body } = await visitor.get(`/applicants/${first}`);
    for (const words of [
      "Do you drive?",
      "Yes, &lt;b&gt;B&lt;/b&gt;",
      "Lebenslauf ü.txt",
      "41 times",
      "zr-1",
      "$299.00",
    ]) {
      expect(body).toContain(words);
    }
    expect(body).toContain("applied: Heat Pump Installer");
  });

  it("moves to a stage and to an end by plain forms", async () => {
    const moved = await visitor.post(`/applicants/${first}`, { intent: "stage", stageId: offer });
    expect(moved.location).toBe(`/applicants/${first}`);
    const { body } = await visitor.get(`/applicants/${first}`);
    expect(body).toContain("Moved to Offer.");
    expect(body).toContain(`was moved to Offer by ${member.name}`);
    await visitor.post(`/applicants/${first}`, { intent: "rejected", reason: "No licence" });
    expect((await visitor.get(`/applicants/${first}`)).body).toContain("No licence");
    const wrong = await visitor.post(`/applicants/${first}`, { intent: "stage", stageId: "nonsense" });
    expect(wrong.status).toBe(302);
    expect((await visitor.get(`/applicants/${first}`)).body).toContain("This stage belongs to another job.");
  });

  it("gives its documents to the team only, as downloads", async () => {
    const [file] = await inside((tx) => tx.select().from(document));
    const path = `/resources/documents/${file?.id}`;
    const got = await visitor.get(path);
    expect(got).toMatchObject({ status: 200, body: "Hallo" });
    expect(got.headers.get("content-disposition")).toContain("filename*=UTF-8''Lebenslauf%20%C3%BC.txt");
    expect(got.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    const stranger = await signedIn(url, await testMember());
    expect((await stranger.get(path)).status).toBe(404);
    expect((await stranger.get(`/applicants/${first}`)).status).toBe(404);
    expect((await stranger.post(`/applicants/${first}`, { intent: "hired" })).status).toBe(404);
    const viewer = await signedIn(url, await testMember({ role: "viewer", employerId: member.employerId }));
    expect((await viewer.post(`/applicants/${first}`, { intent: "hired" })).status).toBe(403);
  });
});
