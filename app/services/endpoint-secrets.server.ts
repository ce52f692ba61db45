import { and, eq, gt, isNull, or } from "drizzle-orm";
import { newWebhookSecret } from "#app/integrations/kit/standard-webhooks.server.ts";
import { newId, open, randomToken, seal } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { amongIds } from "#db/lists.server.ts";
import { endpointSecret } from "#db/schema/webhooks.ts";

export type SecretKind = "standard" | "legacy";

/** The old secret keeps signing beside the new one for this long. */
export const OVERLAP_MS = 24 * 3_600_000;

/** Makes and stores a secret; the plain text is returned for the one time it is shown. */
export async function addSecret(
  tx: EmployerTx,
  owner: { employerId: string; endpointId: string; kind: SecretKind },
): Promise<string> {
  const { employerId, endpointId, kind } = owner;
  const secret = kind === "standard" ? newWebhookSecret() : randomToken(32);
  const id = newId();
  await tx
    .insert(endpointSecret)
    .values({ employerId, id, endpointId, kind, ...seal(secret, { employerId, ownerId: id, field: kind }) });
  return secret;
}

export interface LiveSecrets {
  /** Newest first; all sign. */
  standard: readonly string[];
  legacy: readonly string[];
}

/** The secrets of each endpoint that count at `now`, opened. */
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
  const live = new Map(endpointIds.map((id) => [id, { standard: [] as string[], legacy: [] as string[] }]));
  for (const row of rows.sort((a, b) => (a.id < b.id ? 1 : -1)))
    live.get(row.endpointId)?.[row.kind].push(open(row, { employerId, ownerId: row.id, field: row.kind }));
  return live;
}

/** Ends the older secrets of a kind: at once, or after the overlap. */
export async function expireSecrets(
  tx: EmployerTx,
  owner: { employerId: string; endpointId: string; kind: SecretKind },
  at: Date,
): Promise<void> {
  await tx
    .update(endpointSecret)
    .set({ expiresAt: at })
    .where(
      and(
        eq(endpointSecret.employerId, owner.employerId),
        eq(endpointSecret.endpointId, owner.endpointId),
        eq(endpointSecret.kind, owner.kind),
        or(isNull(endpointSecret.expiresAt), gt(endpointSecret.expiresAt, at)),
      ),
    );
}
