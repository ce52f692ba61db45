import type { Manifest } from "../../contract/manifest.ts";
import { waits } from "../../kit/families/troubles.ts";

export const manifest = {
  id: "lever",
  name: "Lever",
  summary: "Postings, opportunities and their stages, both ways.",
  category: "ats",
  brand: { color: "#0f6b5c", site: "https://www.lever.co", monogram: "L" },
  cost: "paid",
  signIn: "API key or sign-in · Lever Super Admin",
  auth: {
    kind: "choice",
    field: "signInBy",
    options: {
      key: { kind: "api-key", field: "apiKey", send: { in: "basic-username" } },
      oauth: {
        kind: "oauth2-code",
        authorizeUrl: "https://auth.lever.co/authorize",
        tokenUrl: "https://auth.lever.co/oauth/token",
        pkce: "none",
        clientAuth: "body",
        refresh: "rotating",
        authorizeParams: { audience: "https://api.lever.co/v1/", prompt: "consent" },
        scopes: [
          { name: "offline_access", why: "Stay signed in", feature: "Syncing by itself" },
          { name: "users:read:admin", why: "Name the account, and check the acting user", feature: "Sign-in" },
          { name: "postings:read:admin", why: "Read the jobs you hire for", feature: "Jobs" },
          { name: "stages:read:admin", why: "Show the stages of your pipeline", feature: "Stages" },
          { name: "applications:read:admin", why: "Read who applied where", feature: "Applications" },
          {
            name: "archive_reasons:read:admin",
            why: "Tell a hire from a rejection",
            feature: "Outcome of an application",
          },
          {
            name: "opportunities:write:admin",
            why: "Read the people in your pipeline; add applicants and carry stage changes when you switch that on",
            feature: "Candidates",
          },
          { name: "webhooks:write:admin", why: "Hear of changes at once", feature: "Changes at once" },
        ],
      },
    },
  },
  fields: [
    {
      key: "signInBy",
      label: "Sign in by",
      help: "A key fits a Patchbay that one employer runs. Signing in needs an OAuth client that Lever issues to partners.",
      kind: "select",
      initial: "key",
      options: [
        { value: "key", label: "API key", note: "made by a Super Admin" },
        { value: "oauth", label: "Lever sign-in", note: "needs a partner's OAuth client" },
      ],
    },
    {
      key: "apiKey",
      label: "API key",
      help: "Settings › Integrations and API › API Credentials. Lever shows it once.",
      kind: "secret",
      when: { field: "signInBy", is: "key" },
      maxLength: 500,
    },
    {
      key: "actingUserId",
      label: "Acting user id",
      help: "The id of an active Lever user. Whatever Patchbay writes in Lever is done in this name; nothing is written without it.",
      kind: "text",
      optional: true,
      pattern: { source: "^[0-9A-Za-z-]+$", message: "The id of a user is letters, digits and hyphens." },
      maxLength: 60,
    },
  ],
  setup: [],
  environments: [
    { id: "production", label: "Lever" },
    {
      id: "stage",
      label: "Lever sandbox",
      hostMap: { "api.lever.co": "api.sandbox.lever.co", "auth.lever.co": "sandbox-lever.auth0.com" },
      authorizeParams: { audience: "https://api.sandbox.lever.co/v1/" },
    },
  ],
  capabilities: ["sync", "webhook"],
  hosts: ["api.lever.co", "auth.lever.co"],
  rateLimit: { per: "connection", concurrency: 4, buckets: [{ limit: 8, seconds: 1 }] },
  resources: [
    { name: "jobs", direction: "pull", deletes: "tombstone", tombstoneDays: 7, everyMinutes: 10 },
    { name: "stages", direction: "pull", deletes: "full-scan", everyMinutes: 60, whole: true },
    { name: "candidates", direction: "pull", deletes: "tombstone", tombstoneDays: 7, everyMinutes: 10 },
    {
      name: "applications",
      direction: "both",
      deletes: "full-scan",
      everyMinutes: 10,
      told: true,
      after: ["jobs", "stages", "candidates"],
    },
  ],
  docs: {
    api: "https://hire.lever.co/developer/documentation",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "Lever does not accept the key or the sign-in.",
        fix: "The key was deleted or access withdrawn. Make a new key and paste it under Settings, or sign in again.",
      },
      {
        kind: "forbidden",
        symptom: "One kind of record stopped arriving.",
        fix: "The key lacks an endpoint, or the record is confidential. Tick the endpoint in Lever; for confidential records make a new key.",
      },
      waits("Syncs wait for Lever.", "Lever counts the calls of a key and we go on by ourselves."),
      {
        kind: "config",
        symptom: "Applicants and stage changes do not reach Lever.",
        fix: "Name an active Lever user as acting user under Settings.",
      },
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
