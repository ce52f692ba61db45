import { createHash, createHmac } from "node:crypto";
import { IntegrationError } from "../contract/errors.ts";
import type { AuthStrategy } from "../contract/manifest.ts";

/** The credential of one connection as the kit sees it. `version` grows with each refresh. */
export interface Grant {
  version: number;
  accessToken?: string;
  /** Secret fields by key. */
  secrets: Readonly<Record<string, string>>;
  /** Non-secret values kept from the token answer. */
  keep: Readonly<Record<string, string>>;
}

/** Where the kit gets credentials; the service behind it holds the lease and the encrypted rows. */
export interface CredentialsProvider {
  current(): Promise<Grant>;
  /** Renews once for everybody who holds `staleVersion`. Kinds: auth-revoked, config, unavailable, network. */
  refresh(staleVersion: number): Promise<Grant>;
}

/** Whether an expired token can be renewed without a person. */
export function isRefreshable(strategy: AuthStrategy): boolean {
  return strategy.kind === "oauth2-client" || (strategy.kind === "oauth2-code" && strategy.refresh !== "none");
}

/** Whether calls carry a token that was obtained and not typed. */
export function isTokenBased(strategy: AuthStrategy): boolean {
  return strategy.kind === "oauth2-client" || strategy.kind === "oauth2-code";
}

export interface Outgoing {
  method: string;
  url: URL;
  /** The host the vendor believes it is called on. */
  host: string;
  headers: Headers;
  body: string | null;
}

/** HTTP Basic, UTF-8. */
export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Puts the credential on a request, as the strategy says. Kind config when a field is empty. */
export function authorize(
  outgoing: Outgoing,
  strategy: AuthStrategy,
  grant: Grant,
  config: Readonly<Record<string, unknown>>,
  at: { now: Date; nonce: string },
): void {
  const { headers, url } = outgoing;
  const field = (key: string): string => {
    const value = grant.secrets[key] ?? config[key];
    if (typeof value === "string" && value !== "") return value;
    throw new IntegrationError("config", "A field of the credentials is empty.", { field: key });
  };
  switch (strategy.kind) {
    case "none":
      return;
    case "oauth2-code":
    case "oauth2-client":
      if (!grant.accessToken)
        throw new IntegrationError("auth-revoked", "There is no access token for this connection.");
      headers.set("authorization", `Bearer ${grant.accessToken}`);
      return;
    case "basic":
    case "caldav":
      headers.set("authorization", basicHeader(field(strategy.usernameField), field(strategy.passwordField)));
      return;
    case "api-key": {
      const key = field(strategy.field);
      const place = strategy.send;
      if (place.in === "query") url.searchParams.set(place.name, key);
      else if (place.in === "basic-username") headers.set("authorization", basicHeader(key, ""));
      else headers.set(place.name, `${place.prefix ?? ""}${key}`);
      return;
    }
    case "signed":
      signRequest(outgoing, strategy, field(strategy.keyField), field(strategy.secretField), at);
  }
}

function signRequest(
  outgoing: Outgoing,
  strategy: Extract<AuthStrategy, { kind: "signed" }>,
  key: string,
  secret: string,
  at: { now: Date; nonce: string },
): void {
  const epoch = at.now.getTime();
  const values: Record<string, string> = {
    method: outgoing.method,
    host: outgoing.host,
    path: outgoing.url.pathname,
    query: outgoing.url.search.slice(1),
    timestamp:
      strategy.timestamp === "epoch-s"
        ? String(Math.floor(epoch / 1000))
        : strategy.timestamp === "epoch-ms"
          ? String(epoch)
          : at.now.toISOString(),
    bodySha256: createHash("sha256")
      .update(outgoing.body ?? "")
      .digest("hex"),
    key,
    nonce: at.nonce,
  };
  const canonical = fill(strategy.canonical, values);
  values.signature = createHmac(strategy.hash, secret).update(canonical).digest(strategy.encoding);
  for (const [name, template] of Object.entries(strategy.headers)) outgoing.headers.set(name, fill(template, values));
}

/** Replaces `{name}` by its value; unknown names stay as they are. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
