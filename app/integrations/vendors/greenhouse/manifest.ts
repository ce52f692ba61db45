import type { Manifest } from "../../contract/manifest.ts";
import { clientFields } from "../../kit/families/fields.ts";
import { waits } from "../../kit/families/troubles.ts";

const sending = { feature: "Sending applicants", optional: true } as const;

export const manifest = {
  id: "greenhouse",
  name: "Greenhouse",
  summary: "Jobs, candidates and applications, both ways.",
  category: "ats",
  brand: { color: "#24a47f", site: "https://www.greenhouse.com", monogram: "G" },
  cost: "paid",
  signIn: "API credentials · Greenhouse administrator",
  auth: {
    kind: "choice",
    field: "apiVersion",
    options: {
      v3: {
        kind: "oauth2-client",
        tokenUrl: "https://auth.greenhouse.io/token",
        clientAuth: "basic",
        clientIdField: "clientId",
        clientSecretField: "clientSecret",
        tokenParams: { sub: "actingUserId" },
        defaultTtl: 3600,
        scopes: [
          { name: "harvest:users:list", why: "Name the organisation the credential belongs to", feature: "Sign-in" },
          { name: "harvest:jobs:list", why: "Read the jobs you hire for", feature: "Jobs" },
          { name: "harvest:job_posts:list", why: "Read the public text of each job", feature: "Job texts" },
          { name: "harvest:departments:list", why: "Name the department of a job", feature: "Departments" },
          { name: "harvest:offices:list", why: "Name the place of a job", feature: "Locations" },
          { name: "harvest:job_interview_stages:list", why: "Show the stages of each job", feature: "Stages" },
          { name: "harvest:candidates:list", why: "Read the people who apply", feature: "Candidates" },
          { name: "harvest:applications:list", why: "Read who applied where", feature: "Applications" },
          {
            name: "harvest:sources:list",
            why: "Name where an applicant came from",
            feature: "Sources",
            optional: true,
          },
          { name: "harvest:candidates:create", why: "Send applicants from your boards to Greenhouse", ...sending },
          { name: "harvest:applications:create", why: "Add a known person to another job", ...sending },
          {
            name: "harvest:applications:move",
            why: "Carry a stage change to Greenhouse",
            feature: "Stage changes",
            optional: true,
          },
        ],
      },
      v1: { kind: "api-key", field: "apiKey", send: { in: "basic-username" } },
    },
  },
  fields: [
    {
      key: "apiVersion",
      label: "Harvest version",
      help: "Version 3 is the living one. Version 1 ended on 31 August 2026; choose it only while an old key still answers.",
      kind: "select",
      initial: "v3",
      options: [
        { value: "v3", label: "Harvest v3", note: "client id and secret" },
        { value: "v1", label: "Harvest v1", note: "ended 31 August 2026" },
      ],
    },
    ...clientFields(
      { field: "apiVersion", is: "v3" },
      {
        id: "Configure › Dev Center › API Credentials, type “Harvest V3 (OAuth)”.",
        secret: "Shown once by Greenhouse when the credential is made.",
      },
    ),
    {
      key: "apiKey",
      label: "API key",
      help: "Configure › Dev Center › API Credential Management, a Harvest key.",
      kind: "secret",
      when: { field: "apiVersion", is: "v1" },
      maxLength: 500,
    },
    {
      key: "actingUserId",
      label: "Acting user id",
      help: "The number at the end of the user's page in Greenhouse. Lists need a Site Admin; writes are logged under this name.",
      kind: "text",
      optional: true,
      pattern: { source: "^[0-9]+$", message: "The user id is a number, for example 4000001." },
      maxLength: 20,
    },
    {
      key: "webhookSecret",
      label: "Webhook secret",
      help: "We make it; paste it as “Secret key” with each web hook in Greenhouse.",
      kind: "secret",
      generated: true,
      optional: true,
    },
  ],
  setup: [],
  environments: [{ id: "production", label: "Greenhouse" }],
  capabilities: ["sync", "webhook"],
  hosts: ["harvest.greenhouse.io", "auth.greenhouse.io"],
  rateLimit: {
    per: "connection",
    concurrency: 4,
    buckets: [{ limit: 50, seconds: 10 }],
    headers: {
      limit: "x-ratelimit-limit",
      remaining: "x-ratelimit-remaining",
      reset: "x-ratelimit-reset",
      resetUnit: "epoch-s",
    },
  },
  resources: [
    { name: "jobs", direction: "pull", deletes: "full-scan", everyMinutes: 15 },
    { name: "stages", direction: "pull", deletes: "full-scan", everyMinutes: 60, whole: true, after: ["jobs"] },
    { name: "candidates", direction: "pull", deletes: "full-scan", everyMinutes: 15 },
    {
      name: "applications",
      direction: "both",
      deletes: "full-scan",
      everyMinutes: 15,
      after: ["jobs", "stages", "candidates"],
    },
  ],
  docs: {
    api: "https://harvestdocs.greenhouse.io",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "Greenhouse does not accept the credential.",
        fix: "The secret was rotated or the key removed. Make a new credential and paste it under Settings.",
      },
      {
        kind: "forbidden",
        symptom: "One kind of record stopped arriving.",
        fix: "Open the credential in Greenhouse, Manage Scopes › Harvest, and tick the permission named in the message.",
      },
      waits("Syncs wait for Greenhouse.", "Greenhouse counts calls per ten seconds and we go on by ourselves."),
      {
        kind: "config",
        symptom: "Lists come back empty.",
        fix: "The acting user is not a Site Admin. Leave the field empty or name one who is.",
      },
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
