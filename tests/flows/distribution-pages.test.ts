import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "#app/sandbox/server.ts";
import { disconnect, finishDisconnect } from "#app/services/connection-removal.server.ts";
import { matrix } from "#app/services/distribution.server.ts";
import { addMember, createPerson } from "#app/services/employers.server.ts";
import { saveJob } from "#app/services/jobs.server.ts";
import { publish } from "#app/services/postings.server.ts";
import { withSystem } from "#db/client.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { PASSWORD, signedIn } from "#tests/support/people.ts";
import { type BoardWorld, boardWorld, sampleJob, startBoards } from "#tests/support/postings.ts";
import type { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
let app: { url: string };
let sandbox: Sandbox;
let world: BoardWorld;
let mara: Visitor;
let boards: { zip: string; wwr: string; well: string };
let people = 0;

beforeAll(async () => {
  app = await testApp();
  sandbox = await startBoards(app.url);
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  world = await boardWorld(sandbox);
  people += 1;
  const email = `mara${people}@example.com`;
  const { id } = await createPerson({ email, name: "Mara", password: PASSWORD });
  await withSystem((tx) => addMember(tx, world.employerId, id, "recruiter"));
  mara = await signedIn(app.url, { email });
  boards = {
    zip: await world.connect("ziprecruiter"),
    wwr: await world.connect("weworkremotely"),
    well: await world.connect("wellfound"),
  };
});

const only = async () => (await matrix(world.actor)).jobs[0]?.cells ?? [];

describe("Publishing, as a person without script sees it", () => {
  it("shows each board's verdict and price, and ticks what is ready and free", async () => {
    const page = await mara.get(`/jobs/${world.job.id}/publish`);
    expect(page.status).toBe(200);
    for (const words of ["ZipRecruiter", "weworkremotely", "$299.00", "Publish to", "2 boards"])
      expect(page.body.toLowerCase()).toContain(words.toLowerCase());
    const tick = (id: string) => new RegExp(`<input[^>]*id="${id}"[^>]*>`).exec(page.body)?.[0] ?? "";
    expect(tick(boards.zip)).toContain("checked");
    expect(tick(boards.wwr)).not.toContain("checked");
  });

  it("publishes, and asks once more when the price is not the one that was shown", async () => {
    const address = `/jobs/${world.job.id}/publish`;
    const refused = await mara.post(address, [
      ["board", boards.zip],
      ["board", boards.wwr],
      ["total", ""],
    ]);
    expect(refused.status).toBe(400);
    expect(refused.body).toContain("This costs $299.00 now");
    expect(refused.body).toContain('name="total" value="USD 29900"');
    const done = await mara.post(address, [
      ["board", boards.zip],
      ["board", boards.wwr],
      ["total", "USD 29900"],
    ]);
    expect(done.location).toBe("/jobs/distribution");
    const page = await mara.get("/jobs/distribution");
    expect(page.body).toContain("Senior Welder");
    expect(page.body).toContain("Validating");
    expect(page.body).toContain("Published on 2 boards.");
    expect(await only()).toHaveLength(2);
  });

  it("says what is broken beside the board, and opens a draft first", async () => {
    const draft = await saveJob(world.actor, null, { ...sampleJob, status: "draft", remote: "on_site" });
    const address = `/jobs/${draft.id}/publish`;
    const page = await mara.get(`${address}?board=${boards.wwr}`);
    expect(page.body).toContain("We Work Remotely takes fully remote jobs only.");
    expect(page.body).toContain("Open the job");
    expect((await mara.post(address, { intent: "open" })).location).toBe(address);
    const refused = await mara.post(address, { board: boards.wwr, total: "USD 29900" });
    expect(refused.status).toBe(400);
    expect(refused.body).toContain("One board would refuse this job.");
  });
});

describe("The page of a posting", () => {
  it("shows the way, the reason and the fix of a refused posting", async () => {
    await world.fault("ziprecruiter", "reject-next-posting", { reason: "The title names a salary" });
    const { sent } = await publish(world.actor, world.job.id, [boards.zip], "");
    const id = sent[0]?.postingId ?? "";
    await world.run(id);
    const page = await mara.get(`/jobs/postings/${id}`);
    expect(page.status).toBe(200);
    for (const words of ["Rejected", "The title names a salary", "Mend and send again", "Queued", "Checked"])
      expect(page.body).toContain(words);
    expect((await mara.get("/jobs/distribution?live=hide")).body).toContain("see why");
  });

  it("leads a hand-off by copyable texts to a link, and to its end", async () => {
    const { sent } = await publish(world.actor, world.job.id, [boards.well], "");
    const id = sent[0]?.postingId ?? "";
    await world.run(id);
    const address = `/jobs/postings/${id}`;
    const page = await mara.get(address);
    for (const words of ["Paste it on Wellfound", "Senior Welder", "?src=", "It is live"])
      expect(page.body).toContain(words);
    const wrong = await mara.post(address, { intent: "live", url: "https://elsewhere.example/1" });
    expect(wrong.status).toBe(400);
    expect(wrong.body).toContain("Paste the whole address of the job on wellfound.com");
    expect(wrong.body).toContain("https://elsewhere.example/1");
    expect((await mara.post(address, { intent: "live", url: "https://wellfound.com/jobs/501" })).location).toBe(
      address,
    );
    expect((await mara.get(address)).body).toContain("Live");
    await mara.post(address, { intent: "close" });
    await world.run(id);
    expect((await mara.get(address)).body).toContain("Confirm here that it is gone.");
    await mara.post(address, { intent: "closed" });
    expect((await world.row(id)).state).toBe("closed");
  });

  it("stays when its board is disconnected, says what was known then, and offers nothing to do", async () => {
    const { sent } = await publish(world.actor, world.job.id, [boards.zip], "");
    const id = sent[0]?.postingId ?? "";
    await world.run(id);
    await disconnect(world.actor, boards.zip, { closePostings: false });
    const signal = AbortSignal.timeout(10_000);
    await finishDisconnect(world.employerId, boards.zip, { closingUntil: new Date(), signal, lastAttempt: true });
    const page = await mara.get(`/jobs/postings/${id}`);
    expect(page.status).toBe(200);
    for (const words of [
      "It was up then",
      "until it ends or is taken down there",
      "We no longer see or change what ZipRecruiter",
    ])
      expect(page.body).toContain(words);
    expect(page.body).not.toContain("Look again");
    const refused = await mara.post(`/jobs/postings/${id}`, { intent: "close" });
    expect([refused.status, refused.body.includes("is disconnected, so nothing can be changed")]).toEqual([400, true]);
    const job = await mara.get(`/jobs/${world.job.id}`);
    expect(job.body).toContain("Disconnected boards");
    expect(job.body).toContain(`/jobs/postings/${id}`);
  });

  it("does not exist for another employer, and does not change for a viewer", async () => {
    const { sent } = await publish(world.actor, world.job.id, [boards.zip], "");
    const address = `/jobs/postings/${sent[0]?.postingId}`;
    const email = `viewer${people}@example.com`;
    const { id } = await createPerson({ email, name: "Vic", password: PASSWORD });
    await withSystem((tx) => addMember(tx, world.employerId, id, "viewer"));
    const viewer = await signedIn(app.url, { email });
    expect((await viewer.get(address)).status).toBe(200);
    expect((await viewer.post(address, { intent: "close" })).status).toBe(403);
    expect((await viewer.get(`/jobs/${world.job.id}/publish`)).status).toBe(403);
    world = await boardWorld(sandbox);
    const stranger = `stranger${people}@example.com`;
    const { id: other } = await createPerson({ email: stranger, name: "Sol", password: PASSWORD });
    await withSystem((tx) => addMember(tx, world.employerId, other, "owner"));
    expect((await (await signedIn(app.url, { email: stranger })).get(address)).status).toBe(404);
  });
});
