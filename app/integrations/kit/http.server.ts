import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { AnyAdapter } from "../contract/adapter.ts";
import type { Http, HttpAnswer, HttpRequest } from "../contract/ctx.ts";
import { type ErrorKind, IntegrationError } from "../contract/errors.ts";
import type { AuthStrategy, Environment, Manifest } from "../contract/manifest.ts";
import {
  authorize,
  type CredentialsProvider,
  type Grant,
  isRefreshable,
  isTokenBased,
  type Outgoing,
} from "./auth.server.ts";
import { judge, looksLikeHtml, resetTime } from "./classify.server.ts";
import type { Egress } from "./egress.server.ts";
import { encodeBody, exchange } from "./exchange.server.ts";
import { createGate } from "./gate.server.ts";
import { type PaceAsk, type Pacer, paceAsks } from "./pacer.server.ts";
import { nextCursor, pageRequest } from "./paginate.server.ts";
import { parseJson } from "./paths.ts";
import { createRedactor } from "./redact.server.ts";
import { createUrlMap, type Rewrite } from "./urls.server.ts";

/** One physical call, for metrics and the activity page. `path` has ids replaced; nothing in it is secret. */
export interface CallRecord {
  vendorId: string;
  connectionId: string;
  method: string;
  host: string;
  path: string;
  status: number | null;
  ms: number;
  kind: ErrorKind | null;
}

export interface HttpOptions {
  manifest: Manifest;
  /** The connection's own strategy, an AuthChoice already resolved. */
  strategy: AuthStrategy;
  connectionId: string;
  config: Readonly<Record<string, unknown>>;
  credentials: CredentialsProvider;
  pacer: Pacer;
  egress: Egress;
  signal: AbortSignal;
  environment?: Environment | undefined;
  rewrite?: Rewrite | undefined;
  classify?: AnyAdapter["classify"];
  envelope?: AnyAdapter["envelope"];
  meter?: (call: CallRecord) => void;
  /** Awaited right before each request that may change something leaves: its turn in the budget has come. */
  departing?: () => Promise<void>;
  now?: () => Date;
  /** Waits between attempts; injected so that tests do not wait. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds over all attempts of one call (30 s) and of one attempt (15 s). */
  totalMs?: number;
  attemptMs?: number;
  /** Bytes of answer, sent and unpacked. */
  maxBytes?: number;
}

const MAX_ATTEMPTS = 3;
/** A budget that frees within this time is waited for; anything longer is the caller's to park. */
const MAX_PACE_WAIT_MS = 1_000;
const readingMethods = new Set(["GET", "PROPFIND", "REPORT", "OPTIONS"]);
const idempotentMethods = new Set(["GET", "PUT", "DELETE", "PROPFIND", "REPORT", "OPTIONS"]);

/**
 * The `Http` that adapters get: authenticated, paced, retried, host-allow-listed, egress-guarded, redacted and metered.
 * Kinds: every one of the table; `rate-limited` always carries `retryAfter`.
 */
export function createHttp(options: HttpOptions): Http {
  const { manifest, strategy, signal } = options;
  const now = options.now ?? (() => new Date());
  const sleep = options.sleep ?? pause;
  const urls = createUrlMap(options);
  const gate = createGate(manifest.rateLimit.concurrency);

  async function send(request: HttpRequest, wantsJson = false): Promise<HttpAnswer> {
    const url = urls.check(request.url);
    for (const [name, value] of Object.entries(request.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const method = request.method ?? "GET";
    const mayRepeat = request.idempotent ?? idempotentMethods.has(method);
    const deadline = Date.now() + (options.totalMs ?? 30_000);
    let grant = await freshGrant(await options.credentials.current());
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const left = deadline - Date.now();
      try {
        return await gate(signal, () => once(request, new URL(url), method, grant, { left, wantsJson, renewed }));
      } catch (error) {
        if (!(error instanceof IntegrationError)) throw error;
        if (error.kind === "auth-expired" && isRefreshable(strategy)) {
          if (renewed) throw new IntegrationError("auth-revoked", error.message, error.info);
          renewed = true;
          grant = await options.credentials.refresh(grant.version);
          attempt--;
          continue;
        }
        const wait = Math.round(200 * 2 ** (attempt - 1) * (0.5 + Math.random()));
        const passing = error.kind === "network" || error.kind === "unavailable";
        const told = error.info.retryAfter !== undefined && error.info.retryAfter.getTime() - now().getTime() > wait;
        if (!passing || told || !mayRepeat || attempt >= MAX_ATTEMPTS || Date.now() + wait >= deadline) throw error;
        await sleep(wait, signal);
      }
    }
  }

  async function freshGrant(grant: Grant): Promise<Grant> {
    if (!isTokenBased(strategy) || grant.accessToken || !isRefreshable(strategy)) return grant;
    return options.credentials.refresh(grant.version);
  }

  async function once(
    request: HttpRequest,
    url: URL,
    method: string,
    grant: Grant,
    { left: leftMs, wantsJson, renewed }: { left: number; wantsJson: boolean; renewed: boolean },
  ): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const asks = paceAsks(manifest, options.connectionId, method, url.pathname);
    for (const ask of asks) await pace(ask);
    const wire = urls.toWire(url);
    const envelope = request.sealed ? options.envelope : undefined;
    const keys = { config: options.config, secrets: grant.secrets };
    const { body, headers } = encodeBody(
      envelope
        ? {
            ...request,
            text: { type: "application/json", value: envelope.seal(JSON.stringify(request.body), keys) },
          }
        : request,
    );
    for (const [name, value] of Object.entries(wire.headers)) headers.set(name, value);
    const outgoing: Outgoing = { method, url, host: wire.host, headers, body };
    authorize(outgoing, strategy, grant, options.config, { now: now(), nonce: randomUUID() });
    const target = urls.toWire(outgoing.url).url;
    if (!readingMethods.has(method)) await options.departing?.();
    const redact = createRedactor([...Object.values(grant.secrets), ...(grant.accessToken ? [grant.accessToken] : [])]);
    const started = performance.now();
    const typedHost = urls.typed(url);
    let status: number | null = null;
    let kind: ErrorKind | null = null;
    try {
      const answer = await exchange(options.egress, target, outgoing, {
        signal,
        timeoutMs: Math.max(1, Math.min(leftMs, options.attemptMs ?? 15_000)),
        maxBytes: options.maxBytes ?? 10 * 1024 * 1024,
        vendor: manifest.name,
        typedHost,
      });
      status = answer.status;
      const error = judge(answer, request, {
        manifest,
        refreshable: isRefreshable(strategy),
        renewed,
        typedHost,
        classify: options.classify,
        redact,
        now: now(),
      });
      await learn(asks, answer.headers, error);
      if (error) throw error;
      if ((wantsJson || isSuccess(answer)) && looksLikeHtml(answer))
        throw new IntegrationError("unavailable", `${manifest.name} answered with a web page instead of data.`, {
          status,
        });
      if (request.okPath && parseJson(answer.text) === undefined)
        throw new IntegrationError("contract", `${manifest.name} gave an answer that is cut or no JSON.`, {
          field: "",
        });
      return envelope && isSuccess(answer) ? { ...answer, text: envelope.open(answer.text, keys) } : answer;
    } catch (error) {
      if (error instanceof IntegrationError) kind = error.kind;
      throw error;
    } finally {
      const ms = Math.round(performance.now() - started);
      const { id: vendorId } = manifest;
      options.meter?.({
        vendorId,
        connectionId: options.connectionId,
        method,
        host: url.host,
        path: template(url.pathname),
        status,
        ms,
        kind,
      });
    }
  }

  async function pace(ask: PaceAsk): Promise<void> {
    const limit = now().getTime() + MAX_PACE_WAIT_MS;
    for (let turn = 0; ; turn++) {
      const taken = await options.pacer.take(ask);
      if (taken.ok) return;
      if (taken.retryAfter.getTime() > limit || turn >= 20)
        throw new IntegrationError("rate-limited", `The call budget of ${manifest.name} is used up for now.`, {
          retryAfter: taken.retryAfter,
        });
      await sleep(Math.max(1, taken.retryAfter.getTime() - now().getTime()), signal);
    }
  }

  async function learn(asks: readonly PaceAsk[], headers: Headers, error: IntegrationError | null): Promise<void> {
    const policy = manifest.rateLimit;
    const left = policy.headers?.remaining ? headers.get(policy.headers.remaining) : null;
    const resetAt = resetTime(headers, policy, now());
    const blockedUntil = error?.kind === "rate-limited" ? error.info.retryAfter : undefined;
    if (left === null && !blockedUntil) return;
    const news = {
      ...(left !== null && /^\d+$/.test(left.trim()) ? { remaining: Number(left) } : {}),
      ...(resetAt ? { resetAt } : {}),
      ...(blockedUntil ? { blockedUntil } : {}),
    };
    for (const ask of asks) await options.pacer.learn?.(ask, news);
  }

  async function parsed<S extends z.ZodType>(request: HttpRequest, schema: S) {
    const answer = await send(request, true);
    const raw = answer.text.trim() === "" ? null : parseJson(answer.text);
    const where = `${request.method ?? "GET"} ${template(new URL(request.url).pathname)}`;
    if (raw === undefined)
      throw new IntegrationError("contract", `${manifest.name} did not answer ${where} with JSON.`, { field: "" });
    const result = schema.safeParse(raw);
    if (result.success) return { body: result.data, raw, headers: answer.headers };
    const issue = result.error.issues[0];
    const path = issue?.path.map(String).join(".") ?? "";
    throw new IntegrationError(
      "contract",
      `${manifest.name} answered ${where} in an unexpected form at ${path || "its root"}.`,
      { field: path, status: answer.status },
    );
  }

  return {
    send: (request) => send(request, request.okPath !== undefined),
    json: async (request, schema) => (await parsed(request, schema)).body,
    async page(request, schema, how) {
      const asked = pageRequest(request, how);
      const { body, raw, headers } = await parsed(asked, schema);
      const from = urls.check(asked.url);
      const next = nextCursor(request, how, { body: raw, headers }, (link) => urls.fromWire(link, from).href);
      return { body, next, headers };
    },
  };
}

const isSuccess = ({ status }: HttpAnswer) => status >= 200 && status < 300;

const idLike = /^(\d+|[0-9a-f]{8,}(-[0-9a-f]+)*|.*[@%:].*|(?=.*\d)[\w-]{12,}|[\w-]{24,})$/i;

/** A path with everything that looks like an id replaced: "/v3/jobs/5101" → "/v3/jobs/:id". */
export function template(path: string): string {
  return path
    .split("/")
    .map((part) => (idLike.test(part) ? ":id" : part))
    .join("/");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
