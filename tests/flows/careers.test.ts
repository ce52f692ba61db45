import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { systemActor } from "#app/services/actor.ts";
import { createEmployer } from "#app/services/employers.server.ts";
import { jobInput } from "#app/services/job-input.server.ts";
import { closeJob, type Job, saveJob } from "#app/services/jobs.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { application, candidate, document } from "#db/schema/hiring.ts";
import { posting, postingStat } from "#db/schema/postings.ts";
import { testApp } from "#tests/support/app.ts";
import { makeConnection } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const { url } = await testApp();

let site = { id: "", slug: "" };
let job: Job;
const TOKEN = "zr-7f2-k9q";
const open = (changes: object) =>
  saveJob(
    systemActor(site.id, "Mara"),
    null,
    jobInput.parse({
      title: "Heat Pump Installer",
      descriptionHtml: '<h2>What you do</h2><p>Fit & check.</p><a href="https://x.example/?a=1&b=2">More</a>',
      departments: ["Field"],
      locations: [{ city: "Denver", region: "CO", country: "US" }],
      salary: { min: 6_800_000, max: 7_900_000, currency: "USD", period: "year" },
      status: "open",
      ...changes,
    }),
  );
const inside = <T>(work: (tx: EmployerTx) => Promise<T>) => withEmployer(site.id, work);

beforeAll(async () => {
  site = await createEmployer({ name: "Hollin Verge", website: "https://hollin.example" });
  job = await open({});
  await open({ title: "Payroll Clerk", departments: ["Office"], locations: [{ city: "Reno", country: "US" }] });
  await open({ title: "Secret Draft", status: "draft" });
  const board = await makeConnection(site.id, { vendorId: "ziprecruiter" });
  await inside((tx) =>
    tx.insert(posting).values({
      ...{ employerId: site.id, id: "01920000-0000-7000-8000-0000000000bb", jobId: job.id, connectionId: board },
      ...{ vendorId: "ziprecruiter", key: "k", desired: "live", desiredVersion: 1, state: "live", sourceToken: TOKEN },
    }),
  );
});

const visitor = () => new Visitor(url);
const at = (path = "") => `/careers/${site.slug}${path}`;

describe("the list of jobs", () => {
  it("shows open jobs, and filters by words, department and place in the address", async () => {
    const all = await visitor().get(at());
    expect(all.status).toBe(200);
    expect(all.body).toContain("Heat Pump Installer");
    expect(all.body).toContain("Payroll Clerk");
    expect(all.body).not.toContain("Secret Draft");
    expect(all.body).not.toContain("application/ld+json");
    for (const query of ["?q=payr", "?department=Office", "?place=Reno"]) {
      const { body } = await visitor().get(at(query));
      expect(body).toContain("Payroll Clerk");
      expect(body).not.toContain("Heat Pump Installer");
    }
    expect((await visitor().get(at("?q=%25"))).body).toContain("No job fits these filters");
  });

  it("keeps the source token on every link", async () => {
    const { body } = await visitor().get(at(`?src=${TOKEN}`));
    expect(body).toContain(`/${job.slug}?src=${TOKEN}"`);
  });

  it("is not found for an employer that does not exist", async () => {
    expect((await visitor().get("/careers/nobody")).status).toBe(404);
  });
});

const markupOf = (body: string): unknown =>
  JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/s.exec(body)?.[1] ?? "null");

describe("the page of a job", () => {
  it("carries valid JobPosting markup that says what the page shows", async () => {
    const { body, headers, status } = await visitor().get(at(`/${job.slug}`));
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("private, max-age=60");
    expect(body).toContain("$68,000 – $79,000 a year");
    expect(markupOf(body)).toMatchObject({
      "@context": "https://schema.org/",
      "@type": "JobPosting",
      title: "Heat Pump Installer",
      description: expect.stringContaining("<p>Fit &amp; check.</p>"),
      url: `${url}${at(`/${job.slug}`)}`,
      hiringOrganization: { name: "Hollin Verge", sameAs: "https://hollin.example" },
      jobLocation: [{ address: { addressLocality: "Denver", addressRegion: "CO", addressCountry: "US" } }],
      baseSalary: { currency: "USD", value: { minValue: 68_000, maxValue: 79_000, unitText: "YEAR" } },
    });
    expect(body).toContain(`<link rel="canonical" href="${url}${at(`/${job.slug}`)}"/>`);
    expect(body).not.toContain(site.id);
  });

  it("counts views by the token of the link, and none for an unknown token or a robot", async () => {
    const path = at(`/${job.slug}?src=${TOKEN}`);
    const person = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
    await visitor().get(path, person);
    await visitor().get(path, person);
    await visitor().get(path, { "user-agent": "Googlebot/2.1" });
    await visitor().get(at(`/${job.slug}?src=made-up`), person);
    const stats = await inside((tx) => tx.select({ views: postingStat.views }).from(postingStat));
    expect(stats).toEqual([{ views: 2 }]);
  });

  it("says that a closed job is closed, with 410 and without markup, and hides drafts", async () => {
    const gone = await open({ title: "Gone Soon" });
    await closeJob(systemActor(site.id, "Mara"), gone.id, "filled");
    const { body, status } = await visitor().get(at(`/${gone.slug}`));
    expect(status).toBe(410);
    expect(body).toContain("no longer takes applications");
    expect(body).not.toContain("ld+json");
    expect(body).toContain('content="noindex"');
    expect((await visitor().get(at(`/${gone.slug}/apply`))).status).toBe(302);
    expect((await visitor().get(at("/secret-draft"))).status).toBe(404);
  });

  it("is in the sitemap with its last change", async () => {
    const { body, headers } = await visitor().get(at("/sitemap.xml"));
    expect(headers.get("content-type")).toContain("application/xml");
    expect(body).toContain(`<loc>${url}${at(`/${job.slug}`)}</loc><lastmod>${job.updatedAt.toISOString()}</lastmod>`);
  });
});

const PDF = new TextEncoder().encode("%PDF-1.7\n%%EOF");
type Field = string | { name: string; bytes: Uint8Array<ArrayBuffer> };

async function apply(fields: Record<string, Field>, query = ""): Promise<Response> {
  const form = new FormData();
  const all: Record<string, Field> = {
    ...{ firstName: "Amara", lastName: "Osei", email: "Amara@Example.com", phone: "", link: "", coverLetter: "" },
    resume: { name: "cv.pdf", bytes: PDF },
    ...fields,
  };
  for (const [name, value] of Object.entries(all)) {
    if (typeof value === "string") form.set(name, value);
    else form.set(name, new Blob([value.bytes]), value.name);
  }
  const to = new URL(at(`/${job.slug}/apply${query}`), url);
  return fetch(to, { method: "POST", body: form, redirect: "manual", headers: { origin: url } });
}

describe("applying", () => {
  it("carries the source token from the link to the application, and applying twice stays one", async () => {
    const { body } = await visitor().get(at(`/${job.slug}/apply?src=${TOKEN}`));
    expect(body).toContain(`<input type="hidden" name="src" value="${TOKEN}"/>`);
    for (let time = 0; time < 2; time += 1) {
      const answer = await apply({ src: TOKEN });
      expect([answer.status, answer.headers.get("location")]).toEqual([302, at(`/${job.slug}/thanks`)]);
    }
    expect((await visitor().get(at(`/${job.slug}/thanks`))).body).toContain("Your application for");
    const rows = await inside((tx) => tx.select().from(application));
    expect(rows).toMatchObject([
      { source: "ziprecruiter", postingId: "01920000-0000-7000-8000-0000000000bb", jobId: job.id },
    ]);
    expect(await inside((tx) => tx.select().from(document))).toMatchObject([{ fileName: "cv.pdf", kind: "resume" }]);
  });

  it("says what is wrong in plain words, keeps what was typed, and stores nothing", async () => {
    const answer = await apply({
      ...{ email: "nobody", lastName: "" },
      resume: { name: "cv.pdf", bytes: new TextEncoder().encode("\u0000MZ") },
    });
    expect(answer.status).toBe(400);
    const body = await answer.text();
    for (const words of [
      "Your application is not sent yet.",
      "Tell us your last name.",
      "Give an e-mail address we can answer to",
      "cv.pdf is not a PDF, Word, OpenDocument, RTF or plain text file.",
      'value="Amara"',
    ]) {
      expect(body).toContain(words);
    }
    expect(await inside((tx) => tx.select().from(candidate).where(eq(candidate.email, "nobody")))).toEqual([]);
  });

  it("answers 413 to a body over the limit", async () => {
    const big = { name: "cv.pdf", bytes: new Uint8Array(27 * 1024 * 1024) };
    expect((await apply({ resume: big })).status).toBe(413);
  });

  it("keeps nothing of a form that a program filled in", async () => {
    const answer = await apply({ email: "bot@example.com", company_site: "https://spam.example" });
    expect(answer.status).toBe(302);
    expect(await inside((tx) => tx.select().from(candidate).where(eq(candidate.email, "bot@example.com")))).toEqual([]);
  });
});
