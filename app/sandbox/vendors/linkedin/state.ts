import { z } from "zod";
import { bearer, type Call, type World } from "../../framework.ts";

export const API = "api.linkedin.com";
export const WWW = "www.linkedin.com";

/** A child application: one customer of the partner. */
const accountSchema = z.object({
  organizationId: z.string(),
  name: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  applicationId: z.string(),
  mayPost: z.boolean(),
  revoked: z.boolean(),
  /** Where the tester sends applications when no job names an address. */
  testerUrl: z.string().nullable(),
  feedUrl: z.string().nullable(),
  feedJobs: z.array(z.record(z.string(), z.string())),
});
const taskSchema = z.object({
  id: z.string(),
  clientId: z.string(),
  externalJobPostingId: z.string(),
  operation: z.enum(["CREATE", "UPDATE", "RENEW", "CLOSE"]),
  status: z.enum(["IN_PROGRESS", "SUCCEEDED", "FAILED"]),
  element: z.record(z.string(), z.unknown()),
  errorMessage: z.string().nullable(),
  jobPosting: z.string().nullable(),
  createdAt: z.string(),
});
const jobSchema = z.object({
  clientId: z.string(),
  externalJobPostingId: z.string(),
  number: z.number(),
  title: z.string(),
  listing: z.enum(["IN_PROGRESS", "LISTED", "NOT_LISTED"]),
  closed: z.boolean(),
  problem: z.string().nullable(),
  applyUrl: z.string(),
  /** Apply Connect: where applications go, and whether the address answered the challenge. */
  webhookUrl: z.string().nullable(),
  applyStatus: z.enum(["ENABLED", "NOT_ENABLED", "IN_PROGRESS"]),
  expireAt: z.number(),
  since: z.string(),
  writes: z.number(),
});
export const stateSchema = z.object({
  accounts: z.array(accountSchema),
  tokens: z.array(z.object({ value: z.string(), clientId: z.string(), expiresAt: z.string() })),
  tasks: z.array(taskSchema),
  jobs: z.array(jobSchema),
  applications: z.array(
    z.object({ at: z.string(), job: z.string(), id: z.string(), name: z.string(), answered: z.string() }),
  ),
  actions: z.array(z.object({ at: z.string(), clientId: z.string(), application: z.string(), action: z.string() })),
  rejectNext: z.string().nullable(),
  /** Seconds that a task takes, and that listing takes after it. Real ones take minutes to a business day. */
  taskSeconds: z.number(),
  listSeconds: z.number(),
});
export type State = z.infer<typeof stateSchema>;
export type Account = State["accounts"][number];
export type Task = State["tasks"][number];
export type Job = State["jobs"][number];

const account = (key: string, name: string, organizationId: string, place: number): Account => ({
  organizationId,
  name,
  clientId: `li-child-${key}`,
  clientSecret: `li+secret/${key}=8d2f`,
  applicationId: String(7_700_000 + place),
  mayPost: key !== "readonly",
  revoked: key === "revoked",
  testerUrl: null,
  feedUrl: null,
  feedJobs: [],
});

export const seedLinkedIn = (): State => ({
  accounts: [
    account("acme", "Acme Logistics", "990011", 1),
    account("birch", "Birch and Sons", "990022", 2),
    account("readonly", "Acme Logistics", "990011", 3),
    account("revoked", "Acme Logistics", "990011", 4),
    account("cedar", "Cedar Works", "990033", 5),
  ],
  tokens: [],
  tasks: [],
  jobs: [],
  applications: [],
  actions: [],
  rejectNext: null,
  taskSeconds: 15,
  listSeconds: 15,
});

/** The caller by its token; "expired" for a token that was good once. */
export const callerOf = (call: Call, { state, now }: World<State>): Account | "expired" | null => {
  const token = state.tokens.find((one) => one.value === bearer(call));
  const own = token && state.accounts.find((one) => one.clientId === token.clientId);
  if (!token || !own || own.revoked) return null;
  return Date.parse(token.expiresAt) <= now().getTime() ? "expired" : own;
};
