import { createHmac, randomUUID } from "node:crypto";
import { rejection } from "../board-faults.ts";
import { defineSandboxVendor, type Field, json, type Outgoing, Refusal, type World } from "../framework.ts";
import { html } from "../markup.ts";
import { PEOPLE } from "../names.ts";
import { MalformedFeed, parseFeed } from "./indeed/feed.ts";
import { linkedInRoutes } from "./linkedin/api.ts";
import {
  type Account,
  API,
  callerOf,
  type Job,
  type State,
  seedLinkedIn,
  stateSchema,
  type Task,
  WWW,
} from "./linkedin/state.ts";
import { advance } from "./linkedin/tasks.ts";

const ACCOUNT: Field = {
  name: "account",
  label: "Application",
  options: ["li-child-acme", "li-child-birch", "li-child-cedar"],
  value: "li-child-acme",
};
const JOB: Field = { name: "id", label: "externalJobPostingId (blank: the newest)", optional: true };

const chosen = (state: State, input: Record<string, string>): Account => {
  const own = state.accounts.find((one) => one.clientId === (input.account || "li-child-acme"));
  if (!own) throw new Refusal(`There is no application ${input.account}`);
  return own;
};

const openTask = (state: State, input: Record<string, string>): Task => {
  const found = state.tasks.findLast(
    (one) => one.status === "IN_PROGRESS" && (!input.id || one.externalJobPostingId === input.id),
  );
  if (!found) throw new Refusal("No task is in progress");
  return found;
};

const chosenJob = (state: State, input: Record<string, string>): Job => {
  const found = state.jobs.findLast((one) => !one.closed && (!input.id || one.externalJobPostingId === input.id));
  if (!found) throw new Refusal("There is no such job");
  return found;
};

/** Every non-ASCII UTF-16 unit as \uXXXX: the form that LinkedIn signs. */
const escaped = (body: string): string =>
  body.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Hex HMAC-SHA256 over `hmacsha256=` and the escaped body. */
export const signLinkedIn = (body: string, secret: string): string =>
  createHmac("sha256", secret)
    .update(`hmacsha256=${escaped(body)}`)
    .digest("hex");

const answer = (word: string) => ({ value: word });

const application = (world: World<State>, fields: Record<string, string>): readonly Outgoing[] => {
  const own = chosen(world.state, fields);
  const jobs = world.state.jobs.filter((one) => one.clientId === own.clientId && one.listing === "LISTED");
  const job = fields.job ? jobs.find((one) => one.externalJobPostingId === fields.job) : jobs.at(-1);
  const url = (job?.applyStatus === "ENABLED" ? job.webhookUrl : null) ?? own.testerUrl;
  if (!url) return [];
  const [first, last] = PEOPLE(world.state.applications.length + 7);
  const email = fields.email || `${first}.${last}@mail.example`.toLowerCase().replace(/[^\x21-\x7e]/g, "x");
  const id = fields.id || `urn:li:jobApplication:${randomUUID()}`;
  const body = JSON.stringify({
    type: "EXPORT_JOB_APPLICATION",
    jobApplicationId: id,
    externalJobId: job?.externalJobPostingId ?? fields.job ?? "",
    appliedAt: world.now().getTime(),
    jobApplicant: "urn:li:person:sandbox",
    questionResponses: {
      contactInformationQuestionResponses: {
        firstNameAnswer: answer(fields.firstName || `${first}ë`),
        lastNameAnswer: answer(fields.lastName || last),
        emailAnswer: answer(email),
        cellphoneNumberQuestionAnswer: { nationalNumber: "07700900123" },
      },
      resumeQuestionResponses: {
        resumeQuestionAnswer: { mediaUrl: `https://${WWW}/ambry/?x-li-ambry-ep=${randomUUID()}` },
      },
      additionalQuestionResponses: {
        customQuestionSetResponses: [
          {
            customQuestionResponses: [
              {
                questionIdentifier: "right_to_work",
                answer: { multipleChoiceAnswerValue: { symbolicNames: ["yes"] } },
              },
              { questionIdentifier: "start", answer: { textAnswerValue: answer("May") } },
            ],
          },
        ],
      },
    },
  });
  return [{ id, url, secret: own.clientSecret, body }];
};

/** Reads the registered "Basic Jobs" feed: what it holds is up, what left it is down. */
const crawl = async (world: World<State>, own: Account) => {
  if (own.feedUrl === null) throw new Refusal("No feed is registered for this company");
  const got = await world.fetch(own.feedUrl);
  if (got.status !== 200) throw new Refusal(`The feed answers ${got.status}`);
  try {
    const { jobs } = parseFeed(await got.text());
    const wanted = ["partnerJobId", "company", "companyId", "title", "description", "applyUrl", "location"];
    own.feedJobs = jobs.map((job) => {
      const missing = wanted.find((name) => !job[name]);
      return { ...job, problem: missing ? `<${missing}> is missing` : "" };
    });
  } catch (error) {
    if (error instanceof MalformedFeed) throw new Refusal(error.message);
    throw error;
  }
  return { jobs: own.feedJobs.map(({ partnerJobId, problem }) => ({ partnerJobId, problem })) };
};

export default defineSandboxVendor<State>({
  id: "linkedin",
  name: "LinkedIn",
  about:
    "A board that answers each posting with a task, works on it later and then lists the job; or crawls a feed. Sends signed Apply Connect applications.",
  hosts: [API, WWW],
  state: stateSchema,
  seed: seedLinkedIn,
  account(call, world) {
    const own = callerOf(call, world);
    return own && own !== "expired" ? own.clientId : null;
  },
  failure: (_call, status, retryAfter) =>
    json(
      status,
      {
        status,
        serviceErrorCode: 0,
        message: status === 429 ? "Resource level throttle limit reached" : "Internal error",
      },
      retryAfter === null ? {} : { "retry-after": retryAfter },
    ),
  credentials: ({ state }) =>
    Object.fromEntries(
      (["good", "other", "missingScope", "revoked", "empty"] as const).flatMap((name, place) => {
        const own = state.accounts[place];
        if (!own) return [];
        const config = {
          way: "api",
          clientId: own.clientId,
          clientSecret: own.clientSecret,
          organizationId: own.organizationId,
          companyName: own.name,
          apiVersion: "202504",
        };
        return [[name, { accountName: own.name, config }]];
      }),
    ),
  routes: linkedInRoutes,
  webhooks: {
    events: ["application"],
    build: (world, _event, fields) => application(world, fields),
    sign: (delivery) => ({ "X-LI-Signature": signLinkedIn(delivery.body, delivery.secret) }),
    succeeded: (status) => status === 200,
    retryAfterMs: [10_000, 60_000, 600_000, 3_600_000, 3_600_000, 3_600_000],
  },
  faults: {
    revoke: {
      label: "Withdraw the applications' secrets",
      run({ state }, input) {
        for (const own of state.accounts) if (!input.account || own.clientId === input.account) own.revoked = true;
      },
    },
    restore: {
      label: "Give them back",
      run({ state }) {
        for (const own of state.accounts) own.revoked = own.clientId.endsWith("revoked");
      },
    },
    expire: {
      label: "Expire access tokens",
      run({ state }) {
        for (const token of state.tokens) token.expiresAt = new Date(0).toISOString();
      },
    },
    "reject-next-posting": rejection("ERROR :: /location :: Invalid Field: /city", "Let the next task fail"),
  },
  actions: [
    { id: "work", label: "Finish all tasks and list all jobs now", run: (world) => advance(world, true) },
    {
      id: "approve-task",
      label: "Let a task succeed (its job is listed later)",
      fields: [JOB],
      async run(world, input) {
        const task = openTask(world.state, input);
        task.createdAt = new Date(0).toISOString();
        await advance(world);
        return { task: task.id, status: task.status };
      },
    },
    {
      id: "reject-task",
      label: "Let a task fail",
      fields: [JOB, { name: "reason", label: "Reason", value: "ERROR :: /location :: Invalid Field: /city" }],
      run({ state }, input) {
        const task = openTask(state, input);
        Object.assign(task, { status: "FAILED", errorMessage: input.reason });
        return { task: task.id, status: task.status };
      },
    },
    {
      id: "list",
      label: "List a job",
      fields: [JOB],
      run({ state }, input) {
        Object.assign(chosenJob(state, input), { listing: "LISTED", problem: null });
      },
    },
    {
      id: "unlist",
      label: "Do not list a job, or take it down",
      fields: [JOB, { name: "reason", label: "Reason (blank: none given)", optional: true }],
      run({ state }, input) {
        Object.assign(chosenJob(state, input), { listing: "NOT_LISTED", problem: input.reason || null });
      },
    },
    {
      id: "apply",
      label: "Let somebody apply",
      fields: [
        ACCOUNT,
        { name: "job", label: "Job (blank: the newest listed one)", optional: true },
        { name: "firstName", label: "First name", optional: true },
        { name: "lastName", label: "Last name", optional: true },
        { name: "email", label: "E-mail", optional: true },
      ],
      async run(world, input) {
        await advance(world);
        const id = `urn:li:jobApplication:${randomUUID()}`;
        const [sent] = await world.emit("application", { ...input, id });
        if (!sent) throw new Refusal("No listed job takes applications on LinkedIn");
        const answered = sent.status ? String(sent.status) : (sent.error ?? "not sent");
        const name = `${input.firstName ?? ""} ${input.lastName ?? ""}`.trim();
        world.state.applications.push({ at: world.now().toISOString(), job: input.job ?? "", id, name, answered });
        // An application that cannot be delivered turns the job into one that is applied to elsewhere.
        if (answered !== "200")
          for (const job of world.state.jobs) if (job.webhookUrl === sent.url) job.applyStatus = "NOT_ENABLED";
        return { id, answered };
      },
    },
    {
      id: "apply-tester",
      label: "Point the application tester at an address",
      fields: [ACCOUNT, { name: "url", label: "Webhook URL" }],
      run({ state }, input) {
        chosen(state, input).testerUrl = input.url ?? null;
      },
    },
    {
      id: "register-feed",
      label: "Register a feed",
      fields: [ACCOUNT, { name: "feed", label: "Feed URL" }],
      run({ state }, input) {
        chosen(state, input).feedUrl = input.feed ?? null;
      },
    },
    {
      id: "crawl",
      label: "Crawl the feed now",
      fields: [ACCOUNT],
      run: (world, input) => crawl(world, chosen(world.state, input)),
    },
    {
      id: "settings",
      label: "Change LinkedIn's pace",
      fields: [
        { name: "taskSeconds", label: "Seconds a task takes", kind: "number", value: "15" },
        { name: "listSeconds", label: "Seconds until a job is listed", kind: "number", value: "15" },
      ],
      run({ state }, input) {
        Object.assign(state, { taskSeconds: Number(input.taskSeconds), listSeconds: Number(input.listSeconds) });
      },
    },
  ],
  describe: ({ state }) => [
    {
      title: "Tasks",
      note: "A task is what a posting is answered with. Approve or reject it, or wait.",
      columns: ["Task", "Job", "Operation", "State", "Reason", "Made"],
      rows: state.tasks
        .toReversed()
        .map((one) => [
          one.id.split(":").at(-1)?.slice(0, 8) ?? "",
          one.externalJobPostingId,
          one.operation,
          one.status,
          one.errorMessage ?? "",
          one.createdAt,
        ]),
    },
    {
      title: "Jobs",
      columns: ["Job", "Title", "Listing", "Reason", "Apply Connect", "Writes", "Page"],
      rows: state.jobs
        .toReversed()
        .map((one) => [
          one.externalJobPostingId,
          one.title,
          one.closed ? "closed" : one.listing,
          one.problem ?? "",
          one.applyStatus,
          one.writes,
          html`<a href="/linkedin/${WWW}/jobs/view/${one.number}">view</a>`,
        ]),
    },
    {
      title: "Applications sent",
      columns: ["At", "Job", "Name", "Answer"],
      rows: state.applications.toReversed().map((one) => [one.at, one.job, one.name, one.answered]),
    },
    {
      title: "What the employer told",
      columns: ["At", "Application", "Action"],
      rows: state.actions.toReversed().map((one) => [one.at, one.application, one.action]),
    },
    ...state.accounts
      .filter((own) => own.feedUrl !== null)
      .map((own) => ({
        title: `${own.name}: feed`,
        note: own.feedUrl ?? "",
        columns: ["Job", "Title", "Problem"],
        rows: own.feedJobs.map((job) => [job.partnerJobId ?? "", job.title ?? "", job.problem ?? ""]),
      })),
  ],
});
