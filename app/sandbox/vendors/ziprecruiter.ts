import { createHmac, randomUUID } from "node:crypto";
import { z } from "zod";
import { rejection, revocation } from "../board-faults.ts";
import {
  type Call,
  defineSandboxVendor,
  type Field,
  header,
  json,
  jsonBody,
  type Outgoing,
  Refusal,
  type Reply,
  type Route,
  type World,
} from "../framework.ts";
import { PEOPLE } from "../names.ts";

const HOST = "api.ziprecruiter.com";

const accountSchema = z.object({
  key: z.string(),
  employer: z.string(),
  apiKey: z.string(),
  webhookSecret: z.string(),
  webhookUrl: z.string().nullable(),
  mayPost: z.boolean(),
  revoked: z.boolean(),
});
const text = (least: number) => z.string().min(least);
const jobInput = z.object({
  job_id: text(1).max(64),
  employer_id: text(1),
  employer_name: z.string().optional(),
  title: text(3),
  description: text(25),
  job_type: z.enum(["full_time", "part_time", "contractor", "contract", "temporary", "other"]),
  country: z.enum(["US", "CA", "AU"]),
  city: z.string().optional(),
  state: z.string().optional(),
  postal_code: z.string().optional(),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  apply_url: z.url().nullish(),
  requirements: z.string().optional(),
  compensation_min: z.number().int().min(0).optional(),
  compensation_max: z.number().int().min(0).optional(),
  compensation_currency: z.string().length(3).optional(),
  partner_attributes: z.record(z.string(), z.string()).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});
const placed = jobInput.refine(
  (job) =>
    Boolean(job.postal_code) ||
    Boolean(job.city && job.state) ||
    (job.latitude !== undefined && job.longitude !== undefined),
  { path: ["postal_code"], message: "needs postal_code, city and state, or latitude and longitude" },
);
const storedJob = z.object({
  account: z.string(),
  job: jobInput,
  status: z.enum(["pending", "active", "rejected", "closed"]),
  reason: z.string().nullable(),
  questions: z.array(z.unknown()),
  feature: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  writes: z.number(),
});
const stateSchema = z.object({
  accounts: z.array(accountSchema),
  jobs: z.array(storedJob),
  applications: z.array(
    z.object({
      at: z.string(),
      account: z.string(),
      jobId: z.string(),
      responseId: z.string(),
      name: z.string(),
      answered: z.string(),
    }),
  ),
  signals: z.array(z.object({ at: z.string(), account: z.string(), signal: z.record(z.string(), z.unknown()) })),
  /** No limit is published; a small one shows how the portal waits. */
  perSecond: z.number(),
  review: z.boolean(),
  rejectNext: z.string().nullable(),
});
type State = z.infer<typeof stateSchema>;
type Account = State["accounts"][number];

const account = (key: string, employer: string, suffix = key): Account => ({
  key,
  employer,
  apiKey: `zr-key-${suffix}-91c4`,
  webhookSecret: `zr-secret-${suffix}`,
  webhookUrl: null,
  mayPost: suffix !== "readonly",
  revoked: suffix === "revoked",
});

const problem = (status: number, message: string): Reply => json(status, { error: { message } });

/** The key directly after `Basic`, or as the user name of ordinary Basic credentials. */
const keyOf = (call: Call): string => {
  const given = /^Basic (.+)$/i.exec(header(call, "authorization"))?.[1] ?? "";
  const decoded = Buffer.from(given, "base64").toString("utf8");
  return decoded.endsWith(":") ? decoded.slice(0, -1) : given;
};

const recent = new WeakMap<State, Map<string, number[]>>();

const tooFast = (state: State, key: string, now: number) => {
  const known = recent.get(state) ?? new Map<string, number[]>();
  recent.set(state, known);
  const calls = (known.get(key) ?? []).filter((at) => at > now - 1000);
  known.set(key, [...calls, now]);
  return calls.length >= state.perSecond;
};

const asPartner = (call: Call, world: World<State>, handle: (own: Account) => Reply): Reply => {
  const own = world.state.accounts.find((candidate) => candidate.apiKey === keyOf(call));
  if (!own || own.revoked) return problem(401, "The API key is not valid");
  if (tooFast(world.state, own.apiKey, world.now().getTime()))
    return json(429, { error: { message: "Too many requests" } }, { "retry-after": "1" });
  if (!own.mayPost) return problem(403, "The API key is not enabled for the Job API");
  return handle(own);
};

const find = (state: State, own: Account, id: string | undefined) =>
  state.jobs.find((stored) => stored.account === own.key && stored.job.job_id === id);

const print = (stored: State["jobs"][number]) => ({
  ...stored.job,
  status: stored.status,
  ...(stored.reason ? { reason: stored.reason } : {}),
  created_at: stored.createdAt,
  updated_at: stored.updatedAt,
});

const withJob = (call: Call, over: Record<string, string>, handle: (job: z.infer<typeof jobInput>) => Reply): Reply => {
  const body = z.record(z.string(), z.unknown()).safeParse(jsonBody(call));
  if (!body.success) return problem(400, "The body is not a JSON object");
  const parsed = placed.safeParse({ ...body.data, ...over });
  if (parsed.success) return handle(parsed.data);
  return json(400, {
    error: {
      message: "Invalid job",
      fields: parsed.error.issues.map((issue) => ({ field: issue.path.join("."), message: issue.message })),
    },
  });
};

/** Review where it is switched on, and the rejection that was asked for. */
const verdict = (state: State): Pick<State["jobs"][number], "status" | "reason"> => {
  const reason = state.rejectNext;
  state.rejectNext = null;
  if (reason) return { status: "rejected", reason };
  return { status: state.review ? "pending" : "active", reason: null };
};

const create: Route<State>["handle"] = (call, world) =>
  asPartner(call, world, (own) =>
    withJob(call, {}, (job) => {
      if (find(world.state, own, job.job_id)) return problem(409, `A job with job_id ${job.job_id} exists already`);
      const at = world.now().toISOString();
      const stored = {
        account: own.key,
        job,
        ...verdict(world.state),
        questions: [],
        feature: null,
        createdAt: at,
        updatedAt: at,
        writes: 1,
      };
      world.state.jobs.push(stored);
      return json(201, print(stored));
    }),
  );

const update: Route<State>["handle"] = (call, world) =>
  asPartner(call, world, (own) =>
    withJob(call, call.params.id === undefined ? {} : { job_id: call.params.id }, (job) => {
      const stored = find(world.state, own, job.job_id);
      if (!stored) return problem(404, "No such job");
      const seen = stored.status === "active" ? { status: stored.status, reason: null } : verdict(world.state);
      Object.assign(stored, { job, ...seen, updatedAt: world.now().toISOString(), writes: stored.writes + 1 });
      return json(200, print(stored));
    }),
  );

const onJob =
  (handle: (stored: State["jobs"][number], call: Call, world: World<State>) => Reply): Route<State>["handle"] =>
  (call, world) =>
    asPartner(call, world, (own) => {
      const stored = find(world.state, own, call.params.id);
      return stored && stored.status !== "closed" ? handle(stored, call, world) : problem(404, "No such job");
    });

const questionSchema = z.array(
  z.looseObject({
    question_id: z.string(),
    question: z.string(),
    type: z.enum(["text", "date", "select", "multiselect", "upload"]),
  }),
);
const setQuestions = onJob((stored, call) => {
  const parsed = questionSchema.safeParse(jsonBody(call));
  if (!parsed.success) return problem(400, z.prettifyError(parsed.error));
  stored.questions = parsed.data;
  return json(200, stored.questions);
});

const signalSchema = z
  .looseObject({
    zr_application_id: z.string(),
    event: z.enum([
      "received",
      "viewed",
      "contacted",
      "assessment",
      "interviewed",
      "offered",
      "prehire",
      "hired",
      "rejected",
      "unable_to_map",
    ]),
    event_timestamp: z.iso.datetime({ offset: true }),
    reason: z.string().optional(),
    status_name: z.string().optional(),
    status_group: z.string().optional(),
  })
  .refine((signal) => signal.event !== "rejected" || Boolean(signal.reason), "rejected needs a reason")
  .refine(
    (signal) => signal.event !== "unable_to_map" || Boolean(signal.status_name || signal.status_group),
    "unable_to_map needs a status",
  );

/** Base64 HMAC-SHA256 of the time stamp, a dot and the raw body. */
export const signZipRecruiter = (body: string, secret: string, timestamp: string): string =>
  createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("base64");

const RESUME = Buffer.from("%PDF-1.4\n% A made-up resume\n%%EOF\n").toString("base64");

const application = (world: World<State>, fields: Record<string, string>): readonly Outgoing[] => {
  const own = world.state.accounts.find((candidate) => candidate.key === (fields.account || "acme"));
  const jobs = world.state.jobs.filter((stored) => stored.account === own?.key && stored.status === "active");
  const stored = fields.jobId ? jobs.find(({ job }) => job.job_id === fields.jobId) : jobs.at(-1);
  if (!own?.webhookUrl) return [];
  const [first, last] = fields.name
    ? [fields.name.split(" ")[0] ?? "", fields.name.split(" ").slice(1).join(" ")]
    : PEOPLE(world.state.applications.length + 3);
  const id = fields.responseId || `r-${randomUUID()}`;
  const body = JSON.stringify({
    response_id: id,
    zr_application_id: `za-${id.slice(2, 10)}`,
    job_id: stored?.job.job_id ?? fields.jobId ?? "unknown",
    name: `${first} ${last}`,
    first_name: first,
    last_name: last,
    email: fields.email || `${first}.${last}@mail.example`.toLowerCase().replace(/[^\x21-\x7e]/g, "x"),
    phone: "+1 5555550123",
    resume: RESUME,
    answers: [{ id: "licence", value: "yes" }],
    attributes: stored?.job.partner_attributes ?? {},
    profile: {
      executive_summary: "Ten years of good work",
      text_resume: "",
      city: "Waterloo",
      state: "IA",
      postal_code: "50701",
      job_records: [],
      education_records: [],
    },
  });
  return [{ id, url: own.webhookUrl, secret: own.webhookSecret, body }];
};

const ACCOUNT: Field = { name: "account", label: "Account", options: ["acme", "birch", "cedar"], value: "acme" };

const chosen = (state: State, input: Record<string, string>): Account => {
  const own = state.accounts.find((candidate) => candidate.key === input.account);
  if (!own) throw new Refusal(`There is no account ${input.account}`);
  return own;
};

const chosenJob = (state: State, input: Record<string, string>) => {
  const found = input.jobId
    ? state.jobs.find(({ job }) => job.job_id === input.jobId)
    : state.jobs.findLast(({ status }) => status === "pending" || status === "active");
  if (!found) throw new Refusal("There is no such job");
  return found;
};

const JOB: Field = { name: "jobId", label: "job_id (blank: the newest)", optional: true };
const PATH = "/partner/v0/job";

export default defineSandboxVendor<State>({
  id: "ziprecruiter",
  name: "ZipRecruiter",
  about:
    "A job board with a posting API and signed applications. It documents no review; switch one on to see the portal wait.",
  hosts: [HOST],
  state: stateSchema,
  seed: () => ({
    accounts: [
      account("acme", "Acme Logistics"),
      account("birch", "Birch and Sons"),
      account("acme", "Acme Logistics", "readonly"),
      account("acme", "Acme Logistics", "revoked"),
      account("cedar", "Cedar Works"),
    ],
    jobs: [],
    applications: [],
    signals: [],
    perSecond: 50,
    review: false,
    rejectNext: null,
  }),
  account: (call, { state }) => state.accounts.find((own) => own.apiKey === keyOf(call))?.key ?? null,
  failure: (_call, status, retryAfter) =>
    json(
      status,
      { error: { message: "Something went wrong" } },
      retryAfter === null ? {} : { "retry-after": retryAfter },
    ),
  credentials: ({ state }) =>
    Object.fromEntries(
      (["good", "other", "missingScope", "revoked", "empty"] as const).flatMap((name, index) => {
        const own = state.accounts[index];
        return own
          ? [
              [
                name,
                {
                  accountName: own.employer,
                  config: {
                    apiKey: own.apiKey,
                    keyForm: "raw",
                    employerId: own.key,
                    employerName: own.employer,
                    webhookSecret: own.webhookSecret,
                  },
                },
              ],
            ]
          : [];
      }),
    ),
  routes: [
    { method: "POST", host: HOST, path: PATH, handle: create },
    { method: "PUT", host: HOST, path: PATH, handle: update },
    { method: "PUT", host: HOST, path: `${PATH}/:id`, handle: update },
    { method: "GET", host: HOST, path: `${PATH}/:id`, handle: onJob((stored) => json(200, print(stored))) },
    {
      method: "DELETE",
      host: HOST,
      path: `${PATH}/:id`,
      handle: onJob((stored, _call, world) => {
        Object.assign(stored, { status: "closed", updatedAt: world.now().toISOString() });
        return { status: 204 };
      }),
    },
    {
      method: "GET",
      host: HOST,
      path: `${PATH}/:id/questions`,
      handle: onJob((stored) => json(200, stored.questions)),
    },
    { method: "POST", host: HOST, path: `${PATH}/:id/questions`, handle: setQuestions },
    { method: "PUT", host: HOST, path: `${PATH}/:id/questions`, handle: setQuestions },
    {
      method: "DELETE",
      host: HOST,
      path: `${PATH}/:id/questions`,
      handle: onJob((stored) => {
        stored.questions = [];
        return { status: 204 };
      }),
    },
    {
      method: "POST",
      host: HOST,
      path: "/hiring-signal/v0/event",
      handle: (call, world) =>
        asPartner(call, world, (own) => {
          const parsed = signalSchema.safeParse(jsonBody(call));
          if (!parsed.success) return problem(400, z.prettifyError(parsed.error));
          world.state.signals.push({ at: world.now().toISOString(), account: own.key, signal: parsed.data });
          return json(200, {});
        }),
    },
  ],
  webhooks: {
    events: ["application"],
    build: (world, _event, fields) => application(world, fields),
    sign(delivery, at) {
      const timestamp = at.toISOString();
      return {
        "X-ZipRecruiter-Signature-Timestamp": timestamp,
        "X-ZipRecruiter-Signature": signZipRecruiter(delivery.body, delivery.secret, timestamp),
      };
    },
    retryAfterMs: [5000, 60_000, 600_000],
  },
  faults: {
    ...revocation(
      "Withdraw API keys",
      (state: State) => state.accounts,
      (own) => own.apiKey.includes("revoked"),
    ),
    "reject-next-posting": rejection("The job asks candidates to pay for training"),
  },
  actions: [
    {
      id: "register-webhook",
      label: "Register the Apply webhook",
      fields: [ACCOUNT, { name: "url", label: "Endpoint URL" }],
      run({ state }, input) {
        chosen(state, input).webhookUrl = input.url ?? null;
      },
    },
    {
      id: "apply",
      label: "Let somebody apply",
      fields: [
        ACCOUNT,
        JOB,
        { name: "name", label: "Name", optional: true },
        { name: "email", label: "E-mail", optional: true },
      ],
      async run(world, input) {
        const own = chosen(world.state, input);
        const responseId = `r-${randomUUID()}`;
        const job = world.state.jobs.findLast(
          (stored) =>
            stored.account === own.key &&
            stored.status === "active" &&
            (!input.jobId || stored.job.job_id === input.jobId),
        );
        if (!job) throw new Refusal("There is no live job to apply to");
        if (!own.webhookUrl) throw new Refusal("No Apply webhook is registered");
        const [sent] = await world.emit("application", { ...input, jobId: job.job.job_id, responseId });
        const answered = sent?.status ? String(sent.status) : (sent?.error ?? "not sent");
        world.state.applications.push({
          at: world.now().toISOString(),
          account: own.key,
          jobId: job.job.job_id,
          responseId,
          name: input.name ?? "",
          answered,
        });
        return { responseId, answered };
      },
    },
    {
      id: "approve",
      label: "Approve a job",
      fields: [JOB],
      run({ state }, input) {
        Object.assign(chosenJob(state, input), { status: "active", reason: null });
      },
    },
    {
      id: "reject",
      label: "Reject a job",
      fields: [JOB, { name: "reason", label: "Reason", value: "The job asks candidates to pay for training" }],
      run({ state }, input) {
        Object.assign(chosenJob(state, input), { status: "rejected", reason: input.reason });
      },
    },
    {
      id: "settings",
      label: "Change the board's habits",
      fields: [
        { name: "review", label: "Review before a job goes live", options: ["off", "on"], value: "off" },
        { name: "perSecond", label: "Calls a second", kind: "number", value: "50" },
      ],
      run({ state }, input) {
        state.review = input.review === "on";
        state.perSecond = Number(input.perSecond);
      },
    },
  ],
  describe: ({ state }) => [
    {
      title: "Jobs",
      columns: ["job_id", "Account", "Title", "State", "Reason", "Writes", "Updated"],
      rows: state.jobs
        .toReversed()
        .map((stored) => [
          stored.job.job_id,
          stored.account,
          stored.job.title,
          stored.status,
          stored.reason ?? "",
          stored.writes,
          stored.updatedAt,
        ]),
    },
    {
      title: "Applications sent",
      columns: ["At", "Account", "Job", "response_id", "Answer"],
      rows: state.applications
        .toReversed()
        .map((sent) => [sent.at, sent.account, sent.jobId, sent.responseId, sent.answered]),
    },
    {
      title: "Hiring signals",
      columns: ["At", "Account", "Signal"],
      rows: state.signals.toReversed().map(({ at, account: key, signal }) => [at, key, JSON.stringify(signal)]),
    },
  ],
});
