import { z } from "zod";
import { PEOPLE, pick, TRADES, titleOf } from "../../names.ts";

const status = z.object({ statusId: z.number(), name: z.string(), active: z.boolean(), default: z.boolean() });
const applicationStatus = status.extend({
  rejected: z.boolean(),
  defaultRejected: z.boolean(),
  workflow: z.object({
    stage: z.string(),
    stageIndex: z.number(),
    progress: z.enum(["Started", "InProgress", "Complete"]),
  }),
});
const jobSchema = z.object({
  jobId: z.number(),
  jobTitle: z.string(),
  jobDescription: z.string(),
  area: z.string(),
  city: z.string(),
  countryCode: z.string(),
  category: z.string(),
  workType: z.string(),
  numberOfJobs: z.number(),
  salary: z.object({ rateLow: z.number(), rateHigh: z.number(), currency: z.string() }).nullable(),
  statusId: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
  closedAt: z.string().nullable(),
});
const adSchema = z.object({
  adId: z.number(),
  jobId: z.number(),
  title: z.string(),
  description: z.string(),
  postAt: z.string(),
  expireAt: z.string().nullable(),
});
const candidateSchema = z.object({
  candidateId: z.number(),
  firstName: z.string(),
  lastName: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  mobile: z.string().nullable(),
  source: z.string().nullable(),
  position: z.string().nullable(),
  employer: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
const applicationSchema = z.object({
  applicationId: z.number(),
  jobId: z.number(),
  candidateId: z.number(),
  statusId: z.number(),
  source: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
const webhookSchema = z.object({
  webhookId: z.string(),
  name: z.string(),
  status: z.enum(["Enabled", "Disabled", "Suspended", "Failed"]),
  url: z.string(),
  events: z.array(z.string()),
  authorization: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  suspendedAt: z.string().nullable(),
});
const gone = z.array(z.object({ id: z.number(), deletedAt: z.string() }));
const accountSchema = z.object({
  key: z.string(),
  name: z.string(),
  /** The instance it lives on; every record answers 404 anywhere else. */
  host: z.string(),
  user: z.object({ userId: z.number(), email: z.string(), admin: z.boolean() }),
  jobs: z.array(jobSchema),
  ads: z.array(adSchema),
  candidates: z.array(candidateSchema),
  applications: z.array(applicationSchema),
  deleted: z.object({ jobs: gone, candidates: gone, applications: gone }),
  webhooks: z.array(webhookSchema),
});
const grantSchema = z.object({
  account: z.string(),
  scopes: z.array(z.string()),
  refreshToken: z.string(),
  /** The token before the present one, while it is still taken. */
  previous: z.object({ value: z.string(), until: z.string() }).nullable(),
  access: z.array(z.object({ value: z.string(), expiresAt: z.string() })),
  revoked: z.boolean(),
  usedAt: z.string(),
  /** How often a new set was given out for this grant. */
  refreshes: z.number(),
});

export const stateSchema = z.object({
  clientId: z.string(),
  clientSecret: z.string(),
  redirectUris: z.array(z.string()),
  accessSeconds: z.number(),
  /** For how long a spent refresh token is still taken; the vendor promises nothing, so none by default. */
  graceSeconds: z.number(),
  /** Where a webhook carries the id of what it is about, which the vendor does not document. */
  idPlace: z.enum(["top", "data", "nested", "none"]),
  accounts: z.array(accountSchema),
  grants: z.array(grantSchema),
  codes: z.array(
    z.object({
      value: z.string(),
      account: z.string(),
      scopes: z.array(z.string()),
      redirectUri: z.string(),
      expiresAt: z.string(),
      used: z.boolean(),
    }),
  ),
  nextId: z.number(),
});
export type State = z.infer<typeof stateSchema>;
export type Account = z.infer<typeof accountSchema>;
export type Job = z.infer<typeof jobSchema>;
export type Ad = z.infer<typeof adSchema>;
export type Candidate = z.infer<typeof candidateSchema>;
export type Application = z.infer<typeof applicationSchema>;
export type Hook = z.infer<typeof webhookSchema>;
export type Grant = z.infer<typeof grantSchema>;

const workflow = (stage: string, stageIndex: number, progress: "Started" | "InProgress" | "Complete") => ({
  stage,
  stageIndex,
  progress,
});

/** The same names in every account here; in truth each account has its own. */
export const JOB_STATUSES: readonly z.infer<typeof status>[] = [
  { statusId: 3, name: "Open", active: true, default: true },
  { statusId: 4, name: "On hold", active: true, default: false },
  { statusId: 5, name: "Filled", active: false, default: false },
];
export const STATUSES: readonly z.infer<typeof applicationStatus>[] = [
  { statusId: 20, name: "New", active: true, default: true, workflow: workflow("New", 0, "Started") },
  { statusId: 21, name: "Phone screen", active: true, default: false, workflow: workflow("Screen", 1, "InProgress") },
  { statusId: 22, name: "Interview", active: true, default: false, workflow: workflow("Interview", 2, "InProgress") },
  { statusId: 23, name: "Offer", active: true, default: false, workflow: workflow("Offer", 3, "InProgress") },
  { statusId: 24, name: "Placed", active: false, default: false, workflow: workflow("Placed", 4, "Complete") },
  { statusId: 25, name: "Not suitable", active: false, default: false, workflow: workflow("New", 0, "Started") },
].map((row) => ({
  ...row,
  workflow: row.workflow,
  rejected: row.statusId === 25,
  defaultRejected: row.statusId === 25,
}));

export const jobStatusOf = (id: number) => JOB_STATUSES.find((one) => one.statusId === id) ?? pick(JOB_STATUSES, 0);
export const statusOf = (id: number) => STATUSES.find((one) => one.statusId === id) ?? pick(STATUSES, 0);

const PLACES = [
  ["Leeds", "GB"],
  ["Auckland", "NZ"],
  ["Brisbane", "AU"],
] as const;
const WORK_TYPES = ["Full-time", "Part-time", "Contract", "Temp/Casual"] as const;

export const newId = (state: State): number => {
  state.nextId += 1;
  return state.nextId;
};

export const addJob = (state: State, account: Account, jobTitle: string, at: string, statusId = 3): Job => {
  const id = newId(state);
  const [city, countryCode] = pick(PLACES, id);
  const job: Job = {
    jobId: 410_000 + id,
    jobTitle,
    jobDescription: `<p>For ${account.name} only: what the client said about the ${jobTitle}.</p>`,
    area: city,
    city,
    countryCode,
    category: pick(["Logistics", "Health", "Engineering"], id),
    workType: pick(WORK_TYPES, id),
    numberOfJobs: 1 + (id % 3),
    salary: id % 2 === 0 ? { rateLow: 28_000, rateHigh: 32_000, currency: "GBP" } : null,
    statusId,
    createdAt: at,
    updatedAt: at,
    closedAt: statusId === 5 ? at : null,
  };
  account.jobs.push(job);
  const day = (days: number) => new Date(Date.parse(at) + days * 86_400_000).toISOString();
  if (statusId === 3)
    account.ads.push({
      adId: 5_000 + id,
      jobId: job.jobId,
      title: jobTitle,
      description: `<p>We look for a ${jobTitle} in ${city}.</p>`,
      postAt: at,
      expireAt: day(60),
    });
  return job;
};

export const addCandidate = (state: State, account: Account, number: number, at: string): Candidate => {
  const [firstName, lastName] = PEOPLE(number);
  const candidate: Candidate = {
    candidateId: 700_000 + newId(state),
    firstName,
    lastName,
    email: `${firstName}.${lastName}.${number}@mail.example`
      .toLowerCase()
      .normalize("NFD")
      .replace(/[^\x21-\x7e]/g, ""),
    phone: null,
    mobile: `+44 7700 9${String(number % 100_000).padStart(5, "0")}`,
    source: "Seek",
    position: number % 3 === 0 ? pick(TRADES, number) : null,
    employer: number % 3 === 0 ? "Old Mill Ltd" : null,
    createdAt: at,
    updatedAt: at,
  };
  account.candidates.push(candidate);
  return candidate;
};

export const addApplication = (
  state: State,
  account: Account,
  of: { jobId: number; candidateId: number; source: string | null; statusId?: number },
  at: string,
): Application => {
  const { statusId = 20, ...rest } = of;
  // Ids outgrow 32 bits, as the vendor's do.
  const application = { applicationId: 9_000_000_000 + newId(state), statusId, ...rest, createdAt: at, updatedAt: at };
  account.applications.push(application);
  return application;
};

/** Grows an account; times go back a minute per row, so that filters have something to find. */
export const grow = (
  state: State,
  account: Account,
  want: { jobs: number; candidates: number; applications: number },
  now: Date,
): void => {
  const at = (back: number) => new Date(now.getTime() - 3_600_000 - back * 60_000).toISOString();
  while (account.jobs.length < want.jobs) {
    const number = account.jobs.length;
    const title = titleOf(number);
    addJob(state, account, title, at(want.jobs - number), number % 9 === 8 ? 5 : 3);
  }
  while (account.candidates.length < want.candidates)
    addCandidate(state, account, account.candidates.length, at(want.candidates - account.candidates.length));
  const open = account.jobs.filter((job) => job.statusId === 3);
  for (let number = account.applications.length; number < want.applications; number++) {
    const candidate = account.candidates[number % account.candidates.length];
    const job = open[(number * 7 + Math.floor(number / account.candidates.length)) % open.length];
    if (!candidate || !job) return;
    const of = { jobId: job.jobId, candidateId: candidate.candidateId, source: "Seek" };
    addApplication(state, account, { ...of, statusId: pick([20, 20, 21, 22, 23, 24, 25], number) }, at(number % 90));
  }
};

export const ALL_SCOPES = [
  "read_job",
  "read_jobad",
  "read_jobapplication",
  "write_jobapplication",
  "read_candidate",
  "write_candidate",
  "read_user",
  "offline_access",
];

const account = (key: string, name: string, host: string, admin = true): Account => ({
  key,
  name,
  host,
  user: { userId: 31, email: `lee@${key}.example`, admin },
  jobs: [],
  ads: [],
  candidates: [],
  applications: [],
  deleted: { jobs: [], candidates: [], applications: [] },
  webhooks: [],
});

const grant = (name: string, of: string, now: Date, scopes = ALL_SCOPES, revoked = false): Grant => ({
  account: of,
  scopes: [...scopes],
  refreshToken: `ja-refresh-${name}`,
  previous: null,
  access: [{ value: `ja-access-${name}`, expiresAt: new Date(now.getTime() + 3_600_000).toISOString() }],
  revoked,
  usedAt: now.toISOString(),
  refreshes: 0,
});

export const seedJobadder = (now: Date): State => {
  const acme = account("acme", "Acme Recruiting", "api.jobadder.com");
  const birch = account("birch", "Birch Talent", "eu-api.jobadder.com", false);
  const cedar = account("cedar", "Cedar People", "api.jobadder.com");
  const state: State = {
    clientId: "patchbay-sandbox",
    clientSecret: "patchbay-sandbox-secret",
    redirectUris: [],
    accessSeconds: 3600,
    graceSeconds: 0,
    idPlace: "top",
    accounts: [acme, birch, cedar],
    grants: [
      grant("acme", "acme", now),
      grant("birch", "birch", now),
      grant("cedar", "cedar", now),
      grant(
        "noscope",
        "acme",
        now,
        ALL_SCOPES.filter((scope) => !scope.includes("application")),
      ),
      grant("revoked", "acme", now, ALL_SCOPES, true),
    ],
    codes: [],
    nextId: 100,
  };
  grow(state, acme, { jobs: 12, candidates: 40, applications: 55 }, now);
  grow(state, birch, { jobs: 4, candidates: 9, applications: 11 }, now);
  return state;
};

export const accountOf = (state: State, key: string): Account | undefined =>
  state.accounts.find((candidate) => candidate.key === key);
