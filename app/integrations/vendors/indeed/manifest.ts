import type { Manifest, PostingRule } from "../../contract/manifest.ts";
import { clientFields, companyField, mailPattern, wayField } from "../../kit/families/fields.ts";
import { lengthRules } from "../../kit/families/rules.ts";
import { waits } from "../../kit/families/troubles.ts";

const texts = [
  { rule: "one-location", message: "Indeed takes one place per posting." },
  { rule: "length", field: "title", max: 75, message: "Indeed cuts titles beyond 75 characters." },
  ...lengthRules("Indeed", { description: { min: 30, max: 20_000 } }),
  {
    rule: "pattern",
    field: "title",
    source: "[$€£]|\\b\\d{2,}[.,]?\\d*\\s*(k|/|per)\\b|[!]{1,}",
    flags: "i",
    refuse: true,
    message: "Indeed wants the bare title: no pay, no slogans.",
  },
] as const satisfies readonly PostingRule[];

const place = {
  rule: "required",
  field: "location",
  message: "Indeed needs a place; for remote jobs the office it belongs to.",
} as const satisfies PostingRule;

export const manifest = {
  id: "indeed",
  name: "Indeed",
  summary: "Takes your jobs by feed or Job Sync; Indeed Apply brings applicants.",
  category: "job-board",
  brand: { color: "#003a9b", site: "https://www.indeed.com", monogram: "I" },
  cost: "free",
  signIn: "Feed address, or client credentials · Indeed partner",
  auth: {
    kind: "choice",
    field: "way",
    options: {
      feed: { kind: "none" },
      "job-sync": {
        kind: "oauth2-client",
        tokenUrl: "https://apis.indeed.com/oauth/v2/tokens",
        clientAuth: "body",
        clientIdField: "clientId",
        clientSecretField: "clientSecret",
        defaultTtl: 3600,
        scopes: [
          {
            name: "employer_access",
            why: "Send, change and end your jobs, and tell Indeed what became of an application",
            feature: "Job Sync",
          },
        ],
      },
    },
  },
  fields: [
    wayField(
      "Indeed",
      "A feed is open to every employer. Job Sync is faster and tells the state of each job, but Indeed opens it to approved ATS partners only. Never use both for one employer.",
      [
        { value: "feed", label: "Hosted feed", note: "Indeed crawls it" },
        { value: "job-sync", label: "Job Sync", note: "approved partners" },
      ],
    ),
    ...clientFields(
      { field: "way", is: "job-sync" },
      { id: "Indeed's Partner Console, the app whose name ends in -prod.", secret: "Shown beside the client id." },
    ),
    {
      key: "sourceName",
      label: "Source name",
      help: "The parent organisation's name at Indeed. Keep it for good: a change orphans old postings.",
      kind: "text",
      maxLength: 200,
    },
    companyField("The real employer, as the job page names it."),
    {
      key: "sourceType",
      label: "Who posts",
      help: "Indeed wants agencies to be named as such.",
      kind: "select",
      initial: "Employer",
      when: { field: "way", is: "job-sync" },
      options: [
        { value: "Employer", label: "The employer" },
        { value: "Staffing Agency", label: "A staffing agency" },
      ],
    },
    {
      key: "contactName",
      label: "Contact name",
      help: "Indeed asks for one contact of the employer with each job.",
      kind: "text",
      when: { field: "way", is: "job-sync" },
      maxLength: 200,
    },
    {
      key: "contactEmail",
      label: "Contact mail",
      help: "Indeed asks for one contact of the employer with each job.",
      kind: "text",
      pattern: mailPattern,
    },
    {
      key: "applyApiToken",
      label: "Indeed Apply token",
      help: "The public half of the Indeed Apply credential. Leave both empty to send people to your own page.",
      kind: "text",
      optional: true,
      maxLength: 200,
    },
    {
      key: "applySecret",
      label: "Indeed Apply secret",
      help: "Signs the applications that Indeed sends us. Without it they are refused.",
      kind: "secret",
      optional: true,
      maxLength: 500,
    },
  ],
  setup: [],
  environments: [{ id: "production", label: "Indeed" }],
  capabilities: ["jobPosting", "webhook", "feedback"],
  hosts: ["apis.indeed.com"],
  rateLimit: { per: "connection", concurrency: 1, buckets: [{ limit: 5, seconds: 1 }] },
  posting: {
    kind: "choice",
    field: "way",
    options: {
      feed: { way: "feed", usually: "2 to 24 h", rules: [place, ...texts] },
      "job-sync": {
        way: "api",
        usually: "minutes to hours",
        lookup: "upsert",
        settlesMinutes: 120,
        rules: [place, ...texts],
      },
    },
  },
  docs: {
    api: "https://docs.indeed.com",
    troubleshooting: [
      {
        kind: "validation",
        symptom: "Indeed hid a posting.",
        fix: "Most often the pay or text in the feed differs from the page. Open the posting, mend it, and Indeed looks again at its next crawl.",
      },
      {
        kind: "auth-revoked",
        symptom: "Indeed does not accept the client id and secret.",
        fix: "The secret was rotated in the Partner Console, or it belongs to the -dev app. Copy both again from the -prod app.",
      },
      {
        kind: "config",
        symptom: "Applications from Indeed are refused.",
        fix: "The Indeed Apply secret differs from the one Indeed signs with. Copy it again from the Partner Console.",
      },
      {
        kind: "forbidden",
        symptom: "Indeed says that the client is not authorised.",
        fix: "Job Sync or Disposition Sync is not switched on for this client. Ask your contact in Indeed's partner team.",
      },
      {
        symptom: "Jobs stay in the feed and never show.",
        fix: "Indeed has not accepted the feed yet. Ask their employer team; new feeds are reviewed for weeks.",
      },
      waits(
        "Postings wait for Indeed, or the feed was not crawled today.",
        "Indeed counts the cost of calls in a minute and decides when it crawls. We go on by ourselves.",
      ),
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
