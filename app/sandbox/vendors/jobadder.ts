import { growAction, partedCounts, partedWords } from "../ats-actions.ts";
import { bearer, defineSandboxVendor, type Field, json, Refusal, type World } from "../framework.ts";
import { callerOf, oauthRoutes } from "./jobadder/oauth.ts";
import { moveTo, recordRoutes } from "./jobadder/records.ts";
import {
  type Account,
  accountOf,
  addApplication,
  addCandidate,
  addJob,
  grow,
  jobStatusOf,
  STATUSES,
  type State,
  seedJobadder,
  stateSchema,
  statusOf,
} from "./jobadder/state.ts";
import { jobadderWebhooks, webhookRoutes } from "./jobadder/webhooks.ts";

const ACCOUNT: Field = { name: "account", label: "Account", options: ["acme", "birch", "cedar"], value: "acme" };
const JOB: Field = { name: "jobId", label: "Job (blank: the newest open one)", optional: true };

const chosen = (world: World<State>, input: Record<string, string>): Account => {
  const account = accountOf(world.state, input.account ?? "");
  if (!account) throw new Refusal(`There is no account ${input.account}`);
  return account;
};

const chosenJob = (account: Account, input: Record<string, string>) => {
  const found = input.jobId
    ? account.jobs.find((job) => String(job.jobId) === input.jobId)
    : account.jobs.findLast((job) => jobStatusOf(job.statusId).active);
  if (!found) throw new Refusal("There is no such job");
  return found;
};

/** The grants of one account, or all. */
const hit = (world: World<State>, input: Record<string, string>) =>
  world.state.grants.filter((grant) => !input.account || grant.account === input.account);

const ENTRIES = [
  ["good", "acme"],
  ["other", "birch"],
  ["missingScope", "noscope"],
  ["revoked", "revoked"],
  ["empty", "cedar"],
] as const;

export default defineSandboxVendor<State>({
  id: "jobadder",
  name: "JobAdder",
  about: "Applicant tracking for agencies: sign-in with rotating refresh tokens, an API per region, unsigned webhooks.",
  hosts: ["id.jobadder.com", "*.jobadder.com"],
  idField: "jobId",
  state: stateSchema,
  seed: seedJobadder,
  account: (call, { state }) => callerOf(call, state, bearer(call))?.account ?? null,
  failure: (_call, status, retryAfter) =>
    json(
      status,
      { message: status === 429 ? "Too many requests" : "Something went wrong" },
      retryAfter === null ? {} : { "Retry-After": retryAfter },
    ),
  credentials: ({ state }) =>
    Object.fromEntries(
      ENTRIES.map(([name, token]) => {
        const grant = state.grants.find((one) => one.access.some((access) => access.value === `ja-access-${token}`));
        const of = accountOf(state, grant?.account ?? (token === "birch" || token === "cedar" ? token : "acme"));
        return [
          name,
          {
            accountName: of?.name ?? "",
            config: {},
            client: { clientId: state.clientId, clientSecret: state.clientSecret },
            tokens: {
              accessToken: `ja-access-${token}`,
              refreshToken: `ja-refresh-${token}`,
              scopes: grant?.scopes ?? [],
              keep: { api: `https://${of?.host}/v2` },
            },
            note: "Connected by consent: nothing to paste.",
          },
        ];
      }),
    ),
  routes: [...oauthRoutes, ...webhookRoutes, ...recordRoutes],
  webhooks: jobadderWebhooks,
  faults: {
    revoke: {
      label: "Withdraw access",
      run(world, input) {
        for (const grant of hit(world, input)) grant.revoked = true;
      },
    },
    restore: {
      label: "Give access back",
      run(world, input) {
        for (const grant of hit(world, input)) grant.revoked = grant.refreshToken === "ja-refresh-revoked";
      },
    },
    expire: {
      label: "Expire access tokens",
      run(world, input) {
        for (const grant of hit(world, input)) grant.access = [];
      },
    },
    "suspend-webhooks": {
      label: "Suspend webhooks",
      run(world, input) {
        for (const account of world.state.accounts)
          if (!input.account || account.key === input.account)
            for (const hook of account.webhooks)
              Object.assign(hook, { status: "Suspended", suspendedAt: world.now().toISOString() });
      },
    },
  },
  actions: [
    growAction(ACCOUNT, chosen, grow, partedWords, partedCounts),
    {
      id: "apply",
      label: "Let somebody apply",
      fields: [ACCOUNT, JOB],
      run(world, input) {
        const account = chosen(world, input);
        const { jobId } = chosenJob(account, input);
        const at = world.now().toISOString();
        const { candidateId } = addCandidate(world.state, account, account.candidates.length, at);
        const { applicationId } = addApplication(world.state, account, { jobId, candidateId, source: "Seek" }, at);
        return { candidateId, applicationId };
      },
    },
    {
      id: "move",
      label: "Move an application",
      fields: [
        ACCOUNT,
        { name: "applicationId", label: "Application (blank: the newest)", optional: true },
        { name: "statusId", label: "Status", options: STATUSES.map((one) => String(one.statusId)), value: "22" },
      ],
      run(world, input) {
        const account = chosen(world, input);
        const row = input.applicationId
          ? account.applications.find((one) => String(one.applicationId) === input.applicationId)
          : account.applications.at(-1);
        if (!row) throw new Refusal("There is no such application");
        moveTo(world, account, row, Number(input.statusId));
        return { applicationId: row.applicationId };
      },
    },
    {
      id: "add-job",
      label: "Open a job",
      fields: [ACCOUNT, { name: "title", label: "Title", value: "Harbour Pilot" }],
      run(world, input) {
        const account = chosen(world, input);
        const job = addJob(world.state, account, input.title ?? "", world.now().toISOString());
        const adId = String(account.ads.at(-1)?.adId ?? "");
        world.emit("jobad_posted", { account: account.key, adId });
        return { jobId: job.jobId };
      },
    },
    {
      id: "close-job",
      label: "Fill a job",
      fields: [ACCOUNT, JOB],
      run(world, input) {
        const account = chosen(world, input);
        const job = chosenJob(account, input);
        const at = world.now().toISOString();
        Object.assign(job, { statusId: 5, closedAt: at, updatedAt: at });
        world.emit("job_status_changed", { account: account.key, jobId: String(job.jobId) });
        return { jobId: job.jobId };
      },
    },
    {
      id: "delete-job",
      label: "Delete a job",
      fields: [ACCOUNT, JOB],
      run(world, input) {
        const account = chosen(world, input);
        const { jobId } = chosenJob(account, input);
        const deletedAt = world.now().toISOString();
        account.jobs = account.jobs.filter((job) => job.jobId !== jobId);
        account.ads = account.ads.filter((ad) => ad.jobId !== jobId);
        account.deleted.jobs.push({ id: jobId, deletedAt });
        const lost = account.applications.filter((row) => row.jobId === jobId);
        account.applications = account.applications.filter((row) => row.jobId !== jobId);
        account.deleted.applications.push(...lost.map((row) => ({ id: row.applicationId, deletedAt })));
        return { jobId };
      },
    },
    {
      id: "settings",
      label: "Change the service's habits",
      fields: [
        { name: "accessSeconds", label: "Access token lifetime in seconds", kind: "number", value: "3600" },
        { name: "graceSeconds", label: "Seconds a spent refresh token is still taken", kind: "number", value: "0" },
        { name: "idPlace", label: "Id in webhooks", options: ["top", "data", "nested", "none"], value: "top" },
      ],
      run({ state }, input) {
        state.accessSeconds = Number(input.accessSeconds);
        state.graceSeconds = Number(input.graceSeconds);
        state.idPlace = stateSchema.shape.idPlace.parse(input.idPlace);
      },
    },
    {
      id: "redirect-uris",
      label: "Save redirect URIs",
      fields: [{ name: "urls", label: "Separated by spaces (blank allows all)", optional: true }],
      run({ state }, input) {
        state.redirectUris = (input.urls ?? "").split(/\s+/).filter(Boolean);
      },
    },
  ],
  describe: ({ state }) => [
    {
      title: "Grants",
      columns: ["Account", "State", "Refreshes", "Last used"],
      rows: state.grants.map((grant) => [
        grant.account,
        grant.revoked ? "withdrawn" : "live",
        grant.refreshes,
        grant.usedAt,
      ]),
    },
    ...state.accounts.flatMap((account) => [
      {
        title: `${account.name}: jobs`,
        note: `${account.candidates.length} candidates, ${account.webhooks.length} webhooks, on ${account.host}`,
        columns: ["Id", "Title", "Status", "Applications", "Updated"],
        rows: account.jobs
          .toReversed()
          .map((job) => [
            job.jobId,
            job.jobTitle,
            jobStatusOf(job.statusId).name,
            account.applications.filter((row) => row.jobId === job.jobId).length,
            job.updatedAt,
          ]),
      },
      {
        title: `${account.name}: applications`,
        columns: ["Id", "Candidate", "Job", "Status", "Updated"],
        rows: account.applications
          .toSorted((left, right) => right.updatedAt.localeCompare(left.updatedAt))
          .slice(0, 60)
          .map((row) => {
            const person = account.candidates.find((one) => one.candidateId === row.candidateId);
            return [
              row.applicationId,
              `${person?.firstName} ${person?.lastName}`,
              account.jobs.find((job) => job.jobId === row.jobId)?.jobTitle ?? "",
              statusOf(row.statusId).name,
              row.updatedAt,
            ];
          }),
      },
    ]),
  ],
});
