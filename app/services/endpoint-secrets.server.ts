import { and, eq, gt, inArray, isNull, or } from "drizzle-orm";
import { z } from "zod";
import { newSigningKey, newWebhookSecret } from "#app/integrations/kit/standard-webhooks.server.ts";
import { newId, open, randomToken, seal } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { amongIds } from "#db/lists.server.ts";
import { endpointSecret, type sealedSettings, signingKinds } from "#db/schema/webhooks.ts";
import type { ClientCertificate } from "./client-certificate.server.ts";

export type SecretKind = (typeof signingKinds)[number];

/** The kind that a form names; the standard one where it names none. */
export const secretKindOf = (text: unknown): SecretKind => signingKinds.find((one) => one === text) ?? "standard";

type SettingKind = (typeof sealedSettings)[number];

/** The old secret keeps signing beside the new one for this long. */
export const OVERLAP_MS = 24 * 3_600_000;
/** Secrets of a kind that sign at the same time. */
export const SECRETS_AT_MOST = 5;

const makers: Readonly<Record<SecretKind, () => string>> = {
  standard: newWebhookSecret,
  legacy: () => randomToken(32),
  ed25519: newSigningKey,
};

interface Owner {
  employerId: string;
  endpointId: string;
}

/** Makes and stores a secret; the plain text is returned for the one time it is shown. */
export async function addSecret(tx: EmployerTx, owner: Owner & { kind: SecretKind }): Promise<string> {
  const secret = makers[owner.kind]();
  await insert(tx, owner, owner.kind, secret);
  return secret;
}

async function insert(
  tx: EmployerTx,
  { employerId, endpointId }: Owner,
  kind: SecretKind | SettingKind,
  text: string,
): Promise<void> {
  const id = newId();
  await tx
    .insert(endpointSecret)
    .values({ employerId, id, endpointId, kind, ...seal(text, { employerId, ownerId: id, field: kind }) });
}

/** How we sign in at the receiver, besides the signature. */
export type EndpointAuth = { type: "basic"; username: string; password: string } | { type: "bearer"; token: string };

/** What an endpoint has beside its address that nobody may read back. */
export interface SealedSettings {
  headers: Readonly<Record<string, string>>;
  auth: EndpointAuth | null;
  certificate: ClientCertificate | null;
}

const shapes = {
  headers: z.record(z.string(), z.string()),
  auth: z.discriminatedUnion("type", [
    z.object({ type: z.literal("basic"), username: z.string(), password: z.string() }),
    z.object({ type: z.literal("bearer"), token: z.string() }),
  ]),
  certificate: z.object({ cert: z.string(), key: z.string() }),
};

const ofEndpoint = ({ employerId, endpointId }: Owner) =>
  and(eq(endpointSecret.employerId, employerId), eq(endpointSecret.endpointId, endpointId));

/** Replaces the sealed settings that are given; null, or no header at all, takes one away. */
export async function writeSettings(tx: EmployerTx, owner: Owner, settings: Partial<SealedSettings>): Promise<void> {
  const given = (["headers", "auth", "certificate"] as const).filter((kind) => settings[kind] !== undefined);
  if (given.length === 0) return;
  await tx.delete(endpointSecret).where(and(ofEndpoint(owner), inArray(endpointSecret.kind, given)));
  for (const kind of given) {
    const value = settings[kind];
    if (value && Object.keys(value).length > 0) await insert(tx, owner, kind, JSON.stringify(value));
  }
}

export interface LiveSecrets extends SealedSettings {
  /** Newest first; all sign. */
  standard: readonly string[];
  legacy: readonly string[];
  /** Private keys of `v1a`, newest first. */
  ed25519: readonly string[];
}

interface Opened extends LiveSecrets {
  standard: string[];
  legacy: string[];
  ed25519: string[];
}

const nothing = (): Opened => ({
  ...{ standard: [], legacy: [], ed25519: [] },
  ...{ headers: {}, auth: null, certificate: null },
});

/** The secrets and sealed settings of each endpoint that count at `now`, opened. */
export async function liveSecrets(
  tx: EmployerTx,
  employerId: string,
  endpointIds: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, LiveSecrets>> {
  const rows = await tx
    .select()
    .from(endpointSecret)
    .where(
      and(
        eq(endpointSecret.employerId, employerId),
        amongIds(endpointSecret.endpointId, endpointIds),
        or(isNull(endpointSecret.expiresAt), gt(endpointSecret.expiresAt, now)),
      ),
    );
  const live = new Map(endpointIds.map((id) => [id, nothing()]));
  for (const row of rows.sort((a, b) => (a.id < b.id ? 1 : -1))) {
    const own = live.get(row.endpointId);
    if (own) put(own, row.kind, open(row, { employerId, ownerId: row.id, field: row.kind }));
  }
  return live;
}

function put(own: Opened, kind: SecretKind | SettingKind, text: string): void {
  switch (kind) {
    case "headers":
      own.headers = shapes.headers.parse(JSON.parse(text));
      return;
    case "auth":
      own.auth = shapes.auth.parse(JSON.parse(text));
      return;
    case "certificate":
      own.certificate = shapes.certificate.parse(JSON.parse(text));
      return;
    default:
      own[kind].push(text);
  }
}

export interface SecretLine {
  id: string;
  kind: SecretKind;
  createdAt: Date;
  /** When it stops signing; null while it is the newest. */
  expiresAt: Date | null;
}

const isSigning = (kind: SecretKind | SettingKind): kind is SecretKind => signingKinds.some((one) => one === kind);

/** The secrets of one endpoint that sign at `now`, newest first, without their values. */
export async function secretLines(tx: EmployerTx, owner: Owner, now: Date): Promise<SecretLine[]> {
  const rows = await tx
    .select({
      id: endpointSecret.id,
      kind: endpointSecret.kind,
      createdAt: endpointSecret.createdAt,
      expiresAt: endpointSecret.expiresAt,
    })
    .from(endpointSecret)
    .where(ofEndpoint(owner));
  return rows
    .flatMap(({ kind, ...row }) =>
      isSigning(kind) && (!row.expiresAt || row.expiresAt > now) ? [{ kind, ...row }] : [],
    )
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** Ends one secret at once. */
export async function endSecret(tx: EmployerTx, owner: Owner, id: string, at: Date): Promise<void> {
  await tx
    .update(endpointSecret)
    .set({ expiresAt: at })
    .where(and(ofEndpoint(owner), eq(endpointSecret.id, id)));
}

/** Ends the older secrets of a kind: at once, or after the overlap. */
export async function expireSecrets(tx: EmployerTx, owner: Owner & { kind: SecretKind }, at: Date): Promise<void> {
  await tx
    .update(endpointSecret)
    .set({ expiresAt: at })
    .where(
      and(
        ofEndpoint(owner),
        eq(endpointSecret.kind, owner.kind),
        or(isNull(endpointSecret.expiresAt), gt(endpointSecret.expiresAt, at)),
      ),
    );
}
