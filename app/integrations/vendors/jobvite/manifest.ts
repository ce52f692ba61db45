import type { Manifest } from "../../contract/manifest.ts";
import { waits } from "../../kit/families/troubles.ts";

/** Limits per key and secret as an integration vendor published them: one common budget, and one for jobs by the day. */
const perMinute = { limit: 15, seconds: 60 } as const;
const perHour = { limit: 850, seconds: 3600 } as const;
const day = 86_400;

export const manifest = {
  id: "jobvite",
  name: "Jobvite",
  summary: "Jobs, candidates with their files, and onboarding.",
  category: "ats",
  brand: { color: "#0a6ebd", site: "https://www.jobvite.com", monogram: "Jv" },
  cost: "paid",
  signIn: "API key and secret · Jobvite support",
  auth: {
    kind: "signed",
    keyField: "apiKey",
    secretField: "apiSecret",
    hash: "sha256",
    encoding: "base64",
    canonical: "{key}|{timestamp}",
    headers: { "X-JVI-API": "{key}", "X-JVI-EPOCH": "{timestamp}", "X-JVI-SIGN": "{signature}" },
    timestamp: "epoch-s",
  },
  fields: [
    {
      key: "companyId",
      label: "Company id",
      help: "The code after c= in the address of your Jobvite career site. It names your company in the webhooks' addresses.",
      kind: "text",
      maxLength: 40,
      pattern: {
        source: "[A-Za-z0-9_-]{3,40}",
        message: "The company id is a short code of letters and digits, such as qLm9VfwP.",
      },
    },
    {
      key: "apiKey",
      label: "API key",
      help: "Jobvite support sends it with the secret; there is no page for it in Jobvite.",
      kind: "secret",
      maxLength: 200,
    },
    {
      key: "apiSecret",
      label: "API secret",
      help: "The second half of the pair. It signs every request and is never sent.",
      kind: "secret",
      maxLength: 200,
    },
    {
      key: "webhookKey",
      label: "Webhook signing key",
      help: "Jobvite gives it when it sets the webhooks up. Without it every webhook is refused, and changes are looked for instead.",
      kind: "secret",
      optional: true,
      maxLength: 500,
    },
    {
      key: "files",
      label: "Candidates' files",
      help: "Copy résumés and cover letters into Patchbay's document store.",
      kind: "select",
      initial: "on",
      options: [
        { value: "on", label: "Copy them" },
        { value: "off", label: "Leave them at Jobvite" },
      ],
    },
    {
      key: "onboarding",
      label: "Onboarding",
      help: "Needs the Onboarding API and an exchange of keys with Jobvite.",
      kind: "select",
      initial: "off",
      options: [
        { value: "off", label: "Not used" },
        { value: "on", label: "Follow new hires" },
      ],
    },
    {
      key: "jobvitePublicKey",
      label: "Jobvite's public key",
      help: "RSA 2048, as PEM text or base64. Compare its fingerprint with Jobvite by telephone.",
      kind: "text",
      when: { field: "onboarding", is: "on" },
      maxLength: 2000,
    },
    {
      key: "ourKey",
      label: "Our public key",
      help: "Send it to Jobvite support; the private half never leaves this server.",
      kind: "secret",
      generated: "rsa-2048",
      optional: true,
    },
  ],
  setup: [],
  environments: [
    { id: "production", label: "Jobvite" },
    { id: "stage", label: "Jobvite stage", hostMap: { "api.jobvite.com": "api.jvistg2.com" } },
  ],
  capabilities: ["sync", "webhook"],
  hosts: ["api.jobvite.com"],
  rateLimit: {
    per: "connection",
    concurrency: 1,
    buckets: [perMinute, perHour],
    classes: [
      { name: "jobs", match: "^\\w+ /api/v2/job$", buckets: [{ limit: 500, seconds: day }], besides: true },
      {
        name: "candidates",
        match: "^\\w+ /api/v2/candidate$",
        buckets: [{ limit: 20_000, seconds: day }],
        besides: true,
      },
    ],
  },
  resources: [
    { name: "jobs", direction: "pull", deletes: "full-scan", everyMinutes: 120 },
    { name: "candidates", direction: "pull", deletes: "full-scan", everyMinutes: 30 },
    { name: "applications", direction: "pull", deletes: "full-scan", everyMinutes: 30, after: ["jobs", "candidates"] },
    {
      name: "onboardings",
      direction: "pull",
      deletes: "none",
      everyMinutes: 240,
      whole: true,
      after: ["applications"],
    },
  ],
  docs: {
    api: "https://help.jobvite.com",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "Jobvite does not accept the key.",
        fix: "The pair was withdrawn or mistyped. Ask Jobvite support for the pair and paste both halves under Settings.",
      },
      {
        kind: "forbidden",
        symptom: "Jobs arrive and candidates do not.",
        fix: "Rights are given per API. Ask Jobvite support to add the API that the message names to your key.",
      },
      waits("Syncs wait for Jobvite.", "Jobvite allows 15 calls a minute, and we go on by ourselves."),
      {
        kind: "config",
        symptom: "Onboarding does not open.",
        fix: "The keys do not fit. Send our public key to Jobvite again and paste theirs anew; compare both fingerprints.",
      },
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
