import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  customFetch,
  genericTokenEndpointRequest,
  revocationRequest,
} from "oauth4webapi";
import { z } from "zod";
import { type ErrorKind, IntegrationError } from "../contract/errors.ts";
import { looksLikeHtml, retryTime } from "./classify.server.ts";
import { EgressError, kindOfPhase } from "./egress.server.ts";
import type { ClientStrategy, CodeStrategy, OAuthClient, OAuthIo } from "./oauth.server.ts";
import { at, parseJson, textAt } from "./paths.ts";
import { createUrlMap } from "./urls.server.ts";

/** A token answer in one form, whatever the vendor's was. */
export interface TokenSet {
  accessToken: string;
  refreshToken: string | null;
  expiresAt: Date | null;
  /** Null when the vendor does not tell. */
  scopes: readonly string[] | null;
  keep: Readonly<Record<string, string>>;
}

const tokenBody = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.coerce.number().nonnegative().nullish().catch(null),
  expires_at: z.union([z.string(), z.number()]).nullish().catch(null),
  scope: z
    .union([z.string(), z.array(z.string())])
    .nullish()
    .catch(null),
});

/** One token request through the guard: no redirects, one deadline, 200 and 201 alike. */
export async function requestToken(
  io: OAuthIo,
  strategy: CodeStrategy | ClientStrategy,
  client: OAuthClient,
  grantType: string,
  params: Record<string, string>,
): Promise<TokenSet> {
  const { server, options } = endpoint(io, { token_endpoint: strategy.tokenUrl });
  const started = (io.now ?? (() => new Date()))();
  const response = await network(io, () =>
    genericTokenEndpointRequest(
      server,
      { client_id: client.clientId },
      clientAuth(strategy, client),
      grantType,
      params,
      options,
    ),
  );
  const text = await response.text();
  const body = parseJson(text);
  const error = tokenError(io, strategy, response, text, body, started, grantType === "refresh_token");
  if (error) throw error;
  const parsed = tokenBody.safeParse(body);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new IntegrationError(
      "contract",
      `${io.manifest.name} gave a token answer without a usable ${path || "body"}.`,
      { field: path },
    );
  }
  const keep: Record<string, string> = {};
  for (const path of strategy.keep ?? []) {
    const value = textAt(body, path);
    if (value !== undefined) keep[path] = value;
  }
  const ttl = strategy.kind === "oauth2-client" ? strategy.defaultTtl : null;
  return {
    accessToken: parsed.data.access_token,
    refreshToken: parsed.data.refresh_token ?? null,
    expiresAt: expiry(parsed.data, started, ttl),
    scopes: scopesOf(parsed.data.scope),
    keep,
  };
}

/** One RFC 7009 request. 200 is done; so is an answer that the token is not known. */
export async function sendRevocation(
  io: OAuthIo,
  strategy: CodeStrategy,
  url: string,
  client: OAuthClient,
  token: string,
): Promise<void> {
  const { server, options } = endpoint(io, { revocation_endpoint: url });
  const response = await network(io, () =>
    revocationRequest(server, { client_id: client.clientId }, clientAuth(strategy, client), token, options),
  );
  const text = await response.text();
  const body = parseJson(text);
  const code = textAt(body, "error") ?? "";
  if (goneAlready.has(code)) return;
  const error = tokenError(io, strategy, response, text, body, new Date());
  if (error && error.kind !== "auth-revoked") throw error;
}

const goneAlready = new Set(["invalid_token", "token_revoked", "account_inactive", "invalid_auth"]);

function endpoint(io: OAuthIo, endpoints: Partial<AuthorizationServer>) {
  const urls = createUrlMap({ ...io, config: io.config ?? {} });
  const wired: Record<string, string> = {};
  const extra: Record<string, string> = {};
  for (const name of ["token_endpoint", "revocation_endpoint"] as const) {
    const url = endpoints[name];
    if (!url) continue;
    const wire = urls.toWire(urls.check(url));
    wired[name] = wire.url.href;
    Object.assign(extra, wire.headers);
  }
  const server: AuthorizationServer = { issuer: "https://vendor.invalid", ...wired };
  const options = {
    headers: extra,
    // The guard decides what may be plain http: only the listed loopback origins.
    [allowInsecureRequests]: true,
    [customFetch]: async (url: string, init: { method: string; headers: Record<string, string>; body?: unknown }) => {
      const answer = await io.egress.request(url, {
        method: init.method,
        headers: { ...init.headers, accept: "application/json", "accept-encoding": "identity" },
        body: String(init.body ?? ""),
        timeoutMs: io.timeoutMs ?? 15_000,
        maxBytes: 256 * 1024,
        ...(io.signal ? { signal: io.signal } : {}),
      });
      const empty = answer.status === 204 || answer.status === 304 || answer.body.length === 0;
      return new Response(empty ? null : Buffer.from(answer.body), { status: answer.status, headers: answer.headers });
    },
  };
  return { server, options };
}

/**
 * Basic with both parts form-encoded (RFC 6749 §2.3.1) so that `+/= ` survive, but `-._*` left as they are: vendors that
 * never decode are broken by oauth4webapi's stricter escaping.
 */
function clientAuth(strategy: CodeStrategy | ClientStrategy, client: OAuthClient): ClientAuth {
  return (_server: AuthorizationServer, _client: Client, body, headers) => {
    if (strategy.clientAuth === "basic") {
      const pair = [client.clientId, client.clientSecret].map((part) =>
        new URLSearchParams({ v: part }).toString().slice(2),
      );
      headers.set("authorization", `Basic ${Buffer.from(pair.join(":")).toString("base64")}`);
      return;
    }
    body.set("client_id", client.clientId);
    body.set("client_secret", client.clientSecret);
  };
}

async function network(io: OAuthIo, call: () => Promise<Response>): Promise<Response> {
  try {
    return await call();
  } catch (error) {
    io.signal?.throwIfAborted();
    const inner = error instanceof EgressError ? error : error instanceof Error ? error.cause : undefined;
    if (inner instanceof EgressError)
      throw new IntegrationError(kindOfPhase(inner.phase), `${io.manifest.name} could not be reached to sign in.`, {
        ...(inner.code ? { vendorCode: inner.code } : {}),
        cause: inner,
      });
    throw error;
  }
}

const deadGrant = new Set([
  "invalid_grant",
  "invalid_refresh_token",
  "invalid_code",
  "token_expired",
  "token_revoked",
  "invalid_auth",
  "account_inactive",
  "bad_verification_code",
]);
/** What passes by itself, for vendors that say it under 200 too. */
const outage = new Set([
  "temporarily_unavailable",
  "server_error",
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "team_added_to_org",
]);
const wrongClient = new Set(["invalid_client", "unauthorized_client", "invalid_client_id", "bad_client_secret"]);

function tokenError(
  io: OAuthIo,
  strategy: CodeStrategy | ClientStrategy,
  response: Response,
  text: string,
  body: unknown,
  now: Date,
  refreshing = false,
): IntegrationError | null {
  const { name, rateLimit } = io.manifest;
  const saysNo = at(body, "ok") === false;
  const code = textAt(body, "error.code") ?? textAt(body, "error") ?? textAt(body, "error_code");
  const answer = { status: response.status, headers: response.headers, text };
  const { status } = response;
  if (status >= 200 && status < 300 && !saysNo && code === undefined)
    return looksLikeHtml(answer)
      ? new IntegrationError("unavailable", `${name} answered the sign-in with a web page.`, { status })
      : null;
  const ownWord = refreshing && strategy.kind === "oauth2-code" && strategy.deadGrantCodes?.includes(code ?? "");
  const kind = kindOf(status, ownWord ? "invalid_grant" : code, strategy.kind);
  const retryAfter =
    kind === "rate-limited" || kind === "unavailable" ? retryTime(response.headers, rateLimit, now) : undefined;
  const sentences: Partial<Record<ErrorKind, string>> = {
    "auth-revoked": `${name} does not accept these credentials any more`,
    config: `${name} refused the sign-in settings`,
    "rate-limited": `${name} asks for fewer sign-in requests`,
    unavailable: `${name} cannot sign in anybody at the moment`,
  };
  return new IntegrationError(
    kind,
    `${sentences[kind] ?? `${name} answered the sign-in in an unexpected form`} (${status}).`,
    {
      status,
      ...(code && /^[\w.:-]{1,80}$/.test(code) ? { vendorCode: code } : {}),
      ...(retryAfter
        ? { retryAfter }
        : kind === "rate-limited"
          ? { retryAfter: new Date(now.getTime() + 60_000) }
          : {}),
    },
  );
}

function kindOf(status: number, code: string | undefined, strategy: "oauth2-code" | "oauth2-client"): ErrorKind {
  if (status === 429 || code === "ratelimited" || code === "rate_limited" || code === "slow_down")
    return "rate-limited";
  if (status >= 500 || (code !== undefined && outage.has(code))) return "unavailable";
  if (status === 408) return "network";
  if (code !== undefined && deadGrant.has(code)) return "auth-revoked";
  // Client credentials are the connection's own: a wrong pair is a dead credential, not a fault of this instance.
  const refused = (code !== undefined && wrongClient.has(code)) || status === 401 || status === 403;
  if (refused) return strategy === "oauth2-client" ? "auth-revoked" : "config";
  if (status >= 300 && status < 400) return "contract";
  return "config";
}

function expiry(body: z.infer<typeof tokenBody>, started: Date, defaultTtl: number | null): Date | null {
  if (typeof body.expires_at === "string" && !Number.isNaN(Date.parse(body.expires_at)))
    return new Date(body.expires_at);
  const epoch = Number(body.expires_at);
  if (body.expires_at && epoch > 1_000_000_000) return new Date(epoch > 100_000_000_000 ? epoch : epoch * 1000);
  const seconds = body.expires_in ?? defaultTtl;
  return seconds === null ? null : new Date(started.getTime() + seconds * 1000);
}

function scopesOf(scope: string | readonly string[] | null | undefined): readonly string[] | null {
  if (scope === null || scope === undefined) return null;
  const list = typeof scope === "string" ? scope.split(/[\s,]+/) : scope;
  return list.filter((name) => name !== "");
}
