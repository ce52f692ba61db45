import { timingSafeEqual } from "node:crypto";
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import type { RawRequest } from "../contract/capabilities.ts";
import type { Signature } from "../contract/signature.ts";
import type { Egress } from "./egress.server.ts";
import { parseJson, textAt } from "./paths.ts";
import {
  coveredText,
  digest,
  type FieldsSignature,
  type HmacSignature,
  headerOf,
  signedContent,
  timestampOf,
  timestampText,
  unicodeEscaped,
} from "./signed-content.server.ts";

/** Why a request was refused. The set is closed; the reason is logged and counted, never told to the caller. */
export type Refusal =
  | "missing-secret"
  | "missing-header"
  | "bad-timestamp"
  | "too-old"
  | "too-new"
  | "malformed"
  | "mismatch"
  | "keys-unavailable";

export type Verdict = { ok: true } | { ok: false; reason: Refusal };

const no = (reason: Refusal): Verdict => ({ ok: false, reason });
const yes: Verdict = { ok: true };

export interface VerifyOptions {
  request: RawRequest;
  /** Every live secret; during rotation old and new. None is a refusal. */
  secrets: readonly string[];
  now: Date;
  /** The URL as the vendor called it, where it is part of what is signed; `request.url` otherwise. */
  url?: string;
  /** Needed for `jwt`, whose keys are fetched through the guard. */
  egress?: Egress;
}

/** Whether a request carries the vendor's signature over exactly these bytes. Fails closed; constant time. */
export async function verifySignature(signature: Signature, options: VerifyOptions): Promise<Verdict> {
  switch (signature.scheme) {
    case "url-token":
      return yes;
    case "jwt":
      return verifyJwt(signature, options);
    case "shared-secret":
      return verifyShared(signature, options);
    case "hmac":
      return verifyHmac(signature, options);
    case "hmac-fields":
      return verifyFields(signature, options);
  }
}

function usable(secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => secret !== "");
}

type SharedSecret = Extract<Signature, { scheme: "shared-secret" }>;

function verifyShared({ header, dated }: SharedSecret, { request, secrets, now }: VerifyOptions): Verdict {
  const live = usable(secrets);
  if (live.length === 0) return no("missing-secret");
  const given = headerOf(request, header);
  if (given === undefined) return no("missing-header");
  if (!anyEqual([given], live)) return no("mismatch");
  if (!dated) return yes;
  const at = Date.parse(textAt(parseJson(new TextDecoder().decode(request.body)), dated.bodyPath) ?? "");
  return Number.isNaN(at) ? no("bad-timestamp") : within(now, new Date(at), dated.toleranceSeconds);
}

function verifyHmac(signature: HmacSignature, { request, secrets, now, url }: VerifyOptions): Verdict {
  const live = usable(secrets);
  if (live.length === 0) return no("missing-secret");
  const given = headerOf(request, signature.header);
  if (given === undefined) return no("missing-header");

  let timestamp: string | undefined;
  if (signature.timestamp) {
    timestamp = headerOf(request, signature.timestamp.header);
    if (timestamp === undefined) return no("missing-header");
    const at = timestampOf(signature.timestamp.unit, timestamp);
    if (at === null) return no("bad-timestamp");
    const timely = within(now, at, signature.timestamp.toleranceSeconds);
    if (!timely.ok) return timely;
  }
  const id = signature.idHeader ? headerOf(request, signature.idHeader) : undefined;
  const parts = { url: url ?? request.url, timestamp, id };
  const bodies = signature.orUnicodeEscaped ? [request.body, ...unicodeEscaped(request.body)] : [request.body];
  const contents = bodies.map((body) => signedContent(signature, { body, ...parts })).filter((one) => one !== null);
  if (contents.length === 0) return no("missing-header");

  const candidates = digestsIn(given, signature);
  if (candidates.length === 0) return no("malformed");
  const expected = live.flatMap((secret) => contents.map((content) => digest(signature, secret, content)));
  return anyEqual(candidates, expected) ? yes : no("mismatch");
}

function verifyFields(signature: FieldsSignature, { request, secrets, now }: VerifyOptions): Verdict {
  const live = usable(secrets);
  if (live.length === 0) return no("missing-secret");
  const body = parseJson(new TextDecoder().decode(request.body));
  const given = textAt(body, signature.at)?.toLowerCase();
  if (!given) return no("missing-header");
  const { bodyPath, unit, toleranceSeconds } = signature.dated;
  const stamp = textAt(body, bodyPath) ?? "";
  const at = timestampOf(unit, stamp);
  // One spelling only: with a leading zero the border to the value before it could be moved under the same signature.
  if (at === null || (unit !== "iso" && timestampText(unit, at) !== stamp)) return no("bad-timestamp");
  const content = coveredText(signature, body);
  if (content === null) return no("malformed");
  const expected = live.map((secret) => digest(signature, secret, Buffer.from(content)));
  if (!anyEqual([given], expected)) return no("mismatch");
  return within(now, at, toleranceSeconds);
}

function within(now: Date, at: Date, toleranceSeconds: number): Verdict {
  const age = (now.getTime() - at.getTime()) / 1000;
  // Whole-second stamps: the sub-second part of our clock must not refuse the last allowed second.
  if (Math.floor(age) > toleranceSeconds) return no("too-old");
  return age < -toleranceSeconds ? no("too-new") : yes;
}

/** The digests in a header value. A prefix without a space allows several, parted by spaces, other versions skipped. */
function digestsIn(value: string, signature: HmacSignature): string[] {
  const prefix = signature.prefix ?? "";
  const parts = prefix.includes(" ") ? [value.trim()] : value.trim().split(/\s+/);
  return parts
    .filter((part) => part.startsWith(prefix))
    .map((part) => part.slice(prefix.length))
    .map((part) => (signature.encoding === "hex" ? part.toLowerCase() : part))
    .filter((part) => part !== "");
}

/** Every pair is compared, so that time tells nothing about which one matched. */
function anyEqual(given: readonly string[], expected: readonly string[]): boolean {
  let found = false;
  for (const one of given) for (const other of expected) found = equal(one, other) || found;
  return found;
}

function equal(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && timingSafeEqual(left, right);
}

const keySets = new WeakMap<Egress, Map<string, ReturnType<typeof createRemoteJWKSet>>>();

async function verifyJwt(signature: Extract<Signature, { scheme: "jwt" }>, options: VerifyOptions): Promise<Verdict> {
  const { request, egress, now } = options;
  const given = headerOf(request, signature.header)?.replace(/^Bearer\s+/i, "");
  if (given === undefined) return no("missing-header");
  if (!egress) return no("keys-unavailable");
  try {
    await jwtVerify(given, keysOf(egress, signature.jwksUrl), {
      issuer: signature.issuer,
      audience: signature.audience,
      currentDate: now,
      clockTolerance: 60,
      requiredClaims: ["exp"],
    });
    return yes;
  } catch (error) {
    return no(jwtRefusal(error));
  }
}

function jwtRefusal(error: unknown): Refusal {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (code === "ERR_JWT_EXPIRED") return "too-old";
  if (code === "ERR_JWS_INVALID" || code === "ERR_JWT_INVALID") return "malformed";
  const told = typeof code === "string" && code.startsWith("ERR_J") && code !== "ERR_JWKS_TIMEOUT";
  return told ? "mismatch" : "keys-unavailable";
}

function keysOf(egress: Egress, url: string): ReturnType<typeof createRemoteJWKSet> {
  const known = keySets.get(egress) ?? new Map();
  keySets.set(egress, known);
  const keys =
    known.get(url) ??
    createRemoteJWKSet(new URL(url), {
      [customFetch]: async (target: string) => {
        const answer = await egress.request(target, { timeoutMs: 5_000, maxBytes: 256 * 1024 });
        return new Response(Buffer.from(answer.body), { status: answer.status, headers: answer.headers });
      },
    });
  known.set(url, keys);
  return keys;
}
