import { createHmac, randomBytes } from "node:crypto";
import type { RawRequest } from "../contract/capabilities.ts";
import type { Signature } from "../contract/signature.ts";
import { digest, type HmacSignature, signedContent } from "./signed-content.server.ts";
import { type Verdict, verifySignature } from "./verify.server.ts";

/** Standard Webhooks 1.0.0 as data; inbound senders that follow it use the same object with their own secret source. */
export const standardWebhooks = {
  scheme: "hmac",
  hash: "sha256",
  encoding: "base64",
  header: "webhook-signature",
  prefix: "v1,",
  signed: "{id}.{timestamp}.{body}",
  timestamp: { header: "webhook-timestamp", unit: "s", toleranceSeconds: 300 },
  idHeader: "webhook-id",
  secretEncoding: "whsec",
  secret: { of: "subscription" },
} as const satisfies Signature;

/** A new endpoint secret: `whsec_` and 32 random bytes in base64. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/** The three headers of one attempt. Every secret given signs, newest first, so that rotation leaves no gap. */
export function signStandard(what: {
  id: string;
  at: Date;
  body: Uint8Array;
  secrets: readonly string[];
}): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  if (what.secrets.length === 0 || what.secrets.includes("")) throw new TypeError("A webhook is never sent unsigned.");
  const timestamp = String(Math.floor(what.at.getTime() / 1000));
  const signature: HmacSignature = standardWebhooks;
  const content = signedContent(signature, { body: what.body, url: "", timestamp, id: what.id }) ?? Buffer.alloc(0);
  return {
    "webhook-id": what.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": what.secrets.map((secret) => `v1,${digest(signature, secret, content)}`).join(" "),
  };
}

/** Checks a Standard Webhooks request; ±5 minutes. */
export function verifyStandard(request: RawRequest, secrets: readonly string[], now: Date): Promise<Verdict> {
  return verifySignature(standardWebhooks, { request, secrets, now });
}

/** The legacy `X-Webhook-Signature`: hex HMAC-SHA256 of the exact body, no time stamp, under a secret of its own. */
export function legacySignature(secret: string, body: Uint8Array): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}
