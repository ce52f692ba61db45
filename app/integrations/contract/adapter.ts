import type { Modules } from "./capabilities.ts";
import type { Ctx } from "./ctx.ts";
import type { ErrorKind } from "./errors.ts";
import type { ConfigField, Manifest, SetupChoice } from "./manifest.ts";

type FieldValue<F extends ConfigField> = F["kind"] extends "boolean"
  ? boolean
  : F["kind"] extends "number"
    ? number
    : string;
type MaybeAbsent<F extends ConfigField> = F extends { optional: true } | { when: object } ? undefined : never;
type ChoiceValue<S extends SetupChoice> = S["multiple"] extends true ? readonly string[] : string;

/** The type of `ctx.config`: every non-secret field by key, plus the setup choices made so far. */
export type ConfigOf<M extends Manifest> = {
  readonly [F in M["fields"][number] as F["kind"] extends "secret" ? never : F["key"]]: FieldValue<F> | MaybeAbsent<F>;
} & { readonly [S in M["setup"][number] as S["key"]]?: ChoiceValue<S> };

/** The account a credential belongs to, in normal form. `id` is the vendor's stable id. */
export interface Account {
  id: string;
  name: string;
  warnings?: readonly string[];
  /** The scopes the vendor granted, where it tells. */
  scopes?: readonly string[];
}

/**
 * What an answer means. "expired-or-forbidden" is for vendors that say the same to an old token and to a missing right: the
 * token is renewed once, and what is still refused then is forbidden.
 */
export type Classify = (answer: {
  status: number;
  headers: Headers;
  text: string;
}) => ErrorKind | "expired-or-forbidden" | null;

/** What an envelope may use: the connection's settings and its secrets. */
export interface EnvelopeKeys {
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * How a vendor wants some bodies wrapped beyond TLS. Pure functions that only the kit calls, for requests marked
 * `sealed`: so the keys stay out of `ctx`. Kinds: config for a key that is missing or no key, contract for an answer that
 * does not open.
 */
export interface Envelope {
  /** The text that is sent in place of this JSON. */
  seal(json: string, keys: EnvelopeKeys): string;
  /** The JSON in an answer. */
  open(answer: string, keys: EnvelopeKeys): string;
}

export type Adapter<M extends Manifest = Manifest> = {
  readonly manifest: M;
  /** Proves the credential with one cheap call and names its account. Kinds: auth-revoked, forbidden, config, network. */
  test(ctx: Ctx<ConfigOf<M>>): Promise<Account>;
  /** Only where the vendor's status lies; null leaves the kit's reading. */
  classify?: Classify;
  /** Only for vendors that encrypt bodies in a form of their own. */
  readonly envelope?: Envelope;
} & Pick<Modules, M["capabilities"][number]>;

/** An adapter as the engines hold it: which modules are there is known from the manifest. */
export type AnyAdapter = {
  readonly manifest: Manifest;
  test(ctx: Ctx): Promise<Account>;
  classify?: Classify;
  readonly envelope?: Envelope;
} & Partial<Modules>;

/** Ties a manifest to exactly the modules it declares; anything missing or undeclared does not compile. */
export function defineAdapter<const M extends Manifest>(
  manifest: M,
  implementation: Omit<Adapter<M>, "manifest"> & { [K in Exclude<keyof Modules, M["capabilities"][number]>]?: never },
): AnyAdapter {
  return { manifest, ...implementation } as AnyAdapter;
}
