import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "./server.ts";
import { ask, control, createPeer } from "./testing.ts";
import { parseFeed } from "./vendors/indeed/feed.ts";
import { signIndeed } from "./vendors/indeed.ts";
import { signZipRecruiter } from "./vendors/ziprecruiter.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.close());

const state = async (id: string) => (await ask(`${sandbox.origin}/_control/${id}/state`)).json();

describe("ZipRecruiter", () => {
  const job = {
    job_id: "REQ-3310",
    employer_id: "emp-77",
    title: "Pastry Cook",
    description: "<p>Early shift, laminated doughs and more</p>",
    job_type: "full_time",
    country: "US",
    postal_code: "50613",
  };
  const send = async (method: string, path: string, body?: unknown, authorization = "Basic zr-key-acme-91c4") => {
    const answer = await ask(`${sandbox.origin}/ziprecruiter/api.ziprecruiter.com/partner/v0/job${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  };

  it("creates once, updates, shows, closes and reopens a job", async () => {
    expect((await send("POST", "", job)).status).toBe(201);
    expect((await send("POST", "", job)).status).toBe(409);
    expect((await send("PUT", "/REQ-3310", { ...job, title: "Head Baker" })).body).toMatchObject({
      title: "Head Baker",
      status: "active",
    });
    expect((await send("DELETE", "/REQ-3310")).status).toBe(204);
    expect((await send("GET", "/REQ-3310")).status).toBe(404);
    expect((await send("PUT", "/REQ-3310", job)).status).toBe(200);
    expect((await send("GET", "/REQ-3310")).body.status).toBe("active");
  });

  it("takes the key raw or as a user name, and tells bad, silent and foreign keys apart", async () => {
    const basic = `Basic ${Buffer.from("zr-key-acme-91c4:").toString("base64")}`;
    expect((await send("POST", "", job, basic)).status).toBe(201);
    expect((await send("GET", "/REQ-3310", undefined, "Basic zr-key-birch-91c4")).status).toBe(404);
    expect((await send("GET", "/REQ-3310", undefined, "Basic nothing")).status).toBe(401);
    expect((await send("GET", "/REQ-3310", undefined, "Basic zr-key-revoked-91c4")).status).toBe(401);
    expect((await send("POST", "", job, "Basic zr-key-readonly-91c4")).status).toBe(403);
  });

  it.each([
    [{ title: "ab" }, "title"],
    [{ country: "DE" }, "country"],
    [{ postal_code: undefined }, "postal_code"],
    [{ compensation_min: 1.5 }, "compensation_min"],
  ])("names the field that %j breaks", async (over, field) => {
    const refused = await send("POST", "", { ...job, ...over });
    expect(refused.body.error.fields[0].field).toBe(field);
  });

  it("answers 429 over its limit, with the seconds to wait", async () => {
    await control(sandbox, "ziprecruiter/actions/settings", { perSecond: "1" });
    await send("POST", "", job);
    expect((await send("GET", "/REQ-3310")).status).toBe(429);
  });

  it("has written the job although the answer was dropped", async () => {
    await control(sandbox, "ziprecruiter/faults", { kind: "drop-response-after-commit" });
    await expect(send("POST", "", job)).rejects.toThrow();
    expect((await send("GET", "/REQ-3310")).status).toBe(200);
  });

  it("rejects the next posting with its reason", async () => {
    await control(sandbox, "ziprecruiter/faults", { kind: "reject-next-posting", reason: "No pay given" });
    await send("POST", "", job);
    expect((await send("GET", "/REQ-3310")).body).toMatchObject({
      status: "rejected",
      reason: "No pay given",
    });
  });

  it("sends a signed application to the registered endpoint", async () => {
    expect(
      signZipRecruiter('{"response_id":"r-1","job_id":"REQ-1042"}', "demo-zr-secret", "2026-03-01T09:30:00.000Z"),
    ).toBe("EnFBbP43YU8ViH/z0jgT73iRu/P46wTdcOUnS2RbVTI=");
    const peer = await createPeer();
    try {
      await send("POST", "", job);
      await control(sandbox, "ziprecruiter/actions/register-webhook", {
        account: "acme",
        url: `${peer.origin}/webhooks/ziprecruiter`,
      });
      expect(
        await control(sandbox, "ziprecruiter/actions/apply", {
          account: "acme",
          name: "Lee Park",
          email: "lee@mail.example",
        }),
      ).toMatchObject({ answered: "200" });
      const [message] = peer.got;
      const timestamp = String(message?.headers["x-ziprecruiter-signature-timestamp"]);
      expect(message?.headers["x-ziprecruiter-signature"]).toBe(
        createHmac("sha256", "zr-secret-acme").update(`${timestamp}.${message?.body}`).digest("base64"),
      );
      expect(JSON.parse(message?.body ?? "")).toMatchObject({
        job_id: "REQ-3310",
        first_name: "Lee",
        last_name: "Park",
      });
    } finally {
      await peer.close();
    }
  });
});

describe("We Work Remotely", () => {
  const listing = {
    title: "Support Engineer",
    company: "Fennel & Finch",
    description: "<p>Answer the hard tickets</p>",
    instructions: "https://jobs.example/REQ-19?src=wwr",
    email: "people@fennel.example",
    category_id: 7,
    region: "EMEA Only",
  };
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await ask(`${sandbox.origin}/weworkremotely/weworkremotely.com${path}`, {
      method,
      headers: { authorization: "Bearer wwr-token-acme-77ab", "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      etag: answer.headers.get("etag") ?? "",
      text,
      body: text.startsWith("{") ? JSON.parse(text) : null,
    };
  };

  it("charges a listing, holds it for review, and shows it in the RSS once approved", async () => {
    const made = await send("POST", "/api/v1/remote-jobs", listing);
    expect(made.body).toMatchObject({
      status: "pending",
      url: expect.stringContaining("/weworkremotely.com/remote-jobs/"),
    });
    expect((await state("weworkremotely")).charges).toMatchObject([{ amountMinor: 29_900, currency: "USD" }]);
    expect((await send("GET", "/remote-jobs.rss")).text).not.toContain("Support Engineer");
    await control(sandbox, "weworkremotely/actions/approve", { id: made.body.id });
    expect((await send("GET", "/remote-jobs.rss")).text).toContain(
      "<title>Fennel &amp; Finch: Support Engineer</title>",
    );
    expect((await send("GET", "/categories/remote-customer-support-jobs.rss")).text).toContain("Support Engineer");
    const canceled = await send("PUT", `/api/v1/remote-jobs/${made.body.id}`, { status: "canceled" });
    expect(canceled.body.status).toBe("canceled");
    expect((await send("GET", "/remote-jobs.rss")).text).not.toContain("Support Engineer");
  });

  it("is not idempotent: the same listing twice is charged twice", async () => {
    await send("POST", "/api/v1/remote-jobs", listing);
    await send("POST", "/api/v1/remote-jobs", listing);
    expect((await state("weworkremotely")).charges).toHaveLength(2);
  });

  it("answers 304 to a conditional read, and shows a rejection with its reason", async () => {
    const { body } = await send("POST", "/api/v1/remote-jobs", listing);
    const path = `/api/v1/remote-jobs/${body.id}`;
    const { etag } = await send("GET", path);
    expect((await send("GET", path, undefined, { "if-none-match": etag })).status).toBe(304);
    await control(sandbox, "weworkremotely/actions/reject", { reason: "Not fully remote" });
    expect((await send("GET", path, undefined, { "if-none-match": etag })).body).toMatchObject({
      status: "rejected",
      reason: "Not fully remote",
    });
    expect((await send("GET", path, undefined, { authorization: "Bearer wwr-token-birch-77ab" })).status).toBe(404);
  });

  it.each([
    [{ description: "<div>boxed</div>" }, "description"],
    [{ instructions: "call us" }, "instructions"],
    [{ category_id: 5 }, "category_id"],
    [{ region: "Mars" }, "region"],
  ])("refuses %j with 422", async (over, field) => {
    const refused = await send("POST", "/api/v1/remote-jobs", { ...listing, ...over });
    expect([refused.status, refused.body.errors[0].startsWith(field)]).toEqual([422, true]);
  });
});

describe("Indeed", () => {
  const cdata = (fields: Record<string, string>) =>
    `<job>${Object.entries(fields)
      .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
      .join("")}</job>`;
  const job = (reference: string, over: Record<string, string> = {}) => ({
    title: "Dental Hygienist",
    date: "2026-03-02T06:00:00Z",
    referencenumber: reference,
    requisitionid: reference,
    url: `https://jobs.example/${reference}`,
    company: "Bright Row Dental",
    city: "Tulsa",
    country: "US",
    email: "ana@brightrow.example",
    description: "<p>A three-chair practice with steady hours & good light</p>",
    ...over,
  });
  const wrap = (jobs: readonly Record<string, string>[]) =>
    `<?xml version="1.0" encoding="utf-8"?><source><publisher>Patchbay</publisher><publisherurl>https://portal.example</publisherurl>${jobs.map(cdata).join("")}</source>`;

  let portal: Server;
  let feed: string;
  let answers: number[];
  let posted: { signature: string; body: string }[];
  let origin: string;
  beforeEach(async () => {
    answers = [];
    posted = [];
    portal = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        if (request.method === "POST") {
          posted.push({
            signature: String(request.headers["x-indeed-signature"]),
            body: Buffer.concat(parts).toString("utf8"),
          });
          response.writeHead(answers.shift() ?? 200).end();
        } else if (request.headers["if-none-match"] === `"${feed.length}"`) response.writeHead(304).end();
        else response.writeHead(200, { etag: `"${feed.length}"` }).end(feed);
      });
    });
    await new Promise<void>((resolve) => portal.listen(0, "127.0.0.1", resolve));
    const address = portal.address();
    origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    feed = wrap([]);
    await control(sandbox, "indeed/actions/register-feed", { account: "acme", url: `${origin}/feeds/indeed.xml` });
  });
  afterEach(() => new Promise<void>((resolve) => portal.close(() => resolve())));

  const crawl = () => control(sandbox, "indeed/actions/crawl", { account: "acme" });
  const applyData = () =>
    `indeed-apply-apiToken=indeed-token-acme&indeed-apply-jobId=A-1&indeed-apply-name=firstlastname&indeed-apply-postUrl=${encodeURIComponent(`${origin}/webhooks/indeed`)}`;

  it("takes the good jobs, refuses the bad ones with a reason, and drops what is left out", async () => {
    const { email: _, ...nameless } = job("A-3");
    feed = wrap([job("A-1"), job("A-2", { description: "short" }), nameless, job("A-1")]);
    expect(await crawl()).toMatchObject({
      live: ["A-1"],
      rejected: [
        { referencenumber: "A-2", reason: "the description is shorter than 30 characters" },
        { referencenumber: "A-3", reason: expect.stringContaining("<email>") },
        { referencenumber: "A-1", reason: "the referencenumber occurs twice" },
      ],
    });
    expect((await crawl()).unchanged).toBe(true);
    feed = wrap([job("A-9")]);
    expect(await crawl()).toMatchObject({ live: ["A-9"], removed: expect.arrayContaining(["A-1"]) });
  });

  it("throws a malformed feed away whole and keeps what it had", async () => {
    feed = wrap([job("A-1")]);
    await crawl();
    feed = feed.replace("</job>", "");
    await expect(crawl()).rejects.toThrow("closes");
    expect((await state("indeed")).accounts[0].jobs).toMatchObject([{ status: "live" }]);
  });

  it("reads CDATA with a divided end mark and refuses a bare ampersand", () => {
    expect(parseFeed("<source><job><title><![CDATA[a]]]]><![CDATA[>b & c]]></title></job></source>").jobs).toEqual([
      { title: "a]]>b & c" },
    ]);
    expect(() => parseFeed("<source><publisher>Fennel & Finch</publisher></source>")).toThrow("ampersand");
    expect(() => parseFeed("<source></source><source></source>")).toThrow("one <source>");
  });

  it("signs an application as documented and takes the job down on 410", async () => {
    expect(signIndeed('{"id":"a1","applicant":{"email":"kim@example.com"}}', "demo-apply-secret")).toBe(
      "bbt+dBmFsEPxiEw3kRfMuBtPXHk=",
    );
    feed = wrap([job("A-1", { "indeed-apply-data": applyData() })]);
    await crawl();
    const sent = await control(sandbox, "indeed/actions/apply", {
      account: "acme",
      firstName: "Kim",
      lastName: "Vale",
      email: "kim@mail.example",
    });
    expect(sent.answered).toBe("200");
    expect(posted[0]?.signature).toBe(
      createHmac("sha1", "indeed-secret-acme-2f9d")
        .update(posted[0]?.body ?? "")
        .digest("base64"),
    );
    expect(JSON.parse(posted[0]?.body ?? "")).toMatchObject({
      job: { jobId: "A-1" },
      applicant: { firstName: "Kim", resume: { file: { contentType: "text/plain" } } },
    });
    answers = [410];
    await control(sandbox, "indeed/actions/apply", { account: "acme" });
    expect((await state("indeed")).accounts[0].jobs[0].status).toBe("removed");
  });

  it("refuses apply data with another employer's token or an unencoded value", async () => {
    feed = wrap([
      job("A-1", { "indeed-apply-data": applyData().replace("indeed-token-acme", "indeed-token-birch") }),
      job("A-2", {
        "indeed-apply-data": "indeed-apply-apiToken=indeed-token-acme&indeed-apply-jobId=&indeed-apply-postUrl=x",
      }),
    ]);
    const { rejected } = await crawl();
    expect(rejected.map((entry: { reason: string }) => entry.reason)).toEqual([
      expect.stringContaining("not this employer's"),
      expect.stringContaining("has no URL-encoded value"),
    ]);
  });

  it("lets a person apply on the job's page", async () => {
    feed = wrap([job("A-1", { "indeed-apply-data": applyData() })]);
    await crawl();
    const { jobKey } = (await state("indeed")).accounts[0].jobs[0];
    const url = `${sandbox.origin}/indeed/www.indeed.com/viewjob?jk=${jobKey}`;
    expect(await (await ask(url)).text()).toContain("Apply with Indeed");
    const form = new URLSearchParams({ firstName: "Kim", lastName: "Vale", email: "kim@mail.example" });
    expect(await (await ask(url, { method: "POST", body: form })).text()).toContain("Your application was sent");
  });

  it("does not crawl another machine", async () => {
    await control(sandbox, "indeed/actions/register-feed", { account: "birch", url: "http://192.0.2.1/feed.xml" });
    const answer = await ask(`${sandbox.origin}/_control/indeed/actions/crawl`, {
      method: "POST",
      body: '{"account":"birch"}',
    });
    expect([answer.status, (await answer.json()).error]).toEqual([422, expect.stringContaining("this machine only")]);
  });
});

describe("Wellfound", () => {
  const url = () => `${sandbox.origin}/wellfound/wellfound.com/recruit/jobs/new`;
  const fields = {
    company: "Acme Logistics",
    title: "Founding Data Engineer",
    primaryRole: "Data Engineer",
    type: "Full-time",
    remotePolicy: "Remote, hires in US",
    locations: "Portland",
    skills: "Python, dbt",
    salary: "145000-170000 USD",
    description: "We build the rails that goods travel on. ".repeat(8),
  };

  it("takes a pasted posting into review, and goes live when accepted", async () => {
    const answer = await ask(url(), { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
    const page = answer.headers.get("location") ?? "";
    expect(await (await ask(page)).text()).toContain("looks at the job");
    await control(sandbox, "wellfound/actions/approve");
    expect(await (await ask(page)).text()).toContain("The job is live.");
  });

  it("says what is missing: pay, skills, a real description", async () => {
    const answer = await ask(url(), {
      method: "POST",
      body: new URLSearchParams({ ...fields, salary: "", skills: "", description: "Soon" }),
    });
    const text = await answer.text();
    expect(answer.status).toBe(422);
    for (const problem of ["Give a salary or equity", "at least one skill", "at least 200 characters"])
      expect(text).toContain(problem);
  });
});
