import { z } from "zod";
import { PEOPLE, pick, TRADES, titleOf } from "../../names.ts";

const ref = z.number().nullable();
const stamp = z.string();
const contact = z.object({ value: z.string(), type: z.string() });

export const jobSchema = z.object({
  id: z.number(),
  name: z.string(),
  requisition_id: z.string().nullable(),
  notes: z.string().nullable(),
  confidential: z.boolean(),
  status: z.enum(["open", "closed", "draft"]),
  opened_at: stamp.nullable(),
  closed_at: stamp.nullable(),
  is_template: z.boolean(),
  copied_from_id: ref,
  department_id: ref,
  office_ids: z.array(z.number()),
  custom_fields: z.record(z.string(), z.unknown()),
  created_at: stamp,
  updated_at: stamp,
});
const jobPostSchema = z.object({
  id: z.number(),
  title: z.string(),
  internal: z.boolean(),
  active: z.boolean(),
  live: z.boolean(),
  featured: z.boolean(),
  first_published_at: stamp.nullable(),
  content: z.string(),
  language: z.string(),
  public_url: z.string().nullable(),
  job_id: z.number(),
  job_board_id: z.number(),
  created_at: stamp,
  updated_at: stamp,
});
const openingSchema = z.object({
  id: z.number(),
  job_id: z.number(),
  opening_id: z.string(),
  open: z.boolean(),
  opened_at: stamp,
  closed_at: stamp.nullable(),
  application_id: ref,
  close_reason_id: ref,
  created_at: stamp,
  updated_at: stamp,
});
const stageSchema = z.object({
  id: z.number(),
  job_id: z.number(),
  name: z.string(),
  sort_order: z.number(),
  active: z.boolean(),
  created_at: stamp,
  updated_at: stamp,
});
export const candidateSchema = z.object({
  id: z.number(),
  first_name: z.string(),
  last_name: z.string(),
  preferred_name: z.string().nullable(),
  company: z.string().nullable(),
  title: z.string().nullable(),
  created_at: stamp,
  updated_at: stamp,
  last_activity_at: stamp,
  private: z.boolean(),
  can_email: z.boolean(),
  tags: z.array(z.string()),
  email_addresses: z.array(contact),
  phone_numbers: z.array(contact),
  addresses: z.array(contact),
  website_addresses: z.array(contact),
  social_media_addresses: z.array(z.object({ value: z.string() })),
  custom_fields: z.record(z.string(), z.unknown()),
});
export const applicationSchema = z.object({
  id: z.number(),
  candidate_id: z.number(),
  job_id: ref,
  job_post_id: ref,
  status: z.enum(["in_process", "rejected", "hired", "converted"]),
  prospect: z.boolean(),
  needs_decision: z.boolean(),
  stage_id: ref,
  stage_name: z.string().nullable(),
  job_interview_stage_id: ref,
  source_id: ref,
  referrer_id: ref,
  recruiter_id: ref,
  coordinator_id: ref,
  rejection_reason_id: ref,
  location_address: z.string().nullable(),
  answers: z.array(z.object({ question: z.string(), answer: z.string() })),
  prospective_job_ids: z.array(z.number()),
  custom_fields: z.record(z.string(), z.unknown()),
  rejected_at: stamp.nullable(),
  last_activity_at: stamp,
  created_at: stamp,
  updated_at: stamp,
});
const applicationStageSchema = z.object({
  id: z.number(),
  application_id: z.number(),
  job_interview_stage_id: z.number(),
  entered_at: stamp,
  exited_at: stamp.nullable(),
  days_in_stage: z.number(),
  current: z.boolean(),
  created_at: stamp,
  updated_at: stamp,
});
const attachmentSchema = z.object({
  id: z.number(),
  application_id: z.number(),
  candidate_id: z.number(),
  type: z.string(),
  filename: z.string(),
  content_base64: z.string(),
  created_at: stamp,
  updated_at: stamp,
});
const noteSchema = z.object({
  id: z.number(),
  candidate_id: z.number(),
  user_id: ref,
  body: z.string(),
  visibility: z.string(),
  created_at: stamp,
  updated_at: stamp,
});
const named = { id: z.number(), name: z.string(), created_at: stamp, updated_at: stamp };
const userSchema = z.object({
  id: z.number(),
  name: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  primary_email: z.string(),
  deactivated: z.boolean(),
  site_admin: z.boolean(),
  created_at: stamp,
  updated_at: stamp,
});

export const accountSchema = z.object({
  key: z.string(),
  name: z.string(),
  boardToken: z.string(),
  jobs: z.array(jobSchema),
  job_posts: z.array(jobPostSchema),
  openings: z.array(openingSchema),
  job_interview_stages: z.array(stageSchema),
  candidates: z.array(candidateSchema),
  applications: z.array(applicationSchema),
  application_stages: z.array(applicationStageSchema),
  attachments: z.array(attachmentSchema),
  notes: z.array(noteSchema),
  departments: z.array(z.object({ ...named, parent_id: ref, external_id: z.string().nullable() })),
  offices: z.array(
    z.object({
      ...named,
      location: z.string().nullable(),
      parent_id: ref,
      external_id: z.string().nullable(),
      primary_in_house_contact_user_id: ref,
    }),
  ),
  users: z.array(userSchema),
  rejection_reasons: z.array(
    z.object({ ...named, type: z.object({ id: z.number(), name: z.string(), key: z.string() }) }),
  ),
  close_reasons: z.array(z.object(named)),
  sources: z.array(z.object(named)),
  webhooks: z.array(z.object({ url: z.string(), secret: z.string() })),
});
export type Account = z.infer<typeof accountSchema>;
export type Application = z.infer<typeof applicationSchema>;
export type Candidate = z.infer<typeof candidateSchema>;

const credentialSchema = z.object({
  account: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  apiKey: z.string(),
  /** Null: every scope. */
  scopes: z.array(z.string()).nullable(),
  revoked: z.boolean(),
});

export const stateSchema = z.object({
  nextId: z.number(),
  accounts: z.array(accountSchema),
  credentials: z.array(credentialSchema),
  tokens: z.array(z.object({ value: z.string(), clientId: z.string(), sub: ref, expiresAt: z.string() })),
  /** Cursors of an older epoch are refused. */
  cursorEpoch: z.number(),
  tokenSeconds: z.number(),
  singleToken: z.boolean(),
  v1Ended: z.boolean(),
  limits: z.object({
    v3: z.object({ limit: z.number(), seconds: z.number() }),
    v1: z.object({ limit: z.number(), seconds: z.number() }),
  }),
});
export type State = z.infer<typeof stateSchema>;

export const STAGE_NAMES = ["Application Review", "Phone Screen", "On-site", "Offer"] as const;
const DAY = 86_400_000;

/** A new id. Real ones pass 2^31, and so do these. */
export const newId = (state: State): number => state.nextId++;

export const accountOf = (state: State, key: string): Account => {
  const found = state.accounts.find((account) => account.key === key);
  if (!found) throw new Error(`No account ${key}`);
  return found;
};

/** Puts an application in a stage of its job and keeps the stage history. */
export const enterStage = (
  state: State,
  account: Account,
  application: Application,
  stageId: number,
  at: string,
): void => {
  const stage = account.job_interview_stages.find((candidate) => candidate.id === stageId);
  for (const past of account.application_stages) {
    if (past.application_id !== application.id || !past.current) continue;
    Object.assign(past, { current: false, exited_at: at, updated_at: at });
    past.days_in_stage = Math.floor((Date.parse(at) - Date.parse(past.entered_at)) / DAY);
  }
  const id = newId(state);
  account.application_stages.push({
    id,
    application_id: application.id,
    job_interview_stage_id: stageId,
    entered_at: at,
    exited_at: null,
    days_in_stage: 0,
    current: true,
    created_at: at,
    updated_at: at,
  });
  Object.assign(application, { stage_id: id, stage_name: stage?.name ?? null, job_interview_stage_id: stageId });
};

/** Adds a job with its stages, an opening and a live public post. */
export const addJob = (
  state: State,
  account: Account,
  name: string,
  at: string,
  over: { status?: "open" | "closed" | "draft" } = {},
) => {
  const status = over.status ?? "open";
  const number = account.jobs.length;
  const office = account.offices[number % Math.max(1, account.offices.length)];
  const job: Account["jobs"][number] = {
    id: newId(state),
    name,
    requisition_id: `REQ-${100 + number}`,
    notes: "<p>Internal: agree the budget first.</p>",
    confidential: false,
    status,
    opened_at: status === "draft" ? null : at,
    closed_at: status === "closed" ? at : null,
    is_template: false,
    copied_from_id: null,
    department_id: account.departments[number % Math.max(1, account.departments.length)]?.id ?? null,
    office_ids: office ? [office.id] : [],
    custom_fields: { employment_type: number % 5 === 0 ? "Part-time" : "Full-time" },
    created_at: at,
    updated_at: at,
  };
  account.jobs.push(job);
  for (const [order, stage] of STAGE_NAMES.entries())
    account.job_interview_stages.push({
      id: newId(state),
      job_id: job.id,
      name: stage,
      sort_order: order,
      active: true,
      created_at: at,
      updated_at: at,
    });
  const common = { job_id: job.id, created_at: at, updated_at: at };
  account.openings.push({
    ...common,
    id: newId(state),
    opening_id: "1",
    open: status === "open",
    opened_at: at,
    closed_at: null,
    application_id: null,
    close_reason_id: null,
  });
  if (status === "draft") return job;
  const postId = newId(state);
  account.job_posts.push({
    ...common,
    id: postId,
    title: name,
    internal: false,
    active: true,
    live: status === "open",
    featured: false,
    first_published_at: at,
    content: `<p>${account.name} is looking for a <strong>${name}</strong> in ${office?.location ?? "several places"}.</p><ul><li>Steady hours</li><li>Training on the job</li></ul>`,
    language: "en",
    public_url: `https://boards.greenhouse.io/${account.boardToken}/jobs/${postId}`,
    job_board_id: 1,
  });
  return job;
};

export const addApplication = (
  state: State,
  account: Account,
  candidateId: number,
  jobId: number,
  at: string,
  over: { stageIndex?: number; sourceId?: number | null } = {},
): Application => {
  const stages = account.job_interview_stages.filter((stage) => stage.job_id === jobId);
  const application: Application = {
    id: newId(state),
    candidate_id: candidateId,
    job_id: jobId,
    job_post_id: account.job_posts.find((post) => post.job_id === jobId)?.id ?? null,
    status: "in_process",
    prospect: false,
    needs_decision: false,
    stage_id: null,
    stage_name: null,
    job_interview_stage_id: null,
    source_id: over.sourceId ?? null,
    referrer_id: null,
    recruiter_id: account.users[0]?.id ?? null,
    coordinator_id: null,
    rejection_reason_id: null,
    location_address: account.offices[0]?.location ?? null,
    answers: [],
    prospective_job_ids: [],
    custom_fields: {},
    rejected_at: null,
    last_activity_at: at,
    created_at: at,
    updated_at: at,
  };
  account.applications.push(application);
  const stage = stages[over.stageIndex ?? 0] ?? stages[0];
  if (stage) enterStage(state, account, application, stage.id, at);
  return application;
};

export const addCandidate = (state: State, account: Account, number: number, at: string): Candidate => {
  const [first, last] = PEOPLE(number);
  const candidate: Candidate = {
    id: newId(state),
    first_name: first,
    last_name: last,
    preferred_name: null,
    company: number % 3 === 0 ? "Old Mill Ltd" : null,
    title: number % 3 === 0 ? pick(TRADES, number) : null,
    created_at: at,
    updated_at: at,
    last_activity_at: at,
    private: false,
    can_email: true,
    tags: number % 7 === 0 ? ["referral"] : [],
    email_addresses: [
      {
        value: `${first}.${last}.${number}@mail.example`
          .toLowerCase()
          .normalize("NFD")
          .replace(/[^\x21-\x7e]/g, ""),
        type: "personal",
      },
    ],
    phone_numbers: [{ value: `+44 20 7946 ${String(number % 10_000).padStart(4, "0")}`, type: "mobile" }],
    addresses: [],
    website_addresses: [],
    social_media_addresses: [],
    custom_fields: {},
  };
  account.candidates.push(candidate);
  return candidate;
};

/** Where people come from, by place in the account's list of sources: boards bring most, and of a few nothing is known. */
const SOURCES = [1, 0, 1, 3, 1, 2, 0, 1, 3, 1, 0, 2, 1, 3, 0, -1];

/** Grows an account to the given numbers; times go back a minute per row so that filters have something to find. */
export const grow = (
  state: State,
  account: Account,
  want: { jobs: number; candidates: number; applications: number },
  now: Date,
) => {
  const at = (back: number) => new Date(now.getTime() - 3_600_000 - back * 60_000).toISOString();
  while (account.jobs.length < want.jobs) {
    const number = account.jobs.length;
    const status = number % 15 === 13 ? "closed" : number % 15 === 14 ? "draft" : "open";
    addJob(state, account, titleOf(number), at(want.jobs - number), { status });
  }
  const open = account.jobs.filter((job) => job.status === "open");
  const before = account.candidates.length;
  while (account.candidates.length < want.candidates)
    addCandidate(state, account, account.candidates.length, at(want.candidates - account.candidates.length));
  const fresh = account.candidates.slice(before);
  for (let added = 0; account.applications.length < want.applications && open.length > 0; added++) {
    const candidate = fresh[added % Math.max(1, fresh.length)] ?? account.candidates[added % account.candidates.length];
    const job = open[(added * 7 + Math.floor(added / Math.max(1, fresh.length))) % open.length];
    if (!candidate || !job) break;
    const application = addApplication(state, account, candidate.id, job.id, candidate.created_at, {
      stageIndex: [0, 0, 0, 1, 1, 2, 3][added % 7] ?? 0,
      sourceId: account.sources[SOURCES[added % SOURCES.length] ?? -1]?.id ?? null,
    });
    if (added % 11 === 0)
      Object.assign(application, {
        status: "rejected",
        rejected_at: application.created_at,
        rejection_reason_id: account.rejection_reasons[0]?.id ?? null,
      });
    if (added % 10 === 0)
      account.attachments.push({
        id: newId(state),
        application_id: application.id,
        candidate_id: candidate.id,
        type: "resume",
        filename: `${candidate.last_name}.txt`,
        content_base64: Buffer.from(
          `${candidate.first_name} ${candidate.last_name}\nTen years of good work.\n`,
        ).toString("base64"),
        created_at: application.created_at,
        updated_at: application.created_at,
      });
  }
};
