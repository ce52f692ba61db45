import type { Manifest } from "../../contract/manifest.ts";
import { mailPattern } from "../../kit/families/fields.ts";

export const manifest = {
  id: "weworkremotely",
  name: "We Work Remotely",
  summary: "Paid listings for remote jobs, 30 days each.",
  category: "job-board",
  brand: { color: "#bb3027", site: "https://weworkremotely.com", monogram: "We" },
  cost: "paid",
  signIn: "Partner token · asked for by mail",
  auth: { kind: "api-key", field: "token", send: { in: "header", name: "authorization", prefix: "Bearer " } },
  fields: [
    {
      key: "token",
      label: "Partner token",
      help: "Ask We Work Remotely by mail; it is a special token for posting partners.",
      kind: "secret",
      maxLength: 500,
    },
    { key: "company", label: "Company", help: "As the listing should name it.", kind: "text", maxLength: 200 },
    { key: "companyUrl", label: "Company site", help: "Shown with the listing.", kind: "url", optional: true },
    {
      key: "posterEmail",
      label: "Contact mail",
      help: "Where We Work Remotely writes about a listing. Not shown to applicants.",
      kind: "text",
      pattern: mailPattern,
    },
    {
      key: "categoryId",
      label: "Category",
      help: "For jobs whose own category names none of these.",
      kind: "select",
      initial: "4",
      options: [
        { value: "2", label: "Full-Stack Programming" },
        { value: "17", label: "Front-End Programming" },
        { value: "18", label: "Back-End Programming" },
        { value: "6", label: "DevOps and Sysadmin" },
        { value: "1", label: "Design" },
        { value: "11", label: "Product" },
        { value: "7", label: "Customer Support" },
        { value: "9", label: "Sales and Marketing" },
        { value: "3", label: "Management and Finance" },
        { value: "4", label: "All Other Remote" },
      ],
    },
  ],
  setup: [],
  environments: [{ id: "production", label: "We Work Remotely" }],
  capabilities: ["jobPosting"],
  hosts: ["weworkremotely.com"],
  rateLimit: {
    per: "connection",
    concurrency: 2,
    buckets: [
      { limit: 5, seconds: 1 },
      { limit: 1000, seconds: 86_400 },
    ],
  },
  posting: {
    way: "api",
    usually: "minutes to a day",
    lookup: "listing",
    lifetimeDays: 30,
    price: { amount: 29_900, currency: "USD", per: "posting" },
    rules: [
      { rule: "required", field: "title", message: "We Work Remotely needs a title." },
      { rule: "required", field: "description", message: "We Work Remotely needs a description." },
      { rule: "remote-only", message: "We Work Remotely takes fully remote jobs only." },
    ],
  },
  docs: {
    api: "https://weworkremotely.com/api",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "We Work Remotely does not accept the token.",
        fix: "Ask them for a new token by mail and paste it under Settings.",
      },
      {
        kind: "forbidden",
        symptom: "The token may not post.",
        fix: "Ask We Work Remotely to switch posting on for your partner token.",
      },
      {
        kind: "validation",
        symptom: "A listing was refused.",
        fix: "The reason stands on the posting. Mend the job and publish again; a refused listing is not billed by us.",
      },
      {
        kind: "rate-limited",
        symptom: "Listings wait.",
        fix: "We Work Remotely allows 1,000 calls a day. Nothing to do: we go on by ourselves.",
      },
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
