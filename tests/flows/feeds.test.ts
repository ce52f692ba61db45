import { XMLParser } from "fast-xml-parser";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "#app/sandbox/server.ts";
import { receiveApplication } from "#app/services/applications.server.ts";
import { closeJob, saveJob } from "#app/services/jobs.server.ts";
import { feedCrawled } from "#app/services/posting-feed.server.ts";
import { confirmPosting, postingByKey, publish } from "#app/services/postings.server.ts";
import { withEmployer, withSystem } from "#db/client.server.ts";
import { testApp } from "#tests/support/app.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";
import { type BoardWorld, boardWorld, sampleJob, startBoards } from "#tests/support/postings.ts";

const database = await testDatabase();
let app: { url: string };
let sandbox: Sandbox;
let world: BoardWorld;
let connectionId: string;
let path: string;

beforeAll(async () => {
  app = await testApp();
  sandbox = await startBoards(app.url);
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  world = await boardWorld(sandbox);
  connectionId = await world.connect("indeed");
  const [at] = await withSystem((tx) => tx.execute(`select slug from employer where id = '${world.employerId}'`));
  path = `${app.url}/feeds/${at?.slug}/${connectionId}.xml`;
});

const crawler = { "user-agent": "Indeedbot/1.0" };
const get = (headers: Record<string, string> = {}, method = "GET") =>
  fetch(path, { method, headers: { ...crawler, ...headers } });
const jobsIn = (xml: string): { referencenumber: string; title: string; url: string }[] =>
  new XMLParser({ isArray: (name) => name === "job" }).parse(xml).source.job ?? [];

async function send(): Promise<string> {
  const { sent } = await publish(world.actor, world.job.id, [connectionId], "");
  const id = sent[0]?.postingId ?? "";
  await world.run(id);
  return id;
}
const settle = () => feedCrawled(world.employerId, connectionId);

describe("The feed a board crawls", () => {
  it("holds a published job, which is queued until a crawler has read the feed", async () => {
    const id = await send();
    expect((await world.row(id)).state).toBe("queued");
    const person = await fetch(path, {
      headers: { "user-agent": "Mozilla/5.0 (X11) Chrome/140", "sec-fetch-dest": "document" },
    });
    await person.text();
    await settle();
    expect((await world.row(id)).state).toBe("queued");
    const answer = await get();
    expect(answer.headers.get("content-type")).toContain("application/xml");
    const row = await world.row(id);
    expect(jobsIn(await answer.text())).toMatchObject([
      { referencenumber: row.key, title: "Senior Welder", url: expect.stringContaining(`?src=${row.sourceToken}`) },
    ]);
    await settle();
    expect((await world.row(id)).state).toBe("in_review");
  });

  it("is accepted by the board, and an applicant proves that it is live", async () => {
    const id = await send();
    await world.act("indeed", "register-feed", { account: "acme", url: path });
    const row = await world.row(id);
    expect(await world.act("indeed", "crawl", { account: "acme" })).toMatchObject({ live: [row.key], rejected: [] });
    await settle();
    const found = await withEmployer(world.employerId, (tx) =>
      postingByKey(tx, world.employerId, connectionId, row.key),
    );
    expect(found).toMatchObject({ postingId: id, jobId: world.job.id });
    await withEmployer(world.employerId, (tx) =>
      receiveApplication(tx, world.employerId, {
        jobId: world.job.id,
        postingId: id,
        source: "indeed",
        appliedAt: new Date(),
        answers: [],
        candidate: { firstName: "Wen", lastName: "Li", emails: ["wen@mail.example"], phones: [], links: [] },
      }),
    );
    expect((await world.row(id)).state).toBe("live");
  });

  it("answers 304 until something changes, and shows the change", async () => {
    await send();
    const first = await get();
    await first.text();
    const tag = first.headers.get("etag") ?? "";
    expect((await get({ "if-none-match": tag })).status).toBe(304);
    expect((await get({ "if-none-match": '"elsewhere"' })).status).toBe(200);
    await saveJob(world.actor, world.job.id, { ...sampleJob, title: "Lead Welder" });
    const [row] = await sqlRows();
    await world.run(row?.id ?? "");
    const changed = await get({ "if-none-match": tag });
    expect(changed.status).toBe(200);
    expect(jobsIn(await changed.text())[0]?.title).toBe("Lead Welder");
  });

  it("answers HEAD without a body and without counting as a crawl", async () => {
    const id = await send();
    const answer = await get({}, "HEAD");
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe("");
    await settle();
    expect((await world.row(id)).state).toBe("queued");
  });

  it("proves a closing by a crawl without the job, and at once when nobody had read it", async () => {
    const id = await send();
    await (await get()).text();
    await settle();
    await closeJob(world.actor, world.job.id, "filled");
    await world.run(id);
    expect(await world.row(id)).toMatchObject({ state: "in_review", desired: "closed", feedItem: null });
    const after = await get();
    expect(jobsIn(await after.text())).toEqual([]);
    await settle();
    expect((await world.row(id)).state).toBe("closed");
    const second = await saveJob(world.actor, null, sampleJob);
    const { sent } = await publish(world.actor, second.id, [connectionId], "");
    await world.run(sent[0]?.postingId ?? "");
    await closeJob(world.actor, second.id, "withdrawn");
    expect((await world.run(sent[0]?.postingId ?? "")).state).toBe("closed");
  });

  it("takes a person's word for what the board shows", async () => {
    const id = await send();
    const live = await confirmPosting(world.actor, id, { state: "live", url: "https://www.indeed.com/viewjob?jk=1" });
    expect(live).toMatchObject({ state: "live", url: "https://www.indeed.com/viewjob?jk=1" });
    expect(await confirmPosting(world.actor, id, { state: "rejected", reason: "The pay differs" })).toMatchObject({
      state: "rejected",
      reason: "The pay differs",
    });
  });

  it("is gone with its connection, and unknown under another employer", async () => {
    await send();
    const other = path.replace(/feeds\/[^/]+/, "feeds/nobody");
    expect((await fetch(other)).status).toBe(404);
    await withEmployer(world.employerId, (tx) => tx.execute(`delete from connection where id = '${connectionId}'`));
    expect((await get()).status).toBe(410);
  });

  it("streams five thousand jobs, each once", async () => {
    const id = await send();
    await asAdmin(database.adminUrl, async (admin) => {
      await admin`insert into job select made.* from job j, generate_series(1, 4999) n, lateral jsonb_populate_record(j, jsonb_build_object('id', gen_random_uuid(), 'slug', 'j' || n)) made where j.id = ${world.job.id}`;
      await admin`
        insert into posting select made.*
        from posting p join job j on j.employer_id = p.employer_id and j.id <> p.job_id, lateral jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'job_id', j.id, 'key', 'k' || j.slug,
          'source_token', 't' || j.slug, 'feed_item', replace(p.feed_item, p.key, 'k' || j.slug))) made where p.id = ${id}`;
    });
    const answer = await get();
    const jobs = jobsIn(await answer.text());
    expect(new Set(jobs.map((job) => job.referencenumber)).size).toBe(5_000);
  });
});

const sqlRows = () => withEmployer(world.employerId, (tx) => tx.execute<{ id: string }>(`select id from posting`));
