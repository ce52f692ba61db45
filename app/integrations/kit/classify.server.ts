import type { Classify } from "../contract/adapter.ts";
import type { HttpAnswer, HttpRequest } from "../contract/ctx.ts";
import { type ErrorKind, IntegrationError, type IntegrationErrorInfo } from "../contract/errors.ts";
import type { Manifest, RateLimitPolicy } from "../contract/manifest.ts";
import { parseJson, textAt } from "./paths.ts";
import type { Redactor } from "./redact.server.ts";

export interface Judge {
  manifest: Pick<Manifest, "name" | "rateLimit">;
  /** Whether an expired token can be renewed. */
  refreshable: boolean;
  /** Whether the person typed the host. */
  typedHost: boolean;
  /** Whether this very call renewed the token. */
  renewed: boolean;
  classify?: Classify | undefined;
  redact: Redactor;
  now: Date;
}

/** The error that an answer means, or null when it is an answer. The vendor's own reading comes first. */
export function judge(answer: HttpAnswer, request: HttpRequest, by: Judge): IntegrationError | null {
  if (request.accept?.includes(answer.status)) return null;
  const success = answer.status >= 200 && answer.status < 300;
  const refused = success && saysNo(answer, request);
  const own = ownReading(answer, by);
  const read =
    own ??
    (refused ? "validation" : success ? null : (kindOfStatus(answer.status) ?? (by.typedHost ? "config" : "contract")));
  if (read === null) return null;
  const kind = read === "auth-expired" && !by.refreshable ? "auth-revoked" : read;
  const body = parseJson(answer.text);
  const vendorCode = (request.okPath && textAt(body, request.okPath.errorPath)) ?? vendorCodeOf(body);
  const retryAfter =
    kind === "rate-limited" || kind === "unavailable"
      ? retryTime(answer.headers, by.manifest.rateLimit, by.now)
      : undefined;
  const info: IntegrationErrorInfo = {
    status: answer.status,
    ...(vendorCode ? { vendorCode: by.redact(vendorCode).slice(0, 120) } : {}),
    ...(retryAfter
      ? { retryAfter }
      : kind === "rate-limited"
        ? { retryAfter: new Date(by.now.getTime() + 60_000) }
        : {}),
  };
  return new IntegrationError(kind, sentence(kind, answer, by, vendorMessageOf(body)), info);
}

/** Who is asked for fewer calls, or meets an outage, learns nothing about the sign-in, whatever the body says. */
const ofSignIn: ReadonlySet<string> = new Set(["auth-expired", "auth-revoked", "expired-or-forbidden"]);

function ownReading(answer: HttpAnswer, by: Judge): ErrorKind | null {
  const own = by.classify?.(answer) ?? null;
  if (own !== null && ofSignIn.has(own) && (answer.status === 429 || answer.status >= 500)) return null;
  if (own !== "expired-or-forbidden") return own;
  return by.renewed || !by.refreshable ? "forbidden" : "auth-expired";
}

function saysNo(answer: HttpAnswer, request: HttpRequest): boolean {
  if (!request.okPath) return false;
  const body = parseJson(answer.text);
  // A body that is no JSON is judged by whoever parses it: a web page is not the vendor's "no".
  if (body === undefined) return false;
  const ok = textAt(body, request.okPath.path);
  return ok === undefined || ok === "false" || ok === "0" || ok === "";
}

/** What a status says by itself; null for one that is no refusal. */
export function kindOfStatus(status: number): ErrorKind | null {
  if (status === 401) return "auth-expired";
  if (status === 403) return "forbidden";
  if (status === 404 || status === 410) return "not-found";
  if (status === 409 || status === 412) return "conflict";
  if (status === 408) return "network";
  if (status === 429) return "rate-limited";
  if (status >= 500) return "unavailable";
  return status >= 400 ? "validation" : null;
}

const words: Record<ErrorKind, string> = {
  "auth-expired": "says that the access token has expired",
  "auth-revoked": "does not accept the credentials any more",
  forbidden: "refuses this to the connected account",
  config: "does not accept the settings of this connection",
  validation: "did not accept what was sent",
  "not-found": "does not know this record",
  conflict: "holds another state of this record",
  "cursor-expired": "no longer knows where the last sync ended",
  "rate-limited": "asks for fewer calls",
  unavailable: "is not working at the moment",
  network: "could not be reached",
  contract: "answered in an unexpected form",
  unsupported: "does not support this",
};

function sentence(kind: ErrorKind, answer: HttpAnswer, by: Judge, detail: string | undefined): string {
  const clean = detail ? by.redact(detail).replace(/\s+/g, " ").trim().slice(0, 200) : "";
  const told = kind === "validation" || kind === "forbidden" || kind === "conflict";
  const told200 = told && clean !== "" ? `: ${clean.replace(/\.$/, "")}` : "";
  // Some vendors say no under 200: that number would only puzzle.
  const status = answer.status >= 400 ? ` (${answer.status})` : "";
  return `${by.manifest.name} ${words[kind]}${status}${told200}.`;
}

const codePaths = [
  "error.errors.0.reason",
  "error.code",
  "serviceErrorCode",
  "errors.0.code",
  "errors.0.extensions.code",
  "errors.0.reason",
  "error_code",
  "code",
  "error.type",
  "error",
];
const messagePaths = [
  "error.message",
  "errors.0.message",
  "error_description",
  "message",
  "detail",
  "errors.0",
  "title",
  "error",
];

function vendorCodeOf(body: unknown): string | undefined {
  const code = codePaths.map((path) => textAt(body, path)).find((found) => found !== undefined && found !== "");
  return code !== undefined && /^[\w.:-]{1,80}$/.test(code) ? code : undefined;
}

function vendorMessageOf(body: unknown): string | undefined {
  return messagePaths.map((path) => textAt(body, path)).find((found) => found !== undefined && found !== "");
}

/** When the vendor allows the next call: Retry-After as seconds or date, else the manifest's reset header. */
export function retryTime(headers: Headers, policy: RateLimitPolicy, now: Date): Date | undefined {
  const after = headers.get("retry-after")?.trim();
  if (after && /^\d+(\.\d+)?$/.test(after)) return dateAt(now.getTime() + Number(after) * 1000);
  if (after && !Number.isNaN(Date.parse(after))) return new Date(Math.max(now.getTime(), Date.parse(after)));
  return resetTime(headers, policy, now);
}

/** The manifest's reset header as a time, or undefined. */
export function resetTime(headers: Headers, policy: RateLimitPolicy, now: Date): Date | undefined {
  const raw = policy.headers?.reset ? headers.get(policy.headers.reset)?.trim() : undefined;
  if (!raw || !/^\d+(\.\d+)?$/.test(raw)) return undefined;
  const value = Number(raw);
  const unit = policy.headers?.resetUnit ?? "epoch-s";
  const time = unit === "epoch-ms" ? value : unit === "epoch-s" ? value * 1000 : now.getTime() + value * 1000;
  return dateAt(Math.max(now.getTime(), time));
}

/** A time that the calendar has, or undefined. */
function dateAt(ms: number): Date | undefined {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Whether a body is a web page: a maintenance or sign-in page in the way of data. No API that we call answers with one. */
export function looksLikeHtml(answer: HttpAnswer): boolean {
  if (answer.text.trim() === "") return false;
  return /text\/html/i.test(answer.headers.get("content-type") ?? "") || /^\s*<(!doctype html|html)/i.test(answer.text);
}
