import { z } from "zod";
import { PEOPLE, pick, titleOf } from "../../names.ts";

const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  accessRole: z.string(),
  deactivatedAt: z.number().nullable(),
});
const postingSchema = z.object({
  id: z.string(),
  text: z.string(),
  state: z.enum(["published", "internal", "closed", "draft", "pending", "rejected"]),
  team: z.string(),
  department: z.string(),
  location: z.string(),
  country: z.string(),
  commitment: z.string(),
  workplaceType: z.string(),
  requisitionCodes: z.array(z.string()),
  salaryRange: z.object({ min: z.number(), max: z.number(), currency: z.string(), interval: z.string() }).nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
});
const applicationSchema = z.object({ id: z.string(), posting: z.string().nullable(), createdAt: z.number() });
const opportunitySchema = z.object({
  id: z.string(),
  contact: z.string(),
  name: z.string(),
  headline: z.string(),
  emails: z.array(z.string()),
  phones: z.array(z.object({ type: z.string(), value: z.string() })),
  links: z.array(z.string()),
  archived: z.object({ reason: z.string(), archivedAt: z.number() }).nullable(),
  stage: z.string(),
  stageChanges: z.array(
    z.object({ toStageId: z.string(), toStageIndex: z.number(), updatedAt: z.number(), userId: z.string() }),
  ),
  sources: z.array(z.string()),
  origin: z.string(),
  applications: z.array(applicationSchema),
  isAnonymized: z.boolean(),
  createdAt: z.number(),
  updatedAt: z.number(),
});
const hookSchema = z.object({
  id: z.string(),
  event: z.string(),
  url: z.string(),
  conditions: z.record(z.string(), z.unknown()),
  signatureToken: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
});
const gone = z.array(z.object({ id: z.string(), deletedAt: z.number() }));
const accountSchema = z.object({
  key: z.string(),
  /** The mail domain: the nearest thing to a name that the API shows. */
  domain: z.string(),
  users: z.array(userSchema),
  postings: z.array(postingSchema),
  opportunities: z.array(opportunitySchema),
  deleted: z.object({ postings: gone, opportunities: gone, applications: gone }),
  webhooks: z.array(hookSchema),
});
const grantSchema = z.object({
  account: z.string(),
  scopes: z.array(z.string()),
  refreshToken: z.string(),
  access: z.array(z.object({ value: z.string(), expiresAt: z.number() })),
  revoked: z.boolean(),
  refreshes: z.number(),
});
export const stateSchema = z.object({
  clientId: z.string(),
  clientSecret: z.string(),
  redirectUris: z.array(z.string()),
  accessSeconds: z.number(),
  accounts: z.array(accountSchema),
  keys: z.array(
    z.object({ value: z.string(), account: z.string(), scopes: z.array(z.string()), revoked: z.boolean() }),
  ),
  grants: z.array(grantSchema),
  codes: z.array(
    z.object({
      value: z.string(),
      account: z.string(),
      scopes: z.array(z.string()),
      redirectUri: z.string(),
      expiresAt: z.number(),
      used: z.boolean(),
    }),
  ),
  /** Page tokens of an earlier turn are refused. */
  turn: z.number(),
  nextId: z.number(),
});
export type State = z.infer<typeof stateSchema>;
export type Account = z.infer<typeof accountSchema>;
export type Posting = z.infer<typeof postingSchema>;
export type Opportunity = z.infer<typeof opportunitySchema>;
export type Hook = z.infer<typeof hookSchema>;
export type Grant = z.infer<typeof grantSchema>;

/** Built-in ids are words, an account's own are UUIDs. */
export const STAGES = [
  { id: "lead-new", text: "New lead" },
  { id: "lead-reached-out", text: "Reached out" },
  { id: "applicant-new", text: "New applicant" },
  { id: "7d1f6c2a-0000-4000-8000-0000000000b1", text: "Phone interview" },
  { id: "7d1f6c2a-0000-4000-8000-0000000000b2", text: "On-site interview" },
  { id: "offer", text: "Offer" },
] as const;
export const REASONS = [
  { id: "5c0a91d4-0000-4000-8000-0000000000c1", text: "Hired", type: "hired", status: "active" },
  { id: "5c0a91d4-0000-4000-8000-0000000000c2", text: "Underqualified", type: "non-hired", status: "active" },
  { id: "5c0a91d4-0000-4000-8000-0000000000c3", text: "Withdrew", type: "non-hired", status: "active" },
] as const;

export const ALL_SCOPES = [
  "offline_access",
  "users:read:admin",
  "postings:read:admin",
  "stages:read:admin",
  "applications:read:admin",
  "archive_reasons:read:admin",
  "opportunities:write:admin",
  "webhooks:write:admin",
];

export const newId = (state: State): string => {
  state.nextId += 1;
  return `0f5c6c0e-0000-4000-8000-${state.nextId.toString(16).padStart(12, "0")}`;
};

const PLACES = [
  ["Leeds", "GB"],
  ["Auckland", "NZ"],
  ["Lyon", "FR"],
] as const;

export const addPosting = (
  state: State,
  account: Account,
  text: string,
  at: number,
  published: Posting["state"] = "published",
): Posting => {
  const id = newId(state);
  const number = state.nextId;
  const [location, country] = pick(PLACES, number);
  const posting: Posting = {
    ...{ id, text, state: published, location, country },
    team: pick(["Logistics", "Nursing", "Platform"], number),
    department: pick(["Operations", "Care", "Engineering"], number),
    commitment: pick(["Full-time", "Part-time", "Contract", "Internship"], number),
    workplaceType: pick(["on-site", "hybrid", "remote", "unspecified"], number),
    requisitionCodes: number % 2 === 0 ? [`REQ-${number}`] : [],
    salaryRange: number % 2 === 0 ? { min: 28_000, max: 32_000, currency: "GBP", interval: "per-year-salary" } : null,
    ...{ createdAt: at, updatedAt: at },
  };
  account.postings.push(posting);
  return posting;
};

export type Person = Pick<Opportunity, "name" | "headline" | "emails" | "phones" | "links" | "sources" | "origin">;

/** A new run through the pipeline; a known mail address falls to the contact that has it. */
export const addOpportunity = (
  state: State,
  account: Account,
  person: Person,
  of: { posting: string | null; stage?: string },
  at: number,
): { opportunity: Opportunity; deduped: boolean } => {
  const known = account.opportunities.find((one) => one.emails.some((email) => person.emails.includes(email)));
  const id = newId(state);
  const stage = of.stage ?? "applicant-new";
  const opportunity: Opportunity = {
    id,
    contact: known?.contact ?? newId(state),
    ...person,
    archived: null,
    stage,
    stageChanges: [],
    applications: of.posting === null ? [] : [{ id: newId(state), posting: of.posting, createdAt: at }],
    isAnonymized: false,
    createdAt: at,
    updatedAt: at,
  };
  account.opportunities.push(opportunity);
  return { opportunity, deduped: known !== undefined };
};

export const personOf = (number: number): Person => {
  const [first, last] = PEOPLE(number);
  const local = `${first}.${last}.${number}`.normalize("NFD").replace(/[^\x21-\x7e]/g, "");
  return {
    name: `${first} ${last}`,
    headline: number % 3 === 0 ? "Old Mill Ltd" : "",
    emails: [`${local.toLowerCase()}@mail.example`],
    phones: [{ type: "mobile", value: `+44 7700 9${String(number % 100_000).padStart(5, "0")}` }],
    links: [],
    sources: [pick(["Referral", "Careers site"], number)],
    origin: pick(["referred", "applied"], number),
  };
};

/** Grows an account; times go back a minute per row, so that filters have something to find. */
export const grow = (state: State, account: Account, want: { jobs: number; candidates: number }, now: Date): void => {
  const at = (back: number) => now.getTime() - 3_600_000 - back * 60_000;
  while (account.postings.length < want.jobs) {
    const number = account.postings.length;
    const word = number % 9 === 8 ? "closed" : number % 9 === 7 ? "draft" : "published";
    addPosting(state, account, titleOf(number), at(want.jobs - number), word);
  }
  const open = account.postings.filter((posting) => posting.state === "published");
  while (account.opportunities.length < want.candidates) {
    const number = account.opportunities.length;
    const posting = number % 11 === 10 ? null : (open[number % open.length]?.id ?? null);
    const stage = pick(STAGES, number).id;
    const made = addOpportunity(state, account, personOf(number), { posting, stage }, at(want.candidates - number));
    const reason = number % 5 === 4 ? pick(REASONS, number) : null;
    if (reason) made.opportunity.archived = { reason: reason.id, archivedAt: made.opportunity.createdAt };
    // Two runs in one: the same opportunity may hold two applications.
    const second = number % 7 === 6 ? open[(number + 1) % open.length] : undefined;
    if (second)
      made.opportunity.applications.push({
        id: newId(state),
        posting: second.id,
        createdAt: made.opportunity.createdAt,
      });
  }
};

const account = (key: string, state: State): Account => {
  const domain = `${key}.example`;
  const user = (name: string, accessRole: string, deactivatedAt: number | null = null) => ({
    ...{ id: newId(state), name, email: `${name.toLowerCase()}@${domain}`, accessRole, deactivatedAt },
  });
  const users = [user("Robin", "team member"), user("Lee", "super admin"), user("Kim", "admin", 1785571200000)];
  const empty = { postings: [], opportunities: [], deleted: { postings: [], opportunities: [], applications: [] } };
  const made: Account = { key, domain, users, ...empty, webhooks: [] };
  state.accounts.push(made);
  return made;
};

const grant = (name: string, now: Date): Grant => ({
  account: name,
  scopes: [...ALL_SCOPES],
  refreshToken: `lv-refresh-${name}`,
  access: [{ value: `lv-access-${name}`, expiresAt: now.getTime() + 3_600_000 }],
  revoked: false,
  refreshes: 0,
});

export const seedLever = (now: Date): State => {
  const key = (name: string, of: string, scopes = ALL_SCOPES, revoked = false) => ({
    ...{ value: `lever_demo_key_${name}`, account: of, scopes: [...scopes], revoked },
  });
  const without = ALL_SCOPES.filter((scope) => !scope.startsWith("opportunities"));
  const state: State = {
    ...{ clientId: "patchbay-sandbox", clientSecret: "patchbay-sandbox-secret", redirectUris: [], accessSeconds: 3600 },
    accounts: [],
    keys: [
      key("acme", "acme"),
      key("cedar", "cedar"),
      key("noscope", "acme", without),
      key("revoked", "acme", ALL_SCOPES, true),
    ],
    grants: [grant("acme", now), grant("birch", now)],
    codes: [],
    ...{ turn: 0, nextId: 100 },
  };
  grow(state, account("acme", state), { jobs: 12, candidates: 40 }, now);
  grow(state, account("birch", state), { jobs: 4, candidates: 9 }, now);
  account("cedar", state);
  return state;
};

export const accountOf = (state: State, key: string): Account | undefined =>
  state.accounts.find((candidate) => candidate.key === key);
