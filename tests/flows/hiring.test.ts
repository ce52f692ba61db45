import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eq, sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import type { Upsert } from "#app/integrations/contract/capabilities.ts";
import type { CandidateRecord, JobRecord } from "#app/integrations/contract/domain.ts";
import { env } from "#app/platform/env.server.ts";
import { systemActor } from "#app/services/actor.ts";
import { moveApplication, postingOfToken, receiveApplication, stagesOf } from "#app/services/applications.server.ts";
import {
  discardDocuments,
  findDocument,
  openDocument,
  storeDocuments,
  storeInboundResume,
} from "#app/services/documents.server.ts";
import { jobInput } from "#app/services/job-input.server.ts";
import { closeJob, getJob, reopenJob, saveJob } from "#app/services/jobs.server.ts";
import { recordMessage } from "#app/services/messages.server.ts";
import { upsertSyncedJobs, upsertSyncedStages } from "#app/services/synced-jobs.server.ts";
import { upsertSyncedApplications, upsertSyncedCandidates } from "#app/services/synced-people.server.ts";
import { removeSynced } from "#app/services/synced-removal.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { application, candidate, document, job } from "#db/schema/hiring.ts";
import { posting } from "#db/schema/postings.ts";
import { externalRecord, pushItem } from "#db/schema/sync.ts";
import { event } from "#db/schema/webhooks.ts";
import { makeConnection, makeEmployer } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";

await testDatabase();

let employerId = "";
let theirs = "";
let ats = "";
let board = "";
beforeAll(async () => {
  employerId = await makeEmployer("Hollin");
  theirs = await makeEmployer("Other");
  ats = await makeConnection(employerId, { vendorId: "greenhouse", label: "Greenhouse", features: { push: true } });
  board = await makeConnection(employerId, { vendorId: "ziprecruiter", label: "ZipRecruiter" });
});

const inside = <T>(work: (tx: EmployerTx) => Promise<T>) => withEmployer(employerId, work);
const actor = () => systemActor(employerId, "Mara Lindqvist");
const quiet = { announce: false, changedBy: "Greenhouse" };
const loud = { announce: true, changedBy: "Greenhouse" };

const at = new Date("2026-11-01T09:00:00Z");
const upsert = <T>(externalId: string, data: T) => ({ externalId, version: "1", updatedAt: at, data });
const jobRecord = (changes: Partial<JobRecord> = {}): JobRecord => ({
  title: "Heat Pump Installer",
  descriptionHtml: "<p>Fit heat pumps.</p><script>bad()</script>",
  status: "open",
  departments: ["Field"],
  locations: [{ city: "Denver", region: "CO", country: "US" }],
  remote: "on_site",
  employment: "full_time",
  openings: 4,
  ...changes,
});
const person = (n: number | string, changes: Partial<CandidateRecord> = {}): CandidateRecord => ({
  firstName: "Wen",
  lastName: `Li ${n}`,
  emails: [`Wen${n}@Example.com`],
  phones: [],
  links: [],
  ...changes,
});

const events = (type: string) =>
  inside(async (tx) =>
    (await tx.select({ body: event.body }).from(event).where(eq(event.type, type)).orderBy(event.id)).map((row) =>
      JSON.parse(row.body),
    ),
  );

/** Rows that `work` wrote, by table, as Postgres counted them. Counters of earlier transactions may still be in there. */
async function rowsWritten(tx: EmployerTx, work: () => Promise<unknown>): Promise<Record<string, number>> {
  const count = async () => {
    const rows = await tx.execute<{ table: string; n: number }>(sql`
      select relname as "table", (n_tup_ins + n_tup_upd + n_tup_del)::int as n from pg_stat_xact_user_tables`);
    return new Map(rows.map((row) => [row.table, row.n]));
  };
  const before = await count();
  await work();
  const written = [...(await count())].map(([table, n]) => [table, n - (before.get(table) ?? 0)] as const);
  return Object.fromEntries(written.filter(([, n]) => n > 0));
}

/** A transaction that notes each statement that inserts or updates. */
function listening(tx: EmployerTx, heard: string[]): EmployerTx {
  const execute = (query: Parameters<EmployerTx["execute"]>[0]) => {
    const text = JSON.stringify(query);
    if (/\b(insert into|update) (?!set)/.test(text)) heard.push(text);
    return tx.execute(query);
  };
  return new Proxy(tx, {
    get(target, name) {
      if (name === "execute") return execute;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

describe("a page of an ATS", () => {
  const page = Array.from({ length: 500 }, (_, n) => upsert(`j${n}`, jobRecord({ title: `Installer ${n}` })));

  it("writes 500 jobs and their links with one statement, and nothing the second time", async () => {
    const inserts: string[] = [];
    const rows = await inside((tx) =>
      rowsWritten(tx, async () => {
        const result = await upsertSyncedJobs(listening(tx, inserts), employerId, ats, page, quiet);
        expect(result).toMatchObject({ changed: [], unchanged: 0, rejects: [] });
        expect(result.created).toHaveLength(500);
      }),
    );
    expect(inserts).toHaveLength(1);
    expect(rows).toEqual({ external_record: 500, job: 500 });
    const again = await inside((tx) =>
      rowsWritten(tx, async () => {
        const result = await upsertSyncedJobs(tx, employerId, ats, page, quiet);
        expect(result).toEqual({ created: [], changed: [], unchanged: 500, rejects: [] });
      }),
    );
    expect(again).toEqual({});
  });

  it("grows a job's version only when a board would show the change, and cleans what came", async () => {
    const [changed = ""] = (
      await inside((tx) => upsertSyncedJobs(tx, employerId, ats, [upsert("j7", jobRecord({ title: "Fitter" }))], quiet))
    ).changed;
    expect(await getJob(actor(), changed)).toMatchObject({ title: "Fitter", version: 2, origin: "sync" });
    const closed = jobRecord({ title: "Fitter", status: "closed" });
    await inside((tx) => upsertSyncedJobs(tx, employerId, ats, [upsert("j7", closed)], loud));
    const row = await getJob(actor(), changed);
    expect(row).toMatchObject({ version: 2, status: "closed", descriptionHtml: "<p>Fit heat pumps.</p>" });
    expect((await events("job.closed")).at(-1).data.job).toEqual({ id: changed, title: "Fitter" });
  });

  it("keeps the pay that a person entered while the ATS has none, and lets nobody overwrite the ATS's title", async () => {
    const id = (await inside((tx) => tx.select().from(job).where(eq(job.title, "Installer 9"))))[0]?.id ?? "";
    const edit = jobInput.parse({
      title: "Something else",
      descriptionHtml: "<p>No</p>",
      salary: { min: 5_000_000, max: 6_000_000, currency: "USD", period: "year" },
    });
    expect(await saveJob(actor(), id, edit)).toMatchObject({ title: "Installer 9", salaryMin: 5_000_000, version: 2 });
    const next = upsert("j9", jobRecord({ title: "Installer 9", openings: 9 }));
    await inside((tx) => upsertSyncedJobs(tx, employerId, ats, [next], quiet));
    expect(await getJob(actor(), id)).toMatchObject({ openings: 9, salaryMin: 5_000_000, salaryCurrency: "USD" });
  });

  it("marks what a complete scan saw, without touching the jobs", async () => {
    const runId = "01920000-0000-7000-8000-000000000001";
    const rows = await inside((tx) =>
      rowsWritten(tx, () => upsertSyncedJobs(tx, employerId, ats, page.slice(20, 30), { ...quiet, runId })),
    );
    expect(rows).toEqual({ external_record: 10 });
  });

  it("rejects an application whose job was not copied, and takes it once the job is there", async () => {
    const application1 = upsert("a1", {
      jobExternalId: "late",
      candidateExternalId: "c1",
      status: "active" as const,
      stageExternalId: "s1",
      appliedAt: at,
    });
    const rejected = await inside(async (tx) => {
      await upsertSyncedCandidates(tx, employerId, ats, [upsert("c1", person(1))], quiet);
      return upsertSyncedApplications(tx, employerId, ats, [application1], quiet);
    });
    expect(rejected.rejects).toEqual([{ externalId: "a1", reason: "Its job has not been copied." }]);
    await inside(async (tx) => {
      await upsertSyncedJobs(tx, employerId, ats, [upsert("late", jobRecord())], quiet);
      const stages: Upsert<"stages">[] = [
        upsert("s1", { jobExternalId: "late", name: "Screen", position: 0 }),
        upsert("s2", { jobExternalId: "late", name: "Offer", position: 1 }),
      ];
      await upsertSyncedStages(tx, employerId, ats, stages, quiet);
      const taken = await upsertSyncedApplications(tx, employerId, ats, [application1], loud);
      expect(taken.created).toHaveLength(1);
    });
    expect((await events("application.received")).at(-1).data).toMatchObject({
      application: { stage: "Screen", source: "unknown", appliedAt: "2026-11-01T09:00:00.000Z" },
      candidate: { email: "wen1@example.com" },
    });
    const moved = { ...application1, data: { ...application1.data, stageExternalId: "s2" } };
    await inside((tx) => upsertSyncedApplications(tx, employerId, ats, [moved], loud));
    expect((await events("application.status_changed")).at(-1).data).toMatchObject({
      application: { stage: "Offer", previousStage: "Screen" },
      changedBy: "Greenhouse",
    });
  });

  it("makes the person who applied here and the one the ATS names one candidate, but never two of the ATS's own", async () => {
    const jobId =
      (await inside((tx) => tx.select().from(job).where(eq(job.title, "Heat Pump Installer"))))[0]?.id ?? "";
    const applied = await inside((tx) =>
      receiveApplication(tx, employerId, {
        jobId,
        candidate: person("twin"),
        appliedAt: at,
        source: "career-site",
        answers: [],
      }),
    );
    const twins = [upsert("t1", person("twin")), upsert("t2", person("twin"))];
    await inside((tx) => upsertSyncedCandidates(tx, employerId, ats, twins, quiet));
    const row = upsert("ta", {
      jobExternalId: "late",
      candidateExternalId: "t1",
      status: "active" as const,
      appliedAt: at,
    });
    const linked = await inside((tx) => upsertSyncedApplications(tx, employerId, ats, [row], quiet));
    expect(linked.created).toEqual([applied.applicationId]);
    const people = await inside((tx) => tx.select().from(candidate).where(eq(candidate.email, "wentwin@example.com")));
    expect(people).toHaveLength(2);
    const [kept] = await inside((tx) => tx.select().from(application).where(eq(application.id, applied.applicationId)));
    expect(kept).toMatchObject({ source: "career-site", connectionId: ats });
  });

  it("archives deleted jobs and withdraws deleted applications, and brings them back", async () => {
    const gone = await inside((tx) => removeSynced(tx, employerId, ats, "jobs", ["j20", "j21", "never"], loud));
    expect(gone).toHaveLength(2);
    expect(await getJob(actor(), gone[0] ?? "")).toMatchObject({ status: "archived" });
    expect(await inside((tx) => removeSynced(tx, employerId, ats, "jobs", ["j20"], loud))).toEqual([]);
    await inside((tx) => upsertSyncedJobs(tx, employerId, ats, page.slice(20, 21), quiet));
    expect(await getJob(actor(), gone[0] ?? "")).toMatchObject({ status: "open", closedAt: null, closeReason: null });
    const [withdrawn = ""] = await inside((tx) => removeSynced(tx, employerId, ats, "applications", ["a1"], loud));
    expect((await events("application.status_changed")).at(-1).data.application).toMatchObject({
      id: withdrawn,
      status: "withdrawn",
      previousStatus: "active",
    });
    await inside((tx) => removeSynced(tx, employerId, ats, "candidates", ["c1"], loud));
    const [mark] = await inside((tx) => tx.select().from(externalRecord).where(eq(externalRecord.externalId, "c1")));
    expect(mark?.deletedAt).toBeInstanceOf(Date);
  });
});

const PDF = Buffer.from("%PDF-1.7\n1 0 obj <<>> endobj\ntrailer\n%%EOF");
const newJob = (changes = {}) =>
  saveJob(
    actor(),
    null,
    jobInput.parse({ title: "Yard Lead", descriptionHtml: "<p>Lead.</p>", status: "open", ...changes }),
  );

describe("an application", () => {
  it("is one application when it is sent twice, and keeps the posting whose link brought the person", async () => {
    const yard = await newJob();
    const sourceToken = "zr-abc-123";
    const postingId = "01920000-0000-7000-8000-0000000000aa";
    await inside((tx) =>
      tx.insert(posting).values({
        ...{ employerId, id: postingId, jobId: yard.id, connectionId: board, vendorId: "ziprecruiter", key: "k1" },
        ...{ desired: "live", desiredVersion: 1, state: "live", sourceToken },
      }),
    );
    const from = await inside((tx) => postingOfToken(tx, employerId, yard.id, sourceToken));
    expect(from).toEqual({ postingId, vendorId: "ziprecruiter" });
    expect(await inside((tx) => postingOfToken(tx, employerId, yard.id, "made-up"))).toBeNull();
    const documents = await storeDocuments(employerId, [{ fileName: "../cv.exe.pdf", body: [PDF], kind: "resume" }]);
    const input = {
      ...{ jobId: yard.id, postingId, source: "ziprecruiter", candidate: person("once"), appliedAt: at },
      answers: [{ question: "Licence?", answer: "B" }],
    };
    const first = await inside((tx) => receiveApplication(tx, employerId, { ...input, documents }));
    const repeat = await storeDocuments(employerId, [{ fileName: "again.pdf", body: [PDF] }]);
    const second = await inside((tx) => receiveApplication(tx, employerId, { ...input, documents: repeat }));
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.applicationId).toBe(first.applicationId);
    expect(second.unusedDocuments).toHaveLength(1);
    await discardDocuments(second.unusedDocuments);
    const rows = await inside((tx) => tx.select().from(application).where(eq(application.jobId, yard.id)));
    expect(rows).toMatchObject([{ postingId, source: "ziprecruiter", answers: input.answers }]);
    expect((await events("application.received")).filter((body) => body.data.job.id === yard.id)).toHaveLength(1);

    const [file] = await inside((tx) => tx.select().from(document).where(eq(document.candidateId, first.candidateId)));
    expect(file).toMatchObject({ fileName: "cv.exe.pdf", contentType: "application/pdf", kind: "resume" });
    const opened = await openDocument(await findDocument(actor(), file?.id ?? ""));
    expect(Buffer.from(await new Response(opened.body).arrayBuffer())).toEqual(PDF);
    await expect(findDocument(systemActor(theirs, "Other"), file?.id ?? "")).rejects.toMatchObject({
      kind: "not-found",
    });
    const folder = join(env().PATCHBAY_STATE, "documents");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files).toHaveLength(1);
    for (const { parentPath, name } of files) expect(readFileSync(join(parentPath, name)).includes("%PDF")).toBe(false);
  });

  it.each([
    [
      "photo.pdf",
      Buffer.from("\x89PNG\r\n\x1a\n"),
      "photo.pdf is not a PDF, Word, OpenDocument, RTF or plain text file.",
    ],
    ["page.txt", Buffer.from("<html><script>"), "page.txt is not a PDF, Word, OpenDocument, RTF or plain text file."],
    ["empty.pdf", Buffer.alloc(0), "empty.pdf is empty. Choose it again."],
    ["big.pdf", Buffer.alloc(10 * 1024 * 1024 + 1, "%PDF-"), "big.pdf is larger than 10 MB. Send a smaller one."],
  ])("refuses %s in plain words", async (fileName, bytes, words) => {
    await expect(storeDocuments(employerId, [{ fileName, body: [bytes] }])).rejects.toMatchObject({
      kind: "invalid",
      message: words,
    });
  });

  it("takes at most five files, and a board's application even when its file is no document", async () => {
    const six = Array.from({ length: 6 }, (_, n) => ({ fileName: `${n}.pdf`, body: [PDF] }));
    await expect(storeDocuments(employerId, six)).rejects.toThrow("6 files are too many. Send at most 5.");
    const resume = { fileName: "cv.docx", contentType: "x", base64: Buffer.from("MZ\x00\x01").toString("base64") };
    expect(await storeInboundResume(employerId, { resume })).toMatchObject({
      documents: [],
      refused: expect.stringContaining("cv.docx is not a PDF"),
    });
  });

  it("moves to a stage, tells the receivers and the ATS, and moving there again says nothing", async () => {
    const [synced] = await inside((tx) =>
      tx.select().from(application).where(eq(application.source, "career-site")).orderBy(application.id).limit(1),
    );
    const id = synced?.id ?? "";
    const stages = await inside((tx) => stagesOf(tx, employerId, synced?.jobId ?? ""));
    const offer = stages.find((stage) => stage.name === "Offer");
    const moved = await moveApplication(actor(), id, { stageId: offer?.id ?? "" });
    expect(moved).toMatchObject({ stageName: "Offer", status: "active" });
    const told = await events("application.status_changed");
    expect(told.at(-1).data).toMatchObject({ application: { id, stage: "Offer" }, changedBy: "Mara Lindqvist" });
    await moveApplication(actor(), id, { stageId: offer?.id ?? "" });
    expect(await events("application.status_changed")).toHaveLength(told.length);
    const pushes = await inside((tx) =>
      tx.select().from(pushItem).where(eq(pushItem.localId, id)).orderBy(pushItem.id),
    );
    expect(pushes).toMatchObject([
      { connectionId: ats, resource: "applications", op: "create" },
      { op: "update", detail: { stageId: offer?.id, status: "active" } },
    ]);
  });

  it("is not found, and cannot be moved, by another employer", async () => {
    const [mine] = await inside((tx) => tx.select().from(application).orderBy(application.id).limit(1));
    const stranger = systemActor(theirs, "Other");
    await expect(moveApplication(stranger, mine?.id ?? "", { status: "hired" })).rejects.toMatchObject({
      kind: "not-found",
    });
    const wrong = withEmployer(theirs, (tx) =>
      receiveApplication(tx, theirs, {
        ...{ jobId: mine?.jobId ?? "", candidate: person("x"), appliedAt: at, source: "api", answers: [] },
      }),
    );
    await expect(wrong).rejects.toMatchObject({ kind: "not-found" });
    expect(await withEmployer(theirs, (tx) => tx.select().from(candidate))).toEqual([]);
  });
});

describe("a job written by hand", () => {
  it("keeps its version through a save that changes nothing, and grows it by one otherwise", async () => {
    const raw = {
      title: "Payroll Clerk",
      descriptionHtml: "<p>Count.</p>",
      locations: [{ country: "US", city: "Reno" }],
    };
    const made = await newJob(raw);
    expect(made).toMatchObject({ version: 1, status: "open", slug: `payroll-clerk-${made.id.slice(-8)}` });
    const input = jobInput.parse({ ...raw, status: "open" });
    expect(await saveJob(actor(), made.id, input)).toMatchObject({ version: 1 });
    expect(await saveJob(actor(), made.id, { ...input, openings: 2 })).toMatchObject({ version: 2, openings: 2 });
  });

  it("closes once with one event, and opens again", async () => {
    const made = await newJob({ title: "Night Porter" });
    expect(await closeJob(actor(), made.id, "filled")).toMatchObject({ status: "closed", closeReason: "filled" });
    await closeJob(actor(), made.id, "withdrawn");
    const told = (await events("job.closed")).filter((body) => body.data.job.id === made.id);
    expect(told.map((body) => body.data.reason)).toEqual(["filled"]);
    expect(await reopenJob(actor(), made.id)).toMatchObject({ status: "open", closedAt: null });
  });

  it("belongs to its employer alone", async () => {
    const made = await newJob({ title: "Ours" });
    const stranger = systemActor(theirs, "Other");
    await expect(getJob(stranger, made.id)).rejects.toMatchObject({ kind: "not-found" });
    await expect(closeJob(stranger, made.id, "filled")).rejects.toMatchObject({ kind: "not-found" });
    await expect(getJob({ ...actor(), permissions: new Set() }, made.id)).rejects.toMatchObject({ kind: "forbidden" });
  });
});

it("keeps a message once and names the candidate behind it", async () => {
  const input = { connectionId: board, channel: "#hiring", from: "Wen <wen1@example.com>", text: "Yes", at };
  const first = await inside((tx) => recordMessage(tx, employerId, { ...input, messageId: "m1" }));
  const again = await inside((tx) => recordMessage(tx, employerId, { ...input, messageId: "m1" }));
  expect([first.created, again.created]).toEqual([true, false]);
  const told = await events("message.received");
  expect(told).toHaveLength(1);
  expect(told[0].data.candidate).toMatchObject({ email: "wen1@example.com" });
});
