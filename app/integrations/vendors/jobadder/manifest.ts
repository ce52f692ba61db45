import type { Manifest } from "../../contract/manifest.ts";
import { waits } from "../../kit/families/troubles.ts";

export const manifest = {
  id: "jobadder",
  name: "JobAdder",
  summary: "Jobs, candidates and applications of an agency, both ways.",
  category: "ats",
  brand: { color: "#5a2a82", site: "https://jobadder.com", monogram: "JA" },
  cost: "paid",
  signIn: "Sign-in · JobAdder administrator",
  auth: {
    kind: "oauth2-code",
    authorizeUrl: "https://id.jobadder.com/connect/authorize",
    tokenUrl: "https://id.jobadder.com/connect/token",
    pkce: "none",
    clientAuth: "body",
    refresh: "rotating",
    refreshIdleDays: 14,
    deadGrantCodes: ["invalid_request"],
    keep: ["api"],
    scopes: [
      { name: "read_user", why: "Name the account and the person who signed in", feature: "Sign-in" },
      { name: "read_job", why: "Read the jobs you hire for", feature: "Jobs" },
      { name: "read_jobad", why: "Read the public text of each job", feature: "Job texts" },
      { name: "read_candidate", why: "Read the people who apply", feature: "Candidates" },
      { name: "read_jobapplication", why: "Read who applied where, and the stages", feature: "Applications" },
      {
        name: "write_candidate",
        why: "Add applicants from your boards, when you switch that on",
        feature: "Sending applicants",
      },
      {
        name: "write_jobapplication",
        why: "Put applicants on a job and carry stage changes, when you switch that on",
        feature: "Sending applicants",
      },
      { name: "offline_access", why: "Stay signed in and receive webhooks", feature: "Syncing by itself" },
    ],
  },
  fields: [],
  setup: [],
  environments: [{ id: "production", label: "JobAdder" }],
  capabilities: ["sync", "webhook"],
  hosts: ["id.jobadder.com", "*.jobadder.com"],
  rateLimit: { per: "connection", concurrency: 2, buckets: [{ limit: 5, seconds: 1 }] },
  resources: [
    { name: "jobs", direction: "pull", deletes: "full-scan", everyMinutes: 10 },
    { name: "stages", direction: "pull", deletes: "full-scan", everyMinutes: 60, whole: true },
    { name: "candidates", direction: "pull", deletes: "tombstone", tombstoneDays: 14, everyMinutes: 10 },
    {
      name: "applications",
      direction: "both",
      deletes: "tombstone",
      tombstoneDays: 14,
      everyMinutes: 10,
      after: ["jobs", "stages", "candidates"],
    },
  ],
  docs: {
    api: "https://api.jobadder.com/v2/docs",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "JobAdder does not take the sign-in any more.",
        fix: "Reconnect as an administrator. The person who approved may have left, access was withdrawn, or nothing ran for two weeks.",
      },
      {
        kind: "forbidden",
        symptom: "One kind of record stopped arriving.",
        fix: "Reconnect as an administrator and approve every permission; all calls run with the rights of that person.",
      },
      waits("Syncs wait for JobAdder.", "JobAdder counts the calls of an account and we go on by ourselves."),
      {
        kind: "config",
        symptom: "Signing in is refused before JobAdder asks anything.",
        fix: "The redirect URI registered with the JobAdder application must be the one shown under Settings, Instance.",
      },
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
