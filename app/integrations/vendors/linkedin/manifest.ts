import type { Manifest, PostingRule } from "../../contract/manifest.ts";
import { clientFields, companyField, mailPattern, wayField } from "../../kit/families/fields.ts";
import { lengthRules } from "../../kit/families/rules.ts";
import { waits } from "../../kit/families/troubles.ts";

const rules = [
  { rule: "required", field: "location", message: "LinkedIn needs a place; for remote jobs the office it belongs to." },
  ...lengthRules("LinkedIn", { title: { max: 200 }, description: { min: 100, max: 25_000 } }),
] as const satisfies readonly PostingRule[];

export const manifest = {
  id: "linkedin",
  name: "LinkedIn",
  summary: "Takes your jobs by API, by feed, or from your hand.",
  category: "job-board",
  brand: { color: "#0a66c2", site: "https://www.linkedin.com", monogram: "in" },
  cost: "free",
  signIn: "Nothing, or a Talent Solutions partner's client credentials",
  auth: {
    kind: "choice",
    field: "way",
    options: {
      "hand-off": { kind: "none" },
      feed: { kind: "none" },
      api: {
        kind: "oauth2-client",
        tokenUrl: "https://www.linkedin.com/oauth/v2/accessToken",
        clientAuth: "body",
        clientIdField: "clientId",
        clientSecretField: "clientSecret",
        scopes: [],
        defaultTtl: 1800,
      },
    },
  },
  fields: [
    wayField(
      "LinkedIn",
      "Anybody may paste a job by hand. A feed must be registered by LinkedIn. The API is open to Talent Solutions partners only; once one job of a customer travels by it, all must.",
      [
        { value: "hand-off", label: "By hand", note: "we prepare the text" },
        { value: "feed", label: "Hosted feed", note: "registered by LinkedIn" },
        { value: "api", label: "Job Posting API", note: "partners" },
      ],
    ),
    ...clientFields(
      { field: "way", is: "api" },
      {
        id: "Of the child application that LinkedIn gave for this customer.",
        secret: "Of the same child application. It also proves that an application comes from LinkedIn.",
      },
    ),
    {
      key: "organizationId",
      label: "Company id",
      help: "The number in the address of your company page's admin view on LinkedIn.",
      kind: "text",
      pattern: { source: "\\d+", message: "The company id is a number, for example 990011." },
      maxLength: 20,
    },
    companyField("As the company page on LinkedIn names it."),
    {
      key: "posterEmail",
      label: "Poster's mail",
      help: "Of the person who posts. Apply Connect asks for it.",
      kind: "text",
      optional: true,
      when: { field: "way", is: "api" },
      pattern: mailPattern,
      maxLength: 200,
    },
    {
      key: "applyConnect",
      label: "LinkedIn has certified us for Apply Connect",
      help: "People then apply on LinkedIn, and their applications arrive here. Without the certificate LinkedIn refuses such jobs.",
      kind: "boolean",
      when: { field: "way", is: "api" },
    },
    {
      key: "apiVersion",
      label: "API version",
      help: "Year and month, as LinkedIn's contact names it.",
      kind: "text",
      initial: "202504",
      when: { field: "way", is: "api" },
      pattern: { source: "20\\d{4}", message: "The version is a year and a month, for example 202504." },
    },
  ],
  setup: [],
  environments: [{ id: "production", label: "LinkedIn" }],
  capabilities: ["jobPosting", "webhook", "feedback"],
  hosts: ["api.linkedin.com", "www.linkedin.com"],
  rateLimit: { per: "connection", concurrency: 2, buckets: [{ limit: 10, seconds: 1 }] },
  posting: {
    kind: "choice",
    field: "way",
    options: {
      "hand-off": { way: "hand-off", usually: "when you have pasted it", rules },
      feed: { way: "feed", usually: "about a day", rules },
      api: {
        way: "api",
        usually: "minutes; up to a business day when LinkedIn reviews it",
        lookup: "key",
        settlesMinutes: 30,
        lifetimeDays: 180,
        rules,
      },
    },
  },
  docs: {
    api: "https://learn.microsoft.com/en-us/linkedin/talent/job-postings/api/overview",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "LinkedIn does not accept the client id and secret.",
        fix: "Copy both again from the child application of this customer; the parent application's do not post.",
      },
      {
        kind: "forbidden",
        symptom: "LinkedIn says that the application has not enough permissions.",
        fix: "Job posting is switched on per application. Ask your LinkedIn business contact.",
      },
      {
        kind: "validation",
        symptom: "A posting was rejected.",
        fix: "LinkedIn's reason stands on the posting. “Invalid Field: /city” means that it does not know the place: write city and country in English.",
      },
      waits("A change waits.", "LinkedIn takes one order for a job at a time, and we send the next when it is done."),
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
