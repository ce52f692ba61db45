import { createHmac, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
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

/* `v1a` of Standard Webhooks: an ed25519 pair as `whsk_` (seed and public key, 64 bytes) and `whpk_` (32 bytes) in base64. */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

const seedKey = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: "der", type: "pkcs8" });

function pairOf(key: string): { seed: Buffer; publicKey: Buffer } {
  const bytes = Buffer.from(key.replace(/^whsk_/, ""), "base64");
  if (!key.startsWith("whsk_") || bytes.length !== 64)
    throw new TypeError("A signing key is whsk_ and 64 bytes in base64.");
  return { seed: bytes.subarray(0, 32), publicKey: bytes.subarray(32) };
}

/** A new private key for `v1a`: `whsk_` and base64. */
export function newSigningKey(): string {
  const seed = randomBytes(32);
  const spki = createPublicKey(seedKey(seed)).export({ format: "der", type: "spki" });
  return `whsk_${Buffer.concat([seed, spki.subarray(-32)]).toString("base64")}`;
}

/** What receivers check `v1a` with: `whpk_` and base64. */
export const publicKeyOf = (key: string): string => `whpk_${pairOf(key).publicKey.toString("base64")}`;

/**
 * The three headers of one attempt. Every secret given signs, newest first, so that rotation leaves no gap; the keys of
 * `v1a` sign beside them.
 */
export function signStandard(what: {
  id: string;
  at: Date;
  body: Uint8Array;
  secrets: readonly string[];
  /** Private keys of `v1a`. */
  keys?: readonly string[];
}): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  if (what.secrets.length === 0 || what.secrets.includes("")) throw new TypeError("A webhook is never sent unsigned.");
  const timestamp = String(Math.floor(what.at.getTime() / 1000));
  const signature: HmacSignature = standardWebhooks;
  const content = signedContent(signature, { body: what.body, url: "", timestamp, id: what.id }) ?? Buffer.alloc(0);
  const signatures = [
    ...what.secrets.map((secret) => `v1,${digest(signature, secret, content)}`),
    ...(what.keys ?? []).map((key) => `v1a,${sign(null, content, seedKey(pairOf(key).seed)).toString("base64")}`),
  ];
  return { "webhook-id": what.id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

/** Checks a Standard Webhooks request; ±5 minutes. */
export function verifyStandard(request: RawRequest, secrets: readonly string[], now: Date): Promise<Verdict> {
  return verifySignature(standardWebhooks, { request, secrets, now });
}

/** The legacy `X-Webhook-Signature`: hex HMAC-SHA256 of the exact body, no time stamp, under a secret of its own. */
export function legacySignature(secret: string, body: Uint8Array): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}
