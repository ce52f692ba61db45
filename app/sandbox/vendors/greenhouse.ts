import { growAction, partedCounts, partedWords } from "../ats-actions.ts";
import { defineSandboxVendor, type Field, json, Refusal, type World } from "../framework.ts";
import { callerName } from "./greenhouse/access.ts";
import { closeJob, deleteCandidate, deleteJob, hire, moveTo, nextStage, reject } from "./greenhouse/changes.ts";
import { greenhouseCredentials, seedGreenhouse } from "./greenhouse/seed.ts";
import {
  type Account,
  addApplication,
  addCandidate,
  addJob,
  grow,
  type State,
  stateSchema,
} from "./greenhouse/state.ts";
import { v1Routes } from "./greenhouse/v1.ts";
import { API, FILES, v3Routes } from "./greenhouse/v3.ts";
import { greenhouseWebhooks } from "./greenhouse/webhooks.ts";

const ACCOUNT: Field = { name: "account", label: "Account", options: ["acme", "birch", "cedar"], value: "acme" };
const APPLICATION: Field = {
  name: "applicationId",
  label: "Application (blank: the newest active one)",
  optional: true,
};
const JOB: Field = { name: "jobId", label: "Job (blank: the newest open one)", optional: true };

const chosen = (world: World<State>, input: Record<string, string>): Account => {
  const account = world.state.accounts.find((candidate) => candidate.key === input.account);
  if (!account) throw new Refusal(`There is no account ${input.account}`);
  return account;
};

const chosenApplication = (account: Account, input: Record<string, string>) => {
  const found = input.applicationId
    ? account.applications.find((candidate) => String(candidate.id) === input.applicationId)
    : account.applications.findLast((candidate) => candidate.status === "in_process");
  if (!found) throw new Refusal("There is no such application");
  return found;
};

const chosenJob = (account: Account, input: Record<string, string>) => {
  const found = input.jobId
    ? account.jobs.find((candidate) => String(candidate.id) === input.jobId)
    : account.jobs.findLast((candidate) => candidate.status === "open");
  if (!found) throw new Refusal("There is no such job");
  return found;
};

/** Credentials of one account, or of all when none is named. */
const hit = (world: World<State>, input: Record<string, string>) =>
  world.state.credentials.filter((own) => !input.account || own.account === input.account);

export default defineSandboxVendor<State>({
  id: "greenhouse",
  name: "Greenhouse",
  about:
    "Applicant tracking: jobs, candidates, applications and stages, over Harvest v3 and the older v1, with signed webhooks.",
  hosts: [API, "auth.greenhouse.io", "boards-api.greenhouse.io", FILES],
  state: stateSchema,
  seed: seedGreenhouse,
  account: callerName,
  credentials: (world) => greenhouseCredentials(world.state),
  webhooks: greenhouseWebhooks,
  failure: (_call, status, retryAfter) =>
    json(
      status,
      { message: status === 429 ? "Rate limit exceeded" : "Something went wrong" },
      {
        ...(status === 429 ? { "X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0" } : {}),
        ...(retryAfter === null ? {} : { "Retry-After": retryAfter }),
      },
    ),
  routes: [
    ...v3Routes,
    ...v1Routes,
    {
      method: "GET",
      host: "boards-api.greenhouse.io",
      path: "/v1/boards/:token/jobs",
      handle(call, { state }) {
        const account = state.accounts.find((candidate) => candidate.boardToken === call.params.token);
        if (!account) return json(404, { status: 404, error: "Board not found" });
        const withContent = call.query.get("content") === "true";
        const jobs = account.job_posts
          .filter((post) => post.live && !post.internal)
          .map((post) => ({
            id: post.id,
            internal_job_id: post.job_id,
            title: post.title,
            updated_at: post.updated_at,
            requisition_id: account.jobs.find((job) => job.id === post.job_id)?.requisition_id ?? null,
            location: { name: "Leeds, UK" },
            absolute_url: post.public_url,
            language: post.language,
            metadata: null,
            // HTML escaped as entities, as the real board API sends it.
            ...(withContent
              ? {
                  content: post.content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
                  departments: [],
                  offices: [],
                }
              : {}),
          }));
        return json(200, { jobs, meta: { total: jobs.length } });
      },
    },
  ],
  faults: {
    revoke: {
      label: "Withdraw secrets and keys",
      run(world, input) {
        for (const own of hit(world, input)) own.revoked = true;
      },
    },
    restore: {
      label: "Give them back",
      run(world, input) {
        for (const own of hit(world, input)) own.revoked = own.clientId.includes("revoked");
      },
    },
    expire: {
      label: "Expire access tokens",
      run: (world, input) => {
        const own = hit(world, input).map(({ clientId }) => clientId);
        world.state.tokens = world.state.tokens.filter((token) => !own.includes(token.clientId));
      },
    },
    "dead-cursor": { label: "Refuse cursors given so far", run: ({ state }) => void state.cursorEpoch++ },
    "v1-ended": {
      label: "End Harvest v1 (410)",
      run({ state }) {
        state.v1Ended = true;
      },
    },
  },
  actions: [
    growAction(ACCOUNT, chosen, grow, partedWords, partedCounts),
    {
      id: "register-webhook",
      label: "Add a web hook",
      fields: [ACCOUNT, { name: "url", label: "Endpoint URL" }, { name: "secret", label: "Secret key" }],
      run(world, input) {
        const account = chosen(world, input);
        account.webhooks = [
          ...account.webhooks.filter((hook) => hook.url !== input.url),
          { url: input.url ?? "", secret: input.secret ?? "" },
        ];
        world.emit("ping", { account: account.key });
        return { webhooks: account.webhooks.length };
      },
    },
    {
      id: "forget-webhooks",
      label: "Remove all web hooks",
      fields: [ACCOUNT],
      run(world, input) {
        chosen(world, input).webhooks = [];
      },
    },
    {
      id: "apply",
      label: "Let somebody apply",
      fields: [ACCOUNT, JOB],
      run(world, input) {
        const account = chosen(world, input);
        const job = chosenJob(account, input);
        const at = world.now().toISOString();
        const candidate = addCandidate(world.state, account, account.candidates.length, at);
        const application = addApplication(world.state, account, candidate.id, job.id, at);
        world.emit("new_candidate_application", { account: account.key, applicationId: String(application.id) });
        return { candidateId: candidate.id, applicationId: application.id };
      },
    },
    {
      id: "move",
      label: "Move to the next stage",
      fields: [ACCOUNT, APPLICATION],
      run(world, input) {
        const account = chosen(world, input);
        const application = chosenApplication(account, input);
        const stage = nextStage(account, application);
        if (!stage) throw new Refusal("The application is in the last stage");
        moveTo(world, account, application, stage.id);
        return { applicationId: application.id, stage: stage.name };
      },
    },
    {
      id: "reject",
      label: "Reject",
      fields: [ACCOUNT, APPLICATION],
      run(world, input) {
        const account = chosen(world, input);
        const application = chosenApplication(account, input);
        reject(world, account, application, account.rejection_reasons[0]?.id ?? null);
        return { applicationId: application.id };
      },
    },
    {
      id: "hire",
      label: "Hire",
      fields: [ACCOUNT, APPLICATION],
      run(world, input) {
        const account = chosen(world, input);
        const application = chosenApplication(account, input);
        hire(world, account, application, account.close_reasons[0]?.id ?? null);
        return { applicationId: application.id };
      },
    },
    {
      id: "add-job",
      label: "Open a job",
      fields: [ACCOUNT, { name: "title", label: "Title", value: "Harbour Pilot" }],
      run(world, input) {
        const account = chosen(world, input);
        const job = addJob(world.state, account, input.title ?? "", world.now().toISOString());
        world.emit("job_created", { account: account.key, jobId: String(job.id) });
        return { jobId: job.id };
      },
    },
    {
      id: "close-job",
      label: "Close a job",
      fields: [ACCOUNT, JOB],
      run(world, input) {
        const account = chosen(world, input);
        const job = chosenJob(account, input);
        closeJob(world, account, job.id);
        return { jobId: job.id };
      },
    },
    {
      id: "delete-job",
      label: "Delete a job",
      fields: [ACCOUNT, JOB],
      run(world, input) {
        const account = chosen(world, input);
        const job = chosenJob(account, input);
        deleteJob(world, account, job.id);
        return { jobId: job.id };
      },
    },
    {
      id: "delete-candidate",
      label: "Delete a candidate",
      fields: [ACCOUNT, { name: "candidateId", label: "Candidate (blank: the newest)", optional: true }],
      run(world, input) {
        const account = chosen(world, input);
        const candidate = input.candidateId
          ? account.candidates.find(({ id }) => String(id) === input.candidateId)
          : account.candidates.at(-1);
        if (!candidate) throw new Refusal("There is no such candidate");
        deleteCandidate(world, account, candidate.id);
        return { candidateId: candidate.id };
      },
    },
    {
      id: "settings",
      label: "Change the service's habits",
      fields: [
        { name: "tokenSeconds", label: "Token lifetime in seconds", kind: "number", value: "3600" },
        { name: "singleToken", label: "A new token ends the one before", options: ["false", "true"], value: "false" },
        { name: "v3Limit", label: "v3 calls per 30 s", kind: "number", value: "150" },
        { name: "v1Limit", label: "v1 calls per 10 s", kind: "number", value: "50" },
      ],
      run({ state }, input) {
        state.tokenSeconds = Number(input.tokenSeconds);
        state.singleToken = input.singleToken === "true";
        state.limits.v3.limit = Number(input.v3Limit);
        state.limits.v1.limit = Number(input.v1Limit);
      },
    },
  ],
  describe: ({ state }) =>
    state.accounts.flatMap((account) => [
      {
        title: `${account.name}: jobs`,
        note: `${account.candidates.length} candidates, ${account.applications.length} applications, ${account.webhooks.length} web hooks`,
        columns: ["Id", "Name", "Status", "Applications", "Updated"],
        rows: account.jobs
          .toReversed()
          .map((job) => [
            job.id,
            job.name,
            job.status,
            account.applications.filter((application) => application.job_id === job.id).length,
            job.updated_at,
          ]),
      },
      {
        title: `${account.name}: applications`,
        columns: ["Id", "Candidate", "Job", "Status", "Stage", "Updated"],
        rows: account.applications
          .toSorted((left, right) => right.updated_at.localeCompare(left.updated_at))
          .slice(0, 60)
          .map((application) => {
            const person = account.candidates.find(({ id }) => id === application.candidate_id);
            return [
              application.id,
              `${person?.first_name} ${person?.last_name}`,
              account.jobs.find(({ id }) => id === application.job_id)?.name ?? "",
              application.status,
              application.stage_name,
              application.updated_at,
            ];
          }),
      },
    ]),
});
