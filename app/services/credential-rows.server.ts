import { and, eq, ne, sql as statement } from "drizzle-orm";
import { z } from "zod";
import type { TokenSet } from "#app/integrations/kit/oauth.server.ts";
import { open, seal } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { connection, credential } from "#db/schema/connections.ts";

/** The field under which the token set of a connection is kept. */
export const GRANT = "grant";

const grantBody = z.object({ accessToken: z.string(), refreshToken: z.string().nullable() });
type GrantBody = z.output<typeof grantBody>;

export type CredentialRow = typeof credential.$inferSelect;

export interface StoredCredentials {
  /** Secret fields by key. */
  secrets: Record<string, string>;
  /** The token set; null when the connection has none. */
  grant:
    | (GrantBody & {
        version: number;
        expiresAt: Date | null;
        verifiedAt: Date | null;
        revoked: boolean;
        reason: string | null;
      })
    | null;
}

const mine = (employerId: string, connectionId: string) =>
  and(eq(credential.employerId, employerId), eq(credential.connectionId, connectionId));

/** Everything secret of one connection, opened. Only for the moment of use: never log, never put in a payload. */
export async function readCredentials(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
): Promise<StoredCredentials> {
  const rows = await tx.select().from(credential).where(mine(employerId, connectionId));
  const stored: StoredCredentials = { secrets: {}, grant: null };
  for (const row of rows) {
    if (row.field === GRANT) stored.grant = openGrant(row);
    else stored.secrets[row.field] = open(row, { employerId, ownerId: connectionId, field: row.field });
  }
  return stored;
}

/** The token set of a row. Version 0 is a row that only holds the lease of the first token. */
export function openGrant(row: CredentialRow): StoredCredentials["grant"] {
  const place = { employerId: row.employerId, ownerId: row.connectionId, field: GRANT };
  const body = grantBody.parse(JSON.parse(open(row, place)));
  return {
    ...body,
    version: row.version,
    expiresAt: row.expiresAt,
    verifiedAt: row.lastVerifiedAt,
    revoked: row.status === "revoked",
    reason: row.statusReason,
  };
}

export const sealGrant = (employerId: string, connectionId: string, body: GrantBody) =>
  seal(JSON.stringify(body), { employerId, ownerId: connectionId, field: GRANT });

/** The secret fields of a connection, opened. */
export async function readSecrets(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
): Promise<Record<string, string>> {
  return (await readCredentials(tx, employerId, connectionId)).secrets;
}

/** Names of the secrets that are kept, without opening any. */
export async function storedFields(tx: EmployerTx, employerId: string, connectionId: string): Promise<string[]> {
  const rows = await tx
    .select({ field: credential.field })
    .from(credential)
    .where(and(mine(employerId, connectionId), ne(credential.field, GRANT)));
  return rows.map((row) => row.field);
}

/** Seals and keeps secret fields; those not named stay. A changed secret makes tokens bought with it worthless, so they go. */
export async function saveSecrets(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [field, value] of Object.entries(secrets)) {
    const sealed = seal(value, { employerId, ownerId: connectionId, field });
    await tx
      .insert(credential)
      .values({ employerId, connectionId, field, ...sealed })
      .onConflictDoUpdate({
        target: [credential.employerId, credential.connectionId, credential.field],
        set: {
          ...sealed,
          version: statement`${credential.version} + 1`,
          status: "live",
          statusReason: null,
          updatedAt: new Date(),
        },
      });
  }
}

/**
 * Keeps the tokens of a new sign-in, whatever was there before: the version moves on, so that a refresh of the old ones
 * that is still under way loses at the fence. `renewable` says whether expiry is ours to handle by refresh.
 */
export async function saveGrant(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  tokens: TokenSet,
  renewable: boolean,
): Promise<void> {
  const now = new Date();
  const values = {
    ...sealGrant(employerId, connectionId, { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken }),
    expiresAt: renewable ? tokens.expiresAt : null,
    scopes: tokens.scopes,
    status: "live",
    statusReason: null,
    lastVerifiedAt: now,
    leaseOwner: null,
    leaseUntil: null,
    updatedAt: now,
  };
  await tx
    .insert(credential)
    .values({ employerId, connectionId, field: GRANT, ...values })
    .onConflictDoUpdate({
      target: [credential.employerId, credential.connectionId, credential.field],
      set: { ...values, version: statement`${credential.version} + 1` },
    });
  const keep = {
    ...tokens.keep,
    ...(!renewable && tokens.expiresAt ? { signInEndsAt: tokens.expiresAt.toISOString() } : {}),
  };
  await keepWithConnection(tx, employerId, connectionId, keep);
}

/** Merges non-secret values of a token answer into the connection. */
export async function keepWithConnection(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  keep: Readonly<Record<string, string>>,
): Promise<void> {
  if (Object.keys(keep).length === 0) return;
  await tx
    .update(connection)
    .set({ grant: statement`${connection.grant} || ${JSON.stringify(keep)}::jsonb` })
    .where(and(eq(connection.employerId, employerId), eq(connection.id, connectionId)));
}

/** Forgets the token set, so that the next call buys a new one. */
export async function dropGrant(tx: EmployerTx, employerId: string, connectionId: string): Promise<void> {
  await tx.delete(credential).where(and(mine(employerId, connectionId), eq(credential.field, GRANT)));
}
