import type { Manifest } from "../../contract/manifest.ts";
import { lengthRules } from "../../kit/families/rules.ts";
import { waits } from "../../kit/families/troubles.ts";

export const manifest = {
  id: "ziprecruiter",
  name: "ZipRecruiter",
  summary: "Posts and closes jobs; applicants arrive by themselves.",
  category: "job-board",
  brand: { color: "#16713f", site: "https://www.ziprecruiter.com", monogram: "ZR" },
  cost: "paid",
  signIn: "API key · from ZipRecruiter's partner team",
  auth: {
    kind: "choice",
    field: "keyForm",
    options: {
      raw: { kind: "api-key", field: "apiKey", send: { in: "header", name: "authorization", prefix: "Basic " } },
      userpass: { kind: "api-key", field: "apiKey", send: { in: "basic-username" } },
    },
  },
  fields: [
    {
      key: "apiKey",
      label: "API key",
      help: "From ZipRecruiter's ATS partner team.",
      kind: "secret",
      maxLength: 500,
    },
    {
      key: "keyForm",
      label: "How the key is sent",
      help: "As given fits the keys ZipRecruiter documents. Change it only when they say so.",
      kind: "select",
      initial: "raw",
      options: [
        { value: "raw", label: "As given" },
        { value: "userpass", label: "As user name" },
      ],
    },
    {
      key: "employerId",
      label: "Employer id",
      help: "Your own stable id for this employer; ZipRecruiter groups postings by it.",
      kind: "text",
      maxLength: 64,
      pattern: { source: "^[A-Za-z0-9._-]+$", message: "Use letters, digits, dots, dashes and underscores." },
    },
    {
      key: "employerName",
      label: "Employer name",
      help: "As applicants should see it.",
      kind: "text",
      maxLength: 200,
    },
    {
      key: "webhookSecret",
      label: "Apply webhook secret",
      help: "ZipRecruiter's team gives it when they enter our address. Without it applicants are refused.",
      kind: "secret",
      optional: true,
      maxLength: 500,
    },
  ],
  setup: [],
  environments: [{ id: "production", label: "ZipRecruiter" }],
  capabilities: ["jobPosting", "webhook"],
  hosts: ["api.ziprecruiter.com"],
  rateLimit: { per: "connection", concurrency: 2, buckets: [{ limit: 2, seconds: 1 }] },
  posting: {
    way: "api",
    usually: "minutes",
    lookup: "key",
    rules: [
      ...lengthRules("ZipRecruiter", { title: { min: 3 }, description: { min: 25 } }),
      { rule: "required", field: "location", message: "ZipRecruiter needs a place, also for remote jobs." },
      { rule: "one-location", message: "ZipRecruiter takes one place per posting." },
    ],
  },
  docs: {
    api: "https://www.ziprecruiter.com/partner/documentation",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "ZipRecruiter does not accept the key.",
        fix: "Copy the key again. If their team told you to send it as user name, change “How the key is sent”.",
      },
      {
        kind: "forbidden",
        symptom: "The key may not post.",
        fix: "Ask ZipRecruiter's partner team to switch posting on for this key.",
      },
      {
        kind: "validation",
        symptom: "A posting was refused.",
        fix: "The reason stands on the posting. Mend the job and publish again.",
      },
      waits("Postings wait for ZipRecruiter.", "we keep to two calls a second and go on by ourselves."),
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
