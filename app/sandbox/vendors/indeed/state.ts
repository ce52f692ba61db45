import { z } from "zod";

export const HOST = "www.indeed.com";
export const APIS = "apis.indeed.com";

const jobSchema = z.object({
  jobKey: z.string(),
  status: z.enum(["live", "rejected", "removed"]),
  reason: z.string().nullable(),
  fields: z.record(z.string(), z.string()),
});
const accountSchema = z.object({
  key: z.string(),
  sourceName: z.string(),
  apiToken: z.string(),
  apiSecret: z.string(),
  contactEmail: z.string(),
  feedUrl: z.string().nullable(),
  /** Where the Apply tester sends when no live job names an address. */
  testerUrl: z.string().nullable(),
  feedEtag: z.string().nullable(),
  jobs: z.array(jobSchema),
  lastCrawl: z.object({ at: z.string(), answer: z.string() }).nullable(),
});
/** A client of the Partner Console. */
const clientSchema = z.object({
  account: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  mayPost: z.boolean(),
  revoked: z.boolean(),
});
const postSchema = z.object({
  clientId: z.string(),
  account: z.string(),
  jobPostingId: z.string(),
  sourceName: z.string(),
  sourcedPostingId: z.string(),
  employerJobId: z.string(),
  title: z.string(),
  postUrl: z.string().nullable(),
  status: z.enum(["received", "active", "rejected", "expired"]),
  needsSponsor: z.boolean(),
  receivedAt: z.string(),
  writes: z.number(),
});
export const stateSchema = z.object({
  accounts: z.array(accountSchema),
  applications: z.array(
    z.object({
      at: z.string(),
      account: z.string(),
      id: z.string(),
      referencenumber: z.string(),
      name: z.string(),
      answered: z.string(),
    }),
  ),
  rejectNext: z.string().nullable(),
  clients: z.array(clientSchema),
  tokens: z.array(z.object({ value: z.string(), clientId: z.string(), expiresAt: z.string() })),
  posts: z.array(postSchema),
  dispositions: z.array(
    z.object({ at: z.string(), account: z.string(), id: z.string(), status: z.string(), raw: z.string() }),
  ),
  /** Seconds from receipt until a posting is indexed; at Indeed it is minutes to hours. */
  indexSeconds: z.number(),
});
export type State = z.infer<typeof stateSchema>;
export type Account = State["accounts"][number];
export type Post = State["posts"][number];

const account = (key: string, sourceName: string): Account => ({
  key,
  sourceName,
  apiToken: `indeed-token-${key}`,
  apiSecret: `indeed-secret-${key}-2f9d`,
  contactEmail: `jobs@${key}.example`,
  feedUrl: null,
  testerUrl: null,
  feedEtag: null,
  jobs: [],
  lastCrawl: null,
});

const client = (key: string, suffix = key) => ({
  account: key,
  clientId: `indeed-client-${suffix}`,
  clientSecret: `indeed+client/secret=${suffix}-7c1e`,
  mayPost: suffix !== "readonly",
  revoked: suffix === "revoked",
});

export const seedIndeed = (): State => ({
  accounts: [account("acme", "Acme Logistics"), account("birch", "Birch and Sons"), account("cedar", "Cedar Works")],
  applications: [],
  rejectNext: null,
  clients: [client("acme"), client("birch"), client("acme", "readonly"), client("acme", "revoked"), client("cedar")],
  tokens: [],
  posts: [],
  dispositions: [],
  indexSeconds: 15,
});
