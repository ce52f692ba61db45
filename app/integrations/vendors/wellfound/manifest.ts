import type { Manifest } from "../../contract/manifest.ts";

export const manifest = {
  id: "wellfound",
  name: "Wellfound",
  summary: "Start-up jobs: we prepare the text, you paste it.",
  category: "job-board",
  brand: { color: "#1f1f23", site: "https://wellfound.com", monogram: "Wf" },
  cost: "free",
  signIn: "Nothing to sign in to",
  auth: { kind: "none" },
  fields: [
    {
      key: "companyUrl",
      label: "Your page on Wellfound",
      help: "For example https://wellfound.com/company/your-company. We link to it from each step.",
      kind: "url",
      pattern: {
        source: "^https://(www\\.)?wellfound\\.com/.+",
        message: "Enter the address of your company on wellfound.com.",
      },
    },
  ],
  setup: [],
  environments: [{ id: "production", label: "Wellfound" }],
  capabilities: ["jobPosting"],
  hosts: ["wellfound.com"],
  rateLimit: { per: "connection", concurrency: 1, buckets: [{ limit: 1, seconds: 1 }] },
  posting: {
    way: "hand-off",
    usually: "when you have pasted it; reviewed by Wellfound",
    rules: [
      {
        rule: "length",
        field: "description",
        min: 200,
        message: "Wellfound refuses thin descriptions: write at least 200 characters.",
      },
      {
        rule: "required",
        field: "location",
        message: "Wellfound needs a place, or the countries a remote job hires in.",
      },
      { rule: "required", field: "salary", message: "Wellfound shows a job little without pay or equity." },
    ],
  },
  docs: {
    api: "https://help.wellfound.com",
    troubleshooting: [
      {
        kind: "validation",
        symptom: "Wellfound refused the job.",
        fix: "Common reasons: a thin company page, no real pay, or a recruiter without a verified company address. Mend it there and mark the posting live again.",
      },
      {
        kind: "auth-revoked",
        symptom: "You cannot sign in to Wellfound.",
        fix: "Patchbay holds no access to Wellfound. Ask whoever owns your company page there.",
      },
      {
        kind: "forbidden",
        symptom: "The “Post a job” button is missing.",
        fix: "Your Wellfound profile needs recruiter rights for the company page.",
      },
      {
        kind: "rate-limited",
        symptom: "The posting waits.",
        fix: "It waits for you: paste the text and give us the link.",
      },
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
