import type { Credential, CredentialName } from "../../framework.ts";
import { type Account, grow, newId, type State } from "./state.ts";

const ALL_READS = [
  "jobs",
  "job_posts",
  "openings",
  "job_interview_stages",
  "application_stages",
  "applications",
  "candidates",
  "attachments",
  "departments",
  "offices",
  "users",
  "rejection_reasons",
  "close_reasons",
  "sources",
].map((resource) => `harvest:${resource}:list`);

const emptyAccount = (state: State, key: string, name: string, at: string): Account => {
  const named = (text: string) => ({ id: newId(state), name: text, created_at: at, updated_at: at });
  const domain = `${name.toLowerCase().replaceAll(" ", "-")}.example`;
  const user = (first: string, last: string, admin: boolean) => ({
    ...named(`${first} ${last}`),
    first_name: first,
    last_name: last,
    primary_email: `${first}.${last}@${domain}`.toLowerCase(),
    deactivated: false,
    site_admin: admin,
  });
  return {
    key,
    name,
    boardToken: key,
    jobs: [],
    job_posts: [],
    openings: [],
    job_interview_stages: [],
    candidates: [],
    applications: [],
    application_stages: [],
    attachments: [],
    notes: [],
    departments: ["Operations", "Technology", "Office"].map((text) => ({
      ...named(text),
      parent_id: null,
      external_id: null,
    })),
    offices: [
      ["Leeds", "Leeds, UK"],
      ["Madrid", "Madrid, Spain"],
    ].map(([text = "", location = ""]) => ({
      ...named(text),
      location,
      parent_id: null,
      external_id: null,
      primary_in_house_contact_user_id: null,
    })),
    users: [user("Ada", "Okoye", true), user("Lee", "Park", false)],
    rejection_reasons: [
      { ...named("Lacking skills"), type: { id: 1, name: "We rejected them", key: "WE_REJECTED_THEM" } },
      { ...named("Took another offer"), type: { id: 2, name: "They rejected us", key: "THEY_REJECTED_US" } },
    ],
    close_reasons: [named("Hire - New Headcount"), named("Not Filling")],
    sources: ["Company Website", "Indeed", "Referral", "LinkedIn"].map(named),
    webhooks: [],
  };
};

const credential = (
  account: string,
  suffix: string,
  over: { scopes?: string[]; revoked?: boolean } = {},
): State["credentials"][number] => ({
  account,
  clientId: `gh-client-${suffix}`,
  clientSecret: `gh-secret-${suffix}-5b1f6c2e`,
  apiKey: `gh_key_${suffix}_8d20c7`,
  scopes: over.scopes ?? null,
  revoked: over.revoked ?? false,
});

/** Three organisations: a busy one, a small one and an empty one. */
export const seedGreenhouse = (now: Date): State => {
  const state: State = {
    nextId: 4_300_000_001,
    accounts: [],
    credentials: [
      credential("acme", "acme"),
      credential("birch", "birch"),
      credential("acme", "noscope", { scopes: ALL_READS.filter((scope) => !/:candidates:/.test(scope)) }),
      credential("acme", "revoked", { revoked: true }),
      credential("cedar", "cedar"),
    ],
    tokens: [],
    cursorEpoch: 1,
    tokenSeconds: 3600,
    singleToken: false,
    v1Ended: false,
    limits: { v3: { limit: 150, seconds: 30 }, v1: { limit: 50, seconds: 10 } },
  };
  const at = new Date(now.getTime() - 30 * 86_400_000).toISOString();
  const acme = emptyAccount(state, "acme", "Acme Logistics", at);
  const birch = emptyAccount(state, "birch", "Birch and Sons", at);
  state.accounts.push(acme, birch, emptyAccount(state, "cedar", "Cedar Works", at));
  grow(state, acme, { jobs: 31, candidates: 400, applications: 500 }, now);
  grow(state, birch, { jobs: 4, candidates: 12, applications: 15 }, now);
  return state;
};

/** No endpoint names the organisation; the domain of its first site admin does, and that is the account's name here. */
const accountName = (account: Account) =>
  account.users.find((user) => user.site_admin)?.primary_email.split("@")[1] ?? account.name;

export const greenhouseCredentials = (state: State): Partial<Record<CredentialName, Credential>> => {
  const names = ["good", "other", "missingScope", "revoked", "empty"] as const;
  const notes: Record<(typeof names)[number], string> = {
    good: "A busy organisation.",
    other: "A second, smaller organisation.",
    missingScope: "May not read candidates.",
    revoked: "The secret and the key were withdrawn.",
    empty: "An organisation without jobs.",
  };
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const own = state.credentials[index];
      const account = state.accounts.find((candidate) => candidate.key === own?.account);
      const admin = account?.users.find((user) => user.site_admin);
      if (!own || !account || !admin) return [];
      const config = {
        apiVersion: "v3",
        clientId: own.clientId,
        clientSecret: own.clientSecret,
        actingUserId: String(admin.id),
        apiKey: own.apiKey,
        webhookSecret: `gh-webhook-secret-${account.key}-0001`,
      };
      return [[name, { accountName: accountName(account), config, note: `${account.name}. ${notes[name]}` }]];
    }),
  );
};
