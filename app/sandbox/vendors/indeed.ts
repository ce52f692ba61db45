import { createHash, createHmac } from "node:crypto";
import {
  defineSandboxVendor,
  type Field,
  formBody,
  htmlReply,
  type Outgoing,
  Refusal,
  type World,
} from "../framework.ts";
import { html, page } from "../markup.ts";
import { PEOPLE } from "../names.ts";
import { applyData, MalformedFeed, parseFeed, rejectionOf } from "./indeed/feed.ts";
import { clientOf, index, jobSyncRoutes } from "./indeed/job-sync.ts";
import { type Account, APIS, HOST, type Post, type State, seedIndeed, stateSchema } from "./indeed/state.ts";

/** Answers after which Indeed does not send the application again. */
const FINAL = [200, 400, 401, 404, 409, 410, 413, 422];

const reference = (job: Account["jobs"][number]) => job.fields.referencenumber ?? "";

/** Takes the feed's snapshot: each job judged, each job that is missing now removed. */
const crawl = async (world: World<State>, own: Account) => {
  if (own.feedUrl === null) throw new Refusal("No feed is registered for this employer");
  const headers = own.feedEtag === null ? undefined : { "if-none-match": own.feedEtag };
  const at = world.now().toISOString();
  const summary = () => ({
    live: own.jobs.filter((job) => job.status === "live").map(reference),
    rejected: own.jobs
      .filter((job) => job.status === "rejected")
      .map((job) => ({ referencenumber: reference(job), reason: job.reason })),
    removed: own.jobs.filter((job) => job.status === "removed").map(reference),
  });
  const answer = await world.fetch(own.feedUrl, headers ? { headers } : {});
  own.lastCrawl = { at, answer: String(answer.status) };
  if (answer.status === 304) return { unchanged: true, ...summary() };
  if (answer.status !== 200) throw new Refusal(`The feed answers ${answer.status}`);
  let feed: ReturnType<typeof parseFeed>;
  try {
    feed = parseFeed(await answer.text());
  } catch (error) {
    if (!(error instanceof MalformedFeed)) throw error;
    own.lastCrawl.answer = error.message;
    throw new Refusal(error.message);
  }
  const seen = new Set<string>();
  const next = feed.jobs.map((fields): Account["jobs"][number] => {
    const before = own.jobs.find((job) => reference(job) === fields.referencenumber);
    const reason = rejectionOf(fields, feed.header, own.apiToken, seen) ?? world.state.rejectNext;
    world.state.rejectNext = null;
    seen.add(fields.referencenumber ?? "");
    const jobKey =
      before?.jobKey ?? createHash("sha1").update(`${own.key}:${fields.referencenumber}`).digest("hex").slice(0, 16);
    return { jobKey, status: reason ? "rejected" : "live", reason, fields };
  });
  const gone = own.jobs
    .filter((job) => !seen.has(reference(job)))
    .map((job) => ({ ...job, status: "removed" as const, reason: null }));
  own.jobs = [...next, ...gone];
  own.feedEtag = answer.headers.get("etag");
  return { unchanged: false, ...summary() };
};

/** Base64 HMAC-SHA1 over the exact body. */
export const signIndeed = (body: string, secret: string): string =>
  createHmac("sha1", secret).update(body).digest("base64");

const application = (world: World<State>, fields: Record<string, string>): readonly Outgoing[] => {
  const own = world.state.accounts.find((candidate) => candidate.key === (fields.account || "acme"));
  const job = own?.jobs.findLast((candidate) =>
    fields.referencenumber ? reference(candidate) === fields.referencenumber : candidate.status === "live",
  );
  const post = job ? undefined : livePost(world, own?.key ?? "", fields.referencenumber);
  const apply = job ? applyData(job.fields) : null;
  const postUrl =
    fields.postUrl || (apply && typeof apply !== "string" ? apply.posturl : (post?.postUrl ?? own?.testerUrl));
  if (!own || !postUrl) return [];
  const [first, last] = PEOPLE(world.state.applications.length + 11);
  const firstName = fields.firstName || first;
  const lastName = fields.lastName || last;
  const email = fields.email || `${firstName}.${lastName}@mail.example`.toLowerCase().replace(/[^\x21-\x7e]/g, "x");
  const now = world.now().getTime();
  const id =
    fields.id ||
    createHash("sha256").update(`${own.key}${email}${now}${world.state.applications.length}`).digest("hex");
  const resume = Buffer.from(`${firstName} ${lastName}\nTen years of good work.\n`).toString("base64");
  const detail = apply && typeof apply !== "string" ? apply : {};
  const body = JSON.stringify({
    id,
    appliedOnMillis: now,
    locale: "en_US",
    job: {
      jobId: detail.jobid ?? post?.jobPostingId ?? fields.referencenumber ?? "",
      jobKey: job?.jobKey ?? "",
      jobTitle: detail.jobtitle ?? job?.fields.title ?? post?.title ?? "",
      jobCompany: detail.jobcompanyname ?? job?.fields.company ?? "",
      jobLocation: detail.joblocation ?? job?.fields.city ?? "",
      jobUrl: `https://${HOST}/viewjob?jk=${job?.jobKey ?? ""}`,
      jobMeta: detail.jobmeta ?? "",
    },
    applicant: {
      fullName: `${firstName} ${lastName}`,
      ...(detail.name === "firstlastname" ? { firstName, lastName } : {}),
      email,
      phoneNumber: fields.phone || "+1 555 0100",
      coverletter: fields.coverLetter || "I would like to work with you.",
      verified: true,
      resume: {
        file: { fileName: `${lastName}.txt`, contentType: "text/plain", data: resume },
        text: "Ten years of good work.",
      },
    },
    screenerQuestionsAndAnswers: { schemaVersion: "1.3", questionsAndAnswers: [] },
    analytics: { ip: "203.0.113.9", userAgent: "Mozilla/5.0", referer: `https://${HOST}/` },
  });
  return [{ id, url: postUrl, secret: own.apiSecret, body }];
};

/** The newest posting of Job Sync that is in the search and takes Indeed Apply. */
const livePost = (world: World<State>, account: string, jobPostingId: string | undefined): Post | undefined => {
  index(world);
  return world.state.posts.findLast(
    (one) => one.account === account && one.status === "active" && (!jobPostingId || one.jobPostingId === jobPostingId),
  );
};

const apply = async (world: World<State>, own: Account, input: Record<string, string>) => {
  const job = own.jobs.findLast(
    (candidate) =>
      candidate.status === "live" && (!input.referencenumber || reference(candidate) === input.referencenumber),
  );
  const post = job ? undefined : livePost(world, own.key, input.referencenumber);
  if (!job && !post) throw new Refusal("There is no live job to apply to");
  const detail = job ? applyData(job.fields) : null;
  if (job ? detail === null || typeof detail === "string" : !post?.postUrl)
    throw new Refusal("The job does not take Indeed Apply");
  const referencenumber = job ? reference(job) : (post?.jobPostingId ?? "");
  const id = createHash("sha256")
    .update(`${own.key}${referencenumber}${world.state.applications.length}${world.now().getTime()}`)
    .digest("hex");
  const [sent] = await world.emit("application", { ...input, account: own.key, referencenumber, id });
  const answered = sent?.status ? String(sent.status) : (sent?.error ?? "not sent");
  // 410 says that the job has expired: it is taken down until the feed or a new call brings it back.
  if (sent?.status === 410 && job) Object.assign(job, { status: "removed" });
  if (sent?.status === 410 && post) Object.assign(post, { status: "expired" });
  world.state.applications.push({
    at: world.now().toISOString(),
    account: own.key,
    id,
    referencenumber,
    name: `${input.firstName ?? ""} ${input.lastName ?? ""}`.trim(),
    answered,
  });
  return { id, answered };
};

const findByKey = (state: State, jobKey: string | null) => {
  for (const own of state.accounts) {
    const job = own.jobs.find((candidate) => candidate.jobKey === jobKey && candidate.status === "live");
    if (job) return { own, job };
  }
  return null;
};

const ACCOUNT: Field = { name: "account", label: "Employer", options: ["acme", "birch", "cedar"], value: "acme" };
const chosen = (state: State, input: Record<string, string>): Account => {
  const own = state.accounts.find((candidate) => candidate.key === input.account);
  if (!own) throw new Refusal(`There is no employer ${input.account}`);
  return own;
};

const gonePage = () => htmlReply(404, page("Indeed", html`<h1>This job has expired</h1>`, false));

export default defineSandboxVendor<State>({
  id: "indeed",
  name: "Indeed",
  about:
    "A board that takes jobs by Job Sync (GraphQL) or crawls the employer's feed, and sends signed Indeed Apply applications.",
  hosts: [HOST, APIS],
  state: stateSchema,
  seed: seedIndeed,
  account: (call, world) => clientOf(call, world)?.clientId ?? null,
  credentials: ({ state }) =>
    Object.fromEntries(
      (["good", "other", "missingScope", "revoked", "empty"] as const).flatMap((name, place) => {
        const client = state.clients[place];
        const own = state.accounts.find((one) => one.key === client?.account);
        if (!own || !client) return [];
        const config = {
          way: "job-sync",
          clientId: client.clientId,
          clientSecret: client.clientSecret,
          sourceName: own.sourceName,
          companyName: own.sourceName,
          sourceType: "Employer",
          contactName: "Ana Ruiz",
          contactEmail: own.contactEmail,
          applyApiToken: own.apiToken,
          applySecret: own.apiSecret,
        };
        const note =
          "With the way “feed” nothing is called with these: the token goes into the feed, the secret signs applications.";
        return [[name, { accountName: own.sourceName, config, note }]];
      }),
    ),
  routes: [
    ...jobSyncRoutes,
    {
      method: "GET",
      host: HOST,
      path: "/viewjob",
      handle(call, { state }) {
        const found = findByKey(state, call.query.get("jk"));
        if (!found) return gonePage();
        const { fields, jobKey } = found.job;
        const takesApply = fields["indeed-apply-data"] !== undefined;
        return htmlReply(
          200,
          page(
            `${fields.title} · Indeed`,
            html`<h1>${fields.title}</h1><p class="muted">${fields.company} · ${fields.city}, ${fields.country} ${fields.salary ? `· ${fields.salary}` : ""}</p>
<div class="card">${(fields.description ?? "").replace(/<[^>]+>/g, " ")}</div><p><a href="${fields.url}">Apply on the company's site</a></p>
${
  takesApply
    ? html`<h2>Apply with Indeed</h2><form method="post" action="${call.link(`/viewjob?jk=${jobKey}`)}"><p><label>First name<input name="firstName" required></label></p><p><label>Last name<input name="lastName" required></label></p>
<p><label>E-mail<input name="email" type="email" required></label></p><p><label>Phone<input name="phone"></label></p><p><label>Cover letter<textarea name="coverLetter" rows="4"></textarea></label></p><p><button class="primary">Apply</button></p></form>`
    : null
}`,
            false,
          ),
        );
      },
    },
    {
      method: "POST",
      host: HOST,
      path: "/viewjob",
      async handle(call, world) {
        const found = findByKey(world.state, call.query.get("jk"));
        if (!found) return gonePage();
        const result = await apply(world, found.own, {
          ...Object.fromEntries(formBody(call)),
          referencenumber: reference(found.job),
        });
        return htmlReply(
          200,
          page(
            "Indeed",
            html`<h1>${result.answered === "200" ? "Your application was sent" : "The employer did not take the application"}</h1><p>Answer: ${result.answered}</p>`,
            false,
          ),
        );
      },
    },
  ],
  webhooks: {
    events: ["application"],
    build: (world, _event, fields) => application(world, fields),
    sign: (delivery) => ({ "X-Indeed-Signature": signIndeed(delivery.body, delivery.secret) }),
    succeeded: (status) => FINAL.includes(status),
    retryAfterMs: [10_000, 60_000, 600_000],
  },
  faults: {
    revoke: {
      label: "Withdraw the clients of Job Sync",
      run({ state }, input) {
        for (const own of state.clients) if (!input.account || own.account === input.account) own.revoked = true;
      },
    },
    restore: {
      label: "Give them back",
      run({ state }) {
        for (const own of state.clients) own.revoked = own.clientId.endsWith("revoked");
      },
    },
    expire: {
      label: "Expire access tokens",
      run({ state }) {
        state.tokens = [];
      },
    },
    "reject-next-posting": {
      label: "Reject the next posting, or the first job of the next crawl",
      fields: [{ name: "reason", label: "Reason (blank: a usual one)", optional: true }],
      run({ state }, input) {
        state.rejectNext = input.reason || "The job looks like an advertisement";
        for (const own of state.accounts) own.feedEtag = null;
      },
    },
  },
  actions: [
    {
      id: "work",
      label: "Index all postings of Job Sync now",
      run: (world) => ({ indexed: index(world, true) }),
    },
    {
      id: "judge",
      label: "Judge a posting of Job Sync",
      fields: [
        { name: "jobPostingId", label: "jobPostingId (blank: the newest)", optional: true },
        {
          name: "verdict",
          label: "Verdict",
          options: ["reject", "want sponsorship", "accept", "take down"],
          value: "reject",
        },
      ],
      run({ state }, input) {
        const post = state.posts.findLast((one) => !input.jobPostingId || one.jobPostingId === input.jobPostingId);
        if (!post) throw new Refusal("There is no such posting");
        const status = input.verdict === "reject" ? "rejected" : input.verdict === "take down" ? "expired" : "active";
        Object.assign(post, { status, needsSponsor: input.verdict === "want sponsorship" });
        return { jobPostingId: post.jobPostingId, status };
      },
    },
    {
      id: "settings",
      label: "Change Indeed's habits",
      fields: [{ name: "indexSeconds", label: "Seconds until a posting is indexed", kind: "number", value: "15" }],
      run({ state }, input) {
        state.indexSeconds = Number(input.indexSeconds);
      },
    },
    {
      id: "apply-tester",
      label: "Point the Apply tester at an address",
      fields: [ACCOUNT, { name: "url", label: "Post URL" }],
      run({ state }, input) {
        chosen(state, input).testerUrl = input.url ?? null;
      },
    },
    {
      id: "register-feed",
      label: "Register a feed",
      fields: [ACCOUNT, { name: "url", label: "Feed URL" }],
      run({ state }, input) {
        Object.assign(chosen(state, input), { feedUrl: input.url ?? "", feedEtag: null });
      },
    },
    {
      id: "crawl",
      label: "Crawl now",
      fields: [ACCOUNT],
      run: (world, input) => crawl(world, chosen(world.state, input)),
    },
    {
      id: "apply",
      label: "Let somebody apply",
      fields: [
        ACCOUNT,
        { name: "referencenumber", label: "Job (blank: the last live one)", optional: true },
        { name: "firstName", label: "First name", optional: true },
        { name: "lastName", label: "Last name", optional: true },
        { name: "email", label: "E-mail", optional: true },
      ],
      run: (world, input) => apply(world, chosen(world.state, input), input),
    },
  ],
  describe: ({ state }) => [
    ...state.accounts.map((own) => ({
      title: `${own.sourceName}: jobs`,
      note: `Feed ${own.feedUrl ?? "not registered"}. Last crawl: ${own.lastCrawl ? `${own.lastCrawl.at}, ${own.lastCrawl.answer}` : "never"}`,
      columns: ["Reference", "Title", "State", "Reason", "Page"],
      rows: own.jobs.map((job) => [
        reference(job),
        job.fields.title ?? "",
        job.status,
        job.reason ?? "",
        html`<a href="/indeed/${HOST}/viewjob?jk=${job.jobKey}">view</a>`,
      ]),
    })),
    {
      title: "Job Sync postings",
      columns: ["jobPostingId", "Source", "Title", "State", "Wants sponsorship", "Writes", "Received"],
      rows: state.posts
        .toReversed()
        .map((one) => [
          one.jobPostingId,
          one.sourceName,
          one.title,
          one.status,
          one.needsSponsor ? "yes" : "no",
          one.writes,
          one.receivedAt,
        ]),
    },
    {
      title: "Dispositions",
      columns: ["At", "Employer", "Application", "Status", "In the employer's words"],
      rows: state.dispositions
        .toReversed()
        .map((one) => [one.at, one.account, one.id.slice(0, 12), one.status, one.raw]),
    },
    {
      title: "Applications sent",
      columns: ["At", "Employer", "Job", "Name", "Answer"],
      rows: state.applications
        .toReversed()
        .map((sent) => [sent.at, sent.account, sent.referencenumber, sent.name, sent.answered]),
    },
  ],
});
