import type { Capability } from "./capabilities.ts";

export type Category =
  | "ats"
  | "job-board"
  | "calendar"
  | "mail"
  | "chat"
  | "analytics"
  | "payments"
  | "automation"
  | "crm"
  | "hris"
  | "assessment"
  | "background-check"
  | "video";

type Https = `https://${string}`;

/**
 * Everything about a vendor that is data. Browser-safe: no zod, no functions, survives `JSON.stringify` unchanged.
 * Adapters always name the vendor's production URLs; environments and the sandbox are rewrites made by the kit.
 */
export interface Manifest {
  /** Folder, registry key, logo file and sandbox file. Never renamed. */
  id: string;
  name: string;
  /** One line for the card: what it does for a recruiter. */
  summary: string;
  category: Category;
  brand: { color: `#${string}`; site: Https; monogram: string };
  cost: "free" | "paid" | "premium";
  /** Who can sign in, for the card's foot: "API key · Greenhouse administrator". */
  signIn: string;
  auth: AuthStrategy | AuthChoice;
  fields: readonly ConfigField[];
  /** What must be chosen after sign-in before the connection counts as active. */
  setup: readonly SetupChoice[];
  environments: readonly Environment[];
  capabilities: readonly Capability[];
  /** The only hosts a request may go to; `*.` matches one or more labels; `{field}` is the host of a URL the person typed. */
  hosts: readonly string[];
  rateLimit: RateLimitPolicy;
  /** What `sync` can carry; required exactly when the capability is declared. */
  resources?: readonly SyncResource[];
  /** Whether its calendars make a video link for an event that asks for one. */
  makesMeetings?: true;
  /** How postings travel; required exactly when `jobPosting` is declared. */
  posting?: PostingProfile | PostingChoice;
  docs: { api: Https; troubleshooting: readonly { symptom: string; fix: string; kind?: string }[] };
  quality: "bronze" | "silver" | "gold";
  /** Conformance check id → why this vendor cannot pass it. Shown in the portal. */
  waivers: Readonly<Record<string, string>>;
}

export interface Environment {
  id: "production" | "stage" | "eu";
  label: string;
  /** Production host → this environment's host. Empty for production. */
  hostMap?: Readonly<Record<string, string>>;
  /** Parameters of the consent request that differ here, e.g. an `audience`. */
  authorizeParams?: Readonly<Record<string, string>>;
}

/** One strategy per value of a select field, for vendors that sign in in more than one way. */
export interface AuthChoice {
  kind: "choice";
  field: string;
  options: Readonly<Record<string, AuthStrategy>>;
}

export interface Scope {
  name: string;
  /** Why we ask, in the words of the consent step. */
  why: string;
  /** The feature that is lost without it. */
  feature?: string;
  optional?: true;
}

export type AuthStrategy =
  | {
      kind: "oauth2-code";
      authorizeUrl: Https;
      tokenUrl: Https;
      revokeUrl?: Https;
      pkce: "S256" | "none";
      scopes: readonly Scope[];
      scopeSeparator?: "," | " ";
      clientAuth: "basic" | "body";
      refresh: "rotating" | "static" | "none";
      /** A refresh token that is not used for so many days dies. It is then renewed every day, also while a person's pause lasts. */
      refreshIdleDays?: number;
      /** Error codes by which this vendor says that a refresh token is dead, beside `invalid_grant`. */
      deadGrantCodes?: readonly string[];
      authorizeParams?: Readonly<Record<string, string>>;
      /** Non-secret fields of the token answer kept with the grant (dot paths), e.g. the API host or team id. */
      keep?: readonly string[];
    }
  | {
      kind: "oauth2-client";
      tokenUrl: Https;
      scopes: readonly Scope[];
      clientAuth: "basic" | "body";
      clientIdField: string;
      clientSecretField: string;
      /** Extra token parameters taken from optional config fields: parameter → field. */
      tokenParams?: Readonly<Record<string, string>>;
      /** Used when the answer states no lifetime, seconds. */
      defaultTtl: number;
      keep?: readonly string[];
    }
  | { kind: "api-key"; field: string; send: ApiKeyPlace }
  | { kind: "basic"; usernameField: string; passwordField: string }
  | {
      kind: "signed";
      keyField: string;
      secretField: string;
      hash: "sha256" | "sha1";
      encoding: "hex" | "base64";
      /** Canonical string: {method} {host} {path} {query} {timestamp} {bodySha256} {key} {nonce}. */
      canonical: string;
      /** Header → template over {key} {signature} {timestamp} {nonce}. */
      headers: Readonly<Record<string, string>>;
      timestamp: "epoch-s" | "epoch-ms" | "iso";
    }
  | { kind: "caldav"; serverField?: string; server?: Https; usernameField: string; passwordField: string }
  /** Nothing to sign in to: hosted feeds, hand-off boards, outbound webhooks. */
  | { kind: "none" };

export type ApiKeyPlace =
  | { in: "header"; name: string; prefix?: string }
  | { in: "query"; name: string }
  | { in: "basic-username" };

/** A field of the credentials or settings form. The server derives the zod schema from it. */
export interface ConfigField {
  key: string;
  label: string;
  help: string;
  kind: "text" | "secret" | "url" | "select" | "number" | "boolean";
  /**
   * Secret we make when the connection is added, only with kind "secret". `true`: random text that the person pastes at the
   * vendor. `rsa-2048`: a key pair; the private half (PKCS#8 PEM) is the secret, the public half is what is handed over.
   */
  generated?: true | "rsa-2048";
  optional?: true;
  options?: readonly { value: string; label: string; note?: string }[];
  /** A default offered in the form. Never on secrets. */
  initial?: string;
  minLength?: number;
  maxLength?: number;
  /** Source of a regular expression the whole value must match, and what to say when it does not. */
  pattern?: { source: string; message: string };
  /** Shown and required only when another field has this value. */
  when?: { field: string; is: string };
  placeholder?: string;
}

/** A choice that can only be offered after sign-in, because the vendor lists it. */
export interface SetupChoice {
  key: string;
  label: string;
  help: string;
  from: "calendar.list" | "messaging.destinations" | "static";
  options?: readonly { value: string; label: string }[];
  multiple: boolean;
  /** Without it the connection stays in needs_setup. */
  required: boolean;
}

export interface RateBucket {
  limit: number;
  seconds: number;
}

export interface RateLimitPolicy {
  /** Whose budget it is: each connection's own, or one for the whole instance. */
  per: "connection" | "app";
  concurrency: number;
  buckets: readonly RateBucket[];
  /** Endpoints with a budget of their own; `match` is a regular expression over "METHOD /path". First match wins. */
  classes?: readonly {
    name: string;
    match: string;
    buckets: readonly RateBucket[];
    /** The common budget counts these calls too. */
    besides?: true;
  }[];
  headers?: { limit?: string; remaining?: string; reset?: string; resetUnit?: "epoch-s" | "epoch-ms" | "delta-s" };
}

export interface SyncResource {
  name: ResourceName;
  direction: "pull" | "push" | "both";
  /** How a deletion shows: named by the vendor, missing from a complete scan, or never. */
  deletes: "tombstone" | "full-scan" | "none";
  /** How long the vendor remembers deletions. After a longer silence everything is read, and what is missing is gone. */
  tombstoneDays?: number;
  /** Minutes between pulls while webhooks are silent. */
  everyMinutes: number;
  /** Webhooks that we register ourselves tell every change of it: it is polled rarely while they come in their rhythm. */
  told?: true;
  /** The vendor cannot say what changed: every run reads all of it. */
  whole?: true;
  /** Resources to pull before this one on a first copy. */
  after?: readonly ResourceName[];
}

export type ResourceName = "jobs" | "stages" | "candidates" | "applications" | "onboardings";

/** One profile per value of a select field, for boards that take postings in more than one way. */
export interface PostingChoice {
  kind: "choice";
  field: string;
  options: Readonly<Record<string, PostingProfile>>;
}

/** The names of the resources that a manifest declares. */
export type OwnResource<M extends { resources: readonly { name: ResourceName }[] }> = M["resources"][number]["name"];

export interface PostingProfile {
  /** `api`: we post. `feed`: they crawl our feed. `hand-off`: a person pastes. */
  way: "api" | "feed" | "hand-off";
  /** Usual time from sending to live, in words: "minutes", "2 to 24 h". */
  usually: string;
  /**
   * What follows a lost answer. `key`: the board finds a posting by our key, and "not found" proves that it has none.
   * `listing`: only what is already public can be found, so "not found" proves nothing and a person decides before
   * anything is paid twice. `upsert`: there is no look-up, but the same key is the same posting: it is sent again.
   */
  lookup?: "key" | "listing" | "upsert";
  /**
   * For boards that take an order at once and work on it later: only after this many minutes does a look-up prove that a
   * lost order never arrived, or a posting that is still shown that closing it failed.
   */
  settlesMinutes?: number;
  lifetimeDays?: number;
  /** What one posting costs before any config; absent when the plan or contract decides. */
  price?: { amount: number; currency: string; per: "posting" | "month" };
  rules: readonly PostingRule[];
}

type PostingField =
  | "title"
  | "description"
  | "location"
  | "employment"
  | "category"
  | "salary"
  | "company"
  | "validThrough";

/** A board's rule, checked as the person types and again before the network. `amount`s in minor units. */
export type PostingRule =
  | { rule: "required"; field: PostingField; message: string }
  | { rule: "length"; field: "title" | "description"; min?: number; max?: number; message: string }
  | { rule: "one-location"; message: string }
  | { rule: "remote-only"; message: string }
  | { rule: "one-of"; field: "employment"; values: readonly string[]; message: string }
  | {
      rule: "pattern";
      field: "title" | "description";
      source: string;
      flags?: string;
      refuse: boolean;
      message: string;
    };
