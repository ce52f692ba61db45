import { timingSafeEqual } from "node:crypto";
import { CodeChallengeMethod, generateCodeVerifier, generateState, OAuth2Client } from "arctic";
import { IntegrationError } from "../contract/errors.ts";
import type { AuthStrategy, Environment, Manifest } from "../contract/manifest.ts";
import type { Egress } from "./egress.server.ts";
import { requestToken, sendRevocation, type TokenSet } from "./oauth-token.server.ts";
import { createUrlMap, type Rewrite } from "./urls.server.ts";

export type { TokenSet } from "./oauth-token.server.ts";
export type CodeStrategy = Extract<AuthStrategy, { kind: "oauth2-code" }>;
export type ClientStrategy = Extract<AuthStrategy, { kind: "oauth2-client" }>;

/** The vendor app of this instance, or for client credentials what the person typed. */
export interface OAuthClient {
  clientId: string;
  clientSecret: string;
}

/** What every token request needs besides the client. */
export interface OAuthIo {
  manifest: Manifest;
  egress: Egress;
  environment?: Environment | undefined;
  rewrite?: Rewrite | undefined;
  config?: Readonly<Record<string, unknown>>;
  signal?: AbortSignal | undefined;
  /** One deadline over the request, milliseconds; keep it under half of the lease. */
  timeoutMs?: number;
  now?: () => Date;
}

/** A fresh state and PKCE verifier, to be kept in the session and not in the page. */
export function newConsent(): { state: string; codeVerifier: string } {
  return { state: generateState(), codeVerifier: generateCodeVerifier() };
}

/** Where the browser goes to ask for consent. With PKCE the verifier's S256 challenge is part of it. */
export function authorizationUrl(options: {
  io: Pick<OAuthIo, "manifest" | "environment" | "rewrite">;
  strategy: CodeStrategy;
  clientId: string;
  redirectUri: string;
  state: string;
  codeVerifier: string;
  /** Scope names to ask for; all that are not optional when absent. */
  scopes?: readonly string[];
  /** Values for one consent, such as a login hint on reconnect. */
  extra?: Readonly<Record<string, string>>;
}): URL {
  const { io, strategy } = options;
  const authorize = new URL(strategy.authorizeUrl);
  const urls = createUrlMap({ ...io, config: {} });
  const endpoint = urls.toWire(authorize).url.href;
  const scopes = [...(options.scopes ?? requiredScopes(strategy))];
  const client = new OAuth2Client(options.clientId, null, options.redirectUri);
  const url =
    strategy.pkce === "S256"
      ? client.createAuthorizationURLWithPKCE(
          endpoint,
          options.state,
          CodeChallengeMethod.S256,
          options.codeVerifier,
          scopes,
        )
      : client.createAuthorizationURL(endpoint, options.state, scopes);
  if (strategy.scopeSeparator === "," && scopes.length > 0) url.searchParams.set("scope", scopes.join(","));
  const own = { ...strategy.authorizeParams, ...io.environment?.authorizeParams, ...options.extra };
  for (const [name, value] of Object.entries(own)) url.searchParams.set(name, value);
  return url;
}

function requiredScopes(strategy: CodeStrategy): readonly string[] {
  return strategy.scopes.filter((scope) => !scope.optional).map((scope) => scope.name);
}

/**
 * Reads the vendor's redirect back to us: the code, once the state is the one we gave. Kinds: forbidden when the person
 * or their administrator said no, config for every other refusal, auth-revoked for a wrong state.
 */
export function readCallback(query: URLSearchParams, expectedState: string): string {
  const state = Buffer.from(query.get("state") ?? "");
  const expected = Buffer.from(expectedState);
  if (expected.length === 0 || state.length !== expected.length || !timingSafeEqual(state, expected))
    throw new IntegrationError("auth-revoked", "This sign-in was not started here, or it was started too long ago.");
  const error = query.get("error");
  if (error !== null) {
    const declined = error === "access_denied" || error === "consent_required";
    throw new IntegrationError(
      declined ? "forbidden" : "config",
      declined ? "The request for access was declined." : "The vendor refused the sign-in request.",
      /^[\w.-]{1,80}$/.test(error) ? { vendorCode: error } : {},
    );
  }
  const code = query.get("code");
  if (!code) throw new IntegrationError("config", "The vendor sent no code back.");
  return code;
}

/** Trades the code for tokens. Kinds: auth-revoked, config, rate-limited, unavailable, network, contract. */
export function exchangeCode(
  io: OAuthIo,
  strategy: CodeStrategy,
  client: OAuthClient,
  grant: { code: string; redirectUri: string; codeVerifier: string },
): Promise<TokenSet> {
  return requestToken(io, strategy, client, "authorization_code", {
    code: grant.code,
    redirect_uri: grant.redirectUri,
    ...(strategy.pkce === "S256" ? { code_verifier: grant.codeVerifier } : {}),
  });
}

/**
 * Trades the refresh token for a new access token. `refreshToken` is null in the answer when the vendor keeps the old
 * one. Kinds as `exchangeCode`; auth-revoked means that this refresh token is dead, which the caller re-checks first.
 */
export function refreshGrant(
  io: OAuthIo,
  strategy: CodeStrategy,
  client: OAuthClient,
  refreshToken: string,
): Promise<TokenSet> {
  return requestToken(io, strategy, client, "refresh_token", { refresh_token: refreshToken });
}

/** A token for a connection that signs in by itself; id and secret are the connection's own fields. */
export function clientCredentials(
  io: OAuthIo,
  strategy: ClientStrategy,
  fields: Readonly<Record<string, unknown>>,
): Promise<TokenSet> {
  const text = (key: string): string => (typeof fields[key] === "string" ? fields[key] : "");
  const need = (key: string): string => {
    if (text(key) !== "") return text(key);
    throw new IntegrationError("config", "A field of the credentials is empty.", { field: key });
  };
  const params: Record<string, string> = {};
  for (const [name, key] of Object.entries(strategy.tokenParams ?? {})) if (text(key)) params[name] = text(key);
  if (strategy.scopes.length > 0) params.scope = strategy.scopes.map((scope) => scope.name).join(" ");
  const client = { clientId: need(strategy.clientIdField), clientSecret: need(strategy.clientSecretField) };
  return requestToken(io, strategy, client, "client_credentials", params);
}

/** Ends the grant at the vendor. A token that it no longer knows counts as done; without a revoke URL nothing happens. */
export async function revoke(io: OAuthIo, strategy: CodeStrategy, client: OAuthClient, token: string): Promise<void> {
  if (strategy.revokeUrl) await sendRevocation(io, strategy, strategy.revokeUrl, client, token);
}
