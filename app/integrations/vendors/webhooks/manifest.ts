import type { Manifest } from "../../contract/manifest.ts";

export const manifest = {
  id: "webhooks",
  name: "Webhooks",
  summary: "Signed events to your own systems, the moment they happen.",
  category: "automation",
  brand: { color: "#3b4350", site: "https://www.standardwebhooks.com", monogram: "W" },
  cost: "free",
  signIn: "Nothing to sign in to",
  auth: { kind: "none" },
  fields: [],
  setup: [],
  environments: [{ id: "production", label: "Your own systems" }],
  capabilities: [],
  hosts: [],
  rateLimit: { per: "connection", concurrency: 1, buckets: [{ limit: 1, seconds: 1 }] },
  docs: {
    api: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    troubleshooting: [
      {
        symptom: "The signature never fits.",
        fix: "Check it over the raw bytes of the body, before any framework parses it, with the whole secret including whsec_ given to the library.",
      },
      {
        symptom: "Deliveries arrive twice.",
        fix: "That can happen after a time-out. Keep each webhook-id for 8 days and answer a repeat with 2xx.",
      },
      {
        symptom: "The endpoint was switched off.",
        fix: "It answered 410, or failed for five days. Mend the receiver, switch it on, and send again what was not sent.",
      },
    ],
  },
  quality: "silver",
  waivers: {
    "S-1":
      "The other side is the employer's own system; the sandbox's receivers stand in for it instead of a simulated vendor.",
  },
} as const satisfies Manifest;
