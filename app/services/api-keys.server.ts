import { and, desc, eq, isNull, lt, or } from "drizzle-orm";
import { z } from "zod";
import { newId, randomToken, sha256Hex } from "#app/platform/crypto.server.ts";
import { allow, keyScopes, type Permission } from "#app/platform/permissions.ts";
import { problem } from "#app/platform/respond.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { apiKey } from "#db/schema/people.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { fieldsOf } from "./team.server.ts";

/* Keys for the employer's own programs: `pbk_<employer>_<secret>`. The employer's id in the key lets it be looked up
 * inside the tenant; only a hash is stored. */

const SHAPE = /^pbk_([0-9a-f]{32})_[\w-]{43}$/;
const USED_GRAIN_MS = 60_000;

const keyInput = z.object({
  name: z.string().trim().min(1, "Say what the key is for.").max(80, "At most 80 characters."),
  scopes: z
    .array(z.string())
    .transform((words) => keyScopes.filter((scope) => words.includes(scope)))
    .refine((scopes) => scopes.length > 0, "Choose at least one."),
  days: z.coerce.number().int().min(1).max(3650).nullable(),
});

export type ApiKeyRow = Pick<
  typeof apiKey.$inferSelect,
  "id" | "name" | "prefix" | "scopes" | "createdAt" | "expiresAt" | "lastUsedAt" | "revokedAt"
>;

/** Makes a key and hands it out, this once. Its scopes cannot exceed what the maker may do. Needs api-keys:manage. */
export async function createApiKey(
  actor: Actor,
  input: { name: unknown; scopes: unknown; days: unknown },
): Promise<{ id: string; key: string }> {
  allow(actor, "api-keys:manage");
  const parsed = keyInput.safeParse(input);
  if (!parsed.success) throw new AppError("invalid", "This key is not complete.", { fields: fieldsOf(parsed.error) });
  const { name, scopes, days } = parsed.data;
  for (const scope of scopes) allow(actor, scope);
  const id = newId();
  const key = `pbk_${actor.employerId.replaceAll("-", "")}_${randomToken(32)}`;
  await withEmployer(actor.employerId, async (tx) => {
    await tx.insert(apiKey).values({
      employerId: actor.employerId,
      id,
      name,
      prefix: `pbk_…_${key.slice(-43, -37)}`,
      sha256: sha256Hex(key),
      scopes,
      createdBy: actor.id,
      expiresAt: days === null ? null : new Date(Date.now() + days * 24 * 3600 * 1000),
    });
    await audit(tx, actor, "api_key.created", { kind: "api-key", id, name }, { scopes, days });
  });
  return { id, key };
}

/** The employer's keys, newest first. Needs api-keys:manage. */
export async function listApiKeys(actor: Actor): Promise<ApiKeyRow[]> {
  allow(actor, "api-keys:manage");
  return withEmployer(actor.employerId, (tx) =>
    tx
      .select({
        id: apiKey.id,
        name: apiKey.name,
        prefix: apiKey.prefix,
        scopes: apiKey.scopes,
        createdAt: apiKey.createdAt,
        expiresAt: apiKey.expiresAt,
        lastUsedAt: apiKey.lastUsedAt,
        revokedAt: apiKey.revokedAt,
      })
      .from(apiKey)
      .where(eq(apiKey.employerId, actor.employerId))
      .orderBy(desc(apiKey.createdAt))
      .limit(500),
  );
}

/** Ends a key at once. Needs api-keys:manage; another employer's id is not-found. */
export async function revokeApiKey(actor: Actor, id: string): Promise<void> {
  allow(actor, "api-keys:manage");
  if (!z.uuid().safeParse(id).success) throw new AppError("not-found", "This key does not exist.");
  await withEmployer(actor.employerId, async (tx) => {
    const [gone] = await tx
      .update(apiKey)
      .set({ revokedAt: new Date() })
      .where(and(eq(apiKey.employerId, actor.employerId), eq(apiKey.id, id), isNull(apiKey.revokedAt)))
      .returning({ name: apiKey.name });
    if (!gone) throw new AppError("not-found", "This key does not exist or has ended already.");
    await audit(tx, actor, "api_key.revoked", { kind: "api-key", id, name: gone.name });
  });
}

/** Who a key belongs to; null for a key that is unknown, revoked or too old. Notes the use once a minute. */
export async function actorOfKey(key: string): Promise<Actor | null> {
  const hex = SHAPE.exec(key)?.[1];
  if (hex === undefined) return null;
  const employerId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return withEmployer(employerId, async (tx) => {
    const [row] = await tx
      .select()
      .from(apiKey)
      .where(and(eq(apiKey.employerId, employerId), eq(apiKey.sha256, sha256Hex(key))));
    const now = new Date();
    if (!row || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)) return null;
    const grain = new Date(now.getTime() - USED_GRAIN_MS);
    if (row.lastUsedAt === null || row.lastUsedAt < grain) {
      await tx
        .update(apiKey)
        .set({ lastUsedAt: now })
        .where(
          and(
            eq(apiKey.employerId, employerId),
            eq(apiKey.id, row.id),
            or(isNull(apiKey.lastUsedAt), lt(apiKey.lastUsedAt, grain)),
          ),
        );
    }
    const permissions = new Set<Permission>(keyScopes.filter((scope) => row.scopes.includes(scope)));
    return { kind: "api", id: row.id, name: row.name, employerId, permissions };
  });
}

/**
 * The actor of a request that carries `Authorization: Bearer pbk_…`. Throws a problem+json Response: 401 without a good
 * key, 403 when the key lacks the permission.
 */
export async function requireApiActor(request: Request, permission: Permission): Promise<Actor> {
  const key = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const actor = key === undefined ? null : await actorOfKey(key);
  if (!actor) {
    throw problem(401, "Not signed in", "Send a key that is in force as `Authorization: Bearer pbk_…`.", {
      headers: { "www-authenticate": "Bearer" },
    });
  }
  if (!actor.permissions.has(permission)) {
    throw problem(403, "Not allowed", `This key does not have the scope ${permission}.`);
  }
  return actor;
}
