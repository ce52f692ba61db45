import type { IncomingHttpHeaders } from "node:http";
import type { z } from "zod";
import type { Markup } from "./markup.ts";

/** What a simulated vendor answers. `hangUp` ends the socket without an answer. */
export type Reply = {
  status: number;
  headers?: Record<string, string | readonly string[]>;
  body?: string | Uint8Array;
  hangUp?: true;
};

/** A request as the real vendor would see it: its own host and path, whatever way it reached the sandbox. */
export type Call = {
  method: string;
  host: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
  params: Record<string, string>;
  /** Absolute URL of a path on the same host, in the form in which this request arrived. */
  link(pathAndQuery: string): string;
};

/** How a webhook fared: the receiver's answer, or why there was none. */
export type Sent = { url: string; status: number | null; error: string | null; answer: string };

/** What a route, action or fault of one vendor may use. `state` is plain JSON and is kept over restarts. */
export type World<S> = {
  state: S;
  now(): Date;
  /** Public URL of a path on one of the vendor's hosts, e.g. for a consent page or a file link. */
  url(host: string, path: string): string;
  portalOrigin: string | null;
  /** Sends the event's webhooks in the background, to whoever registered for it; never rejects. */
  emit(event: string, fields?: Record<string, string>): Promise<readonly Sent[]>;
  /** A GET or POST that reaches loopback and the portal only. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
};

export type Route<S> = {
  method: string;
  /** Left out: every host of the vendor. */
  host?: string;
  /** Segments starting with `:` are parameters; a last segment `*` takes the rest. */
  path: string;
  handle(call: Call, world: World<S>): Reply | Promise<Reply>;
};

export type Field = {
  name: string;
  label: string;
  kind?: "text" | "number" | "textarea";
  options?: readonly string[];
  value?: string;
  optional?: true;
};

/** A button of the control page; `POST /_control/<id>/actions/<action>` does the same. Values arrive as text. */
export type Action<S> = {
  id: string;
  label: string;
  fields?: readonly Field[];
  run(world: World<S>, input: Record<string, string>): unknown;
};

export type Section = {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly (string | number | null | Markup)[])[];
  note?: string;
};

/** What a newcomer or a test pastes: `config` uses the field names of the vendor's manifest. */
export type Credential = {
  accountName: string;
  config: Record<string, string>;
  /** OAuth vendors: a grant that stands already, so that a test need not walk through consent. */
  tokens?: {
    accessToken: string;
    refreshToken?: string;
    expiresAt?: string;
    scopes: readonly string[];
    /** What else of the token answer belongs to the grant, e.g. the address of the account's API. */
    keep?: Record<string, string>;
  };
  /** What the instance registered with the vendor: client id and secret, signing secret, app id. */
  client?: Record<string, string>;
  note?: string;
};
export type CredentialName = "good" | "other" | "missingScope" | "revoked" | "empty";

/** One webhook about to leave. The body is text that is sent byte for byte; `id` stays over retries and repeats. */
export type Outgoing = {
  id: string;
  url: string;
  secret: string;
  body: string;
  contentType?: string;
  headers?: Record<string, string>;
};

export type Webhooks<S> = {
  events: readonly string[];
  build(world: World<S>, event: string, fields: Record<string, string>): readonly Outgoing[];
  /** The vendor's signature headers over the exact body at the given time. */
  sign(delivery: Outgoing, at: Date): Record<string, string>;
  /**
   * The body with time and signature inside, for vendors that sign there and not in a header. `spoil` stands between the
   * true signature and the body: what it gives is put in, undefined leaves it out.
   */
  signInside?(delivery: Outgoing, at: Date, spoil: (signature: string) => string | undefined): string;
  /** The same body with another time, for vendors whose only time stamp is in the body. */
  redate?(body: string, at: Date): string;
  succeeded?(status: number): boolean;
  retryAfterMs?: readonly number[];
  retryHeaders?(attempt: number, reason: string): Record<string, string>;
};

export type StateFault<S> = {
  label: string;
  /** Left out: the account to hit. */
  fields?: readonly Field[];
  run(world: World<S>, input: Record<string, string>): void;
};

export type VendorDefinition<S> = {
  id: string;
  name: string;
  about: string;
  hosts: readonly string[];
  /** What its records call their id, where that is not "id": the field that `missing-field` leaves out by default. */
  idField?: string;
  state: z.ZodType<S>;
  seed(now: Date): S;
  routes: readonly Route<S>[];
  /** Faults that change what the vendor holds (revoke, expire, …); transport faults need no declaration. */
  faults?: Record<string, StateFault<S>>;
  /** The vendor's own body for a throttled or failed request; `retryAfter` is the header's value, if any. */
  failure?(call: Call, status: number, retryAfter: string | null): Reply;
  /** Who is calling, for the meter and for faults aimed at one account. Never throws. */
  account?(call: Call, world: World<S>): string | null;
  describe(world: World<S>): readonly Section[];
  actions: readonly Action<S>[];
  credentials(world: World<S>): Partial<Record<CredentialName, Credential>>;
  webhooks?: Webhooks<S>;
};

/** Something a person or a test asked for that cannot be done; the control plane answers 422 with the message. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

export const json = (status: number, value: unknown, headers: Reply["headers"] = {}): Reply => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body: JSON.stringify(value),
});

export const text = (status: number, body: string, contentType = "text/plain; charset=utf-8"): Reply => ({
  status,
  headers: { "content-type": contentType },
  body,
});

export const htmlReply = (status: number, body: string): Reply => text(status, body, "text/html; charset=utf-8");

export const redirect = (location: string, status = 302): Reply => ({ status, headers: { location } });

/** The body as JSON; undefined when it is not JSON. */
export const jsonBody = (call: Call): unknown => {
  try {
    return JSON.parse(call.body.toString("utf8"));
  } catch {
    return undefined;
  }
};

export const formBody = (call: Call): URLSearchParams => new URLSearchParams(call.body.toString("utf8"));

/** A request header as one string, "" when absent. */
export const header = (call: Call, name: string): string => {
  const value = call.headers[name];
  return Array.isArray(value) ? value.join(", ") : (value ?? "");
};

/** The bearer token, or "". */
export const bearer = (call: Call): string => /^Bearer (.+)$/i.exec(header(call, "authorization"))?.[1] ?? "";

/** User and password of HTTP Basic, or null. */
export const basic = (call: Call): { user: string; password: string } | null => {
  const encoded = /^Basic (.+)$/i.exec(header(call, "authorization"))?.[1];
  if (!encoded) return null;
  const plain = Buffer.from(encoded, "base64").toString("utf8");
  const colon = plain.indexOf(":");
  return colon < 0 ? null : { user: plain.slice(0, colon), password: plain.slice(colon + 1) };
};

/** Matches a path against a route pattern; null when it does not fit. */
export const matchPath = (pattern: string, path: string): Record<string, string> | null => {
  const want = pattern.split("/");
  const have = path.split("/");
  const params: Record<string, string> = {};
  for (const [index, part] of want.entries()) {
    if (part === "*") {
      params.rest = have.slice(index).join("/");
      return params;
    }
    const given = have[index];
    if (given === undefined) return null;
    if (part.startsWith(":")) {
      if (given === "") return null;
      try {
        params[part.slice(1)] = decodeURIComponent(given);
      } catch {
        return null;
      }
    } else if (part !== given) return null;
  }
  return want.length === have.length ? params : null;
};

/** Whether a host is one of the vendor's; `*.example.com` stands for any name below it. */
export const hostMatches = (hosts: readonly string[], host: string): boolean =>
  hosts.some((known) => (known.startsWith("*.") ? host.endsWith(known.slice(1)) : known === host));

/** Types a definition; the state's type follows from its schema. */
export const defineSandboxVendor = <S>(definition: VendorDefinition<S>): VendorDefinition<S> => definition;
