import { createHmac } from "node:crypto";
import { growAction } from "../ats-actions.ts";
import { defineSandboxVendor, type Field, header, Refusal, type World } from "../framework.ts";
import { API, callerOf, jobviteRoutes, refuse, STAGE_API } from "./jobvite/routes.ts";
import {
  type Account,
  type Application,
  accountOf,
  addApplication,
  addJob,
  grow,
  hire,
  STAGES,
  type State,
  seedJobvite,
  stateSchema,
} from "./jobvite/state.ts";

const ACCOUNT: Field = { name: "account", label: "Company id", options: ["acme", "birch", "cedar"], value: "acme" };
const APPLICATION: Field = { name: "applicationId", label: "Application (blank: the newest)", optional: true };

const applicationIn = (account: Account, id: string | undefined): Application => {
  const found = id ? account.applications.find(({ eId }) => eId === id) : account.applications.at(-1);
  if (!found) throw new Refusal("There is no such application");
  return found;
};

const chosen = (world: World<State>, input: Record<string, string>): Account =>
  accountOf(world.state, input.account || "acme");

/** What each event is about: the last part of the address it is sent to. */
const TOPICS: Readonly<Record<string, "candidate" | "job">> = {
  APPLICATION_CREATED: "candidate",
  APPLICATION_STAGE: "candidate",
  JOB_UPDATED: "job",
  SOMETHING_NEW: "job",
};

export default defineSandboxVendor<State>({
  id: "jobvite",
  name: "Jobvite",
  about: "An applicant tracking system: jobs, candidates with files, onboarding in an encrypted envelope, webhooks.",
  hosts: [API, STAGE_API],
  idField: "eId",
  state: stateSchema,
  seed: seedJobvite,
  routes: jobviteRoutes,
  failure: (_call, status, retryAfter) => {
    const reply = refuse(status, status === 429 ? "Too many requests" : "Internal error");
    return retryAfter === null ? reply : { ...reply, headers: { ...reply.headers, "retry-after": retryAfter } };
  },
  account: (call, world) =>
    world.state.credentials.find((one) => one.apiKey === header(call, "x-jvi-api"))?.account ??
    callerOf(call, world)?.account ??
    null,
  faults: {
    revoke: {
      label: "Withdraw the key",
      run({ state }, input) {
        for (const one of state.credentials) if (!input.account || one.account === input.account) one.revoked = true;
      },
    },
  },
  credentials({ state }) {
    const notes = {
      good: "A busy company.",
      other: "A second, smaller company.",
      missingScope: "The key may read jobs only.",
      revoked: "The key was withdrawn.",
      empty: "A company without jobs.",
    };
    const entries = Object.entries(notes).flatMap(([name, note], index) => {
      const own = state.credentials[index];
      if (!own) return [];
      const account = accountOf(state, own.account);
      const config = {
        companyId: account.key,
        apiKey: own.apiKey,
        apiSecret: own.secret,
        webhookKey: account.signingKey,
        files: "on",
        onboarding: own.rights.includes("process") ? "on" : "off",
        jobvitePublicKey: state.keys.vendorPublic.trim(),
        ourKey: state.keys.demoPrivate.trim(),
      };
      const accountName = account.applications.length > 0 ? account.name : account.key;
      return [[name, { accountName, config, note: `${account.name}. ${note}` }] as const];
    });
    return Object.fromEntries(entries);
  },
  webhooks: {
    events: Object.keys(TOPICS),
    build(world, event, fields) {
      const account = chosen(world, fields);
      const topic = TOPICS[event] ?? "job";
      const id = `evt-${world.state.next++}`;
      const application =
        account.applications.find(({ eId }) => eId === fields.applicationId) ?? account.applications.at(-1);
      const job = account.jobs.find(({ eId }) => eId === fields.jobId) ?? account.jobs.at(-1);
      const about = topic === "candidate" ? { applicationId: application?.eId ?? "" } : { jobId: job?.eId ?? "" };
      const body = JSON.stringify({
        eventType: event,
        url: `https://app.jobvite.com/${topic}`,
        id,
        ...about,
        oldValue: fields.oldValue ?? "",
        newValue: fields.newValue ?? application?.workflowState ?? "",
        date: world.now().getTime(),
      });
      return account.hooks.map(({ url, secret }) => ({ id, url: `${url}/${topic}`, secret, body }));
    },
    sign: (delivery) => ({
      "X-Jobvite-Event-Signature": createHmac("sha256", delivery.secret).update(delivery.body).digest("base64"),
    }),
  },
  actions: [
    {
      id: "register-webhooks",
      label: "Set the webhooks up",
      fields: [
        ACCOUNT,
        { name: "url", label: "Address up to the company id" },
        { name: "secret", label: "Signing key (blank: the company's)", optional: true },
      ],
      run(world, input) {
        const account = chosen(world, input);
        const url = (input.url ?? "").replace(/\/(candidate|job)?\/?$/, "");
        account.hooks = [{ url, secret: input.secret || account.signingKey }];
        return { url };
      },
    },
    {
      id: "register-key",
      label: "Take the customer's public key",
      fields: [ACCOUNT, { name: "publicKey", label: "Public key (PEM)", kind: "textarea" }],
      run(world, input) {
        const body = (input.publicKey ?? "").replace(/-----[A-Z ]+-----|\s/g, "");
        chosen(world, input).customerKey =
          `-----BEGIN PUBLIC KEY-----\n${body.match(/.{1,64}/g)?.join("\n")}\n-----END PUBLIC KEY-----\n`;
      },
    },
    growAction(ACCOUNT, chosen, grow, { jobs: "Jobs", candidates: "Applications" }, (account) => ({
      jobs: account.jobs.length,
      applications: account.applications.length,
    })),
    {
      id: "apply",
      label: "Somebody applies",
      fields: [ACCOUNT],
      run(world, input) {
        const account = chosen(world, input);
        const job = account.jobs.find(({ jobState }) => jobState === "Open");
        if (!job) throw new Refusal("No job is open");
        const at = world.now().getTime();
        const person = account.applications.length + 7;
        const application = addApplication(world.state, account, person, job.eId, at, { state: "New" });
        world.emit("APPLICATION_CREATED", { account: account.key, applicationId: application.eId });
        return { applicationId: application.eId, jobId: job.eId };
      },
    },
    {
      id: "move",
      label: "Move to another state",
      fields: [ACCOUNT, APPLICATION, { name: "state", label: "State", options: STAGES, value: "Interview" }],
      run(world, input) {
        const account = chosen(world, input);
        const application = applicationIn(account, input.applicationId);
        const oldValue = application.workflowState;
        const newValue = input.state ?? "Interview";
        Object.assign(application, { workflowState: newValue, lastUpdatedDate: world.now().getTime() });
        world.emit("APPLICATION_STAGE", {
          ...{ account: account.key, applicationId: application.eId, oldValue, newValue },
        });
        return { applicationId: application.eId, state: newValue };
      },
    },
    {
      id: "hire",
      label: "Hire and begin onboarding",
      fields: [ACCOUNT, APPLICATION],
      run(world, input) {
        const account = chosen(world, input);
        const application = applicationIn(account, input.applicationId);
        hire(world.state, account, application, world.now().getTime());
        world.emit("APPLICATION_STAGE", { account: account.key, applicationId: application.eId, newValue: "Hired" });
        return { applicationId: application.eId };
      },
    },
    {
      id: "add-job",
      label: "Open a job",
      fields: [ACCOUNT, { name: "title", label: "Title", value: "Harbour Pilot" }],
      run(world, input) {
        const account = chosen(world, input);
        const job = addJob(world.state, account, input.title ?? "", world.now().getTime());
        world.emit("JOB_UPDATED", { account: account.key, jobId: job.eId });
        return { jobId: job.eId };
      },
    },
    {
      id: "close-job",
      label: "Close a job",
      fields: [ACCOUNT, { name: "jobId", label: "Job (blank: the newest)", optional: true }],
      run(world, input) {
        const account = chosen(world, input);
        const job = input.jobId ? account.jobs.find(({ eId }) => eId === input.jobId) : account.jobs.at(-1);
        if (!job) throw new Refusal("There is no such job");
        Object.assign(job, { jobState: "Closed", lastUpdatedDate: world.now().getTime() });
        world.emit("JOB_UPDATED", { account: account.key, jobId: job.eId });
        return { jobId: job.eId };
      },
    },
  ],
  describe: ({ state }) =>
    state.accounts.flatMap((account) => [
      {
        title: `${account.name} (${account.key}): jobs`,
        note: `${account.applications.length} applications, ${account.processes.length} onboardings, ${account.hooks.length} webhook addresses`,
        columns: ["Id", "Title", "State", "City"],
        rows: account.jobs.toReversed().map((job) => [job.eId, job.title, job.jobState, job.city]),
      },
      {
        title: `${account.name}: applications`,
        columns: ["Id", "Job", "State", "Updated"],
        rows: account.applications
          .toSorted((left, right) => right.lastUpdatedDate - left.lastUpdatedDate)
          .slice(0, 60)
          .map((one) => [one.eId, one.jobId, one.workflowState, new Date(one.lastUpdatedDate).toISOString()]),
      },
    ]),
});
