import { and, desc, eq, isNull } from "drizzle-orm";
import { z } from "zod";
import { newId, randomToken, sha256Hex } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { portalLink } from "#db/schema/webhook-guests.ts";
import { endpoint } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { fieldsOf } from "./team.server.ts";

/* Links that open an employer's webhook pages to an engineer without an account. `<employer><secret>`: the employer's id in
 * the token lets it be looked up inside the tenant; only a hash is stored. */

const SHAPE = /^([0-9a-f]{32})[\w-]{43}$/;

export const portalLinkInput = z.object({
  name: z.string().trim().min(1, "Say whom it is for.").max(80, "At most 80 characters."),
  /** Only this endpoint; all of them when absent. */
  endpointId: z.uuid("Choose an endpoint.").optional(),
  access: z.enum(["read", "manage"]).default("read"),
  minutes: z.coerce.number().int().min(5).max(1440).default(60),
});

export type PortalLink = Omit<typeof portalLink.$inferSelect, "sha256" | "employerId"> & { endpointUrl: string | null };

/** A guest's own link would let them stay: only people of the team and their programs hand links out. */
function allowLinks(actor: Actor): void {
  allow(actor, "webhooks:manage");
  if (actor.guest) throw new AppError("forbidden", "A guest cannot invite others.");
}

/** Makes a link and hands out its token, this once. Kinds: invalid with fields, not-found, forbidden. */
export async function createPortalLink(
  actor: Actor,
  input: z.input<typeof portalLinkInput>,
): Promise<{ id: string; token: string; expiresAt: Date }> {
  allowLinks(actor);
  const parsed = portalLinkInput.safeParse(input);
  if (!parsed.success) throw new AppError("invalid", "This link is not complete.", { fields: fieldsOf(parsed.error) });
  const { name, endpointId, access, minutes } = parsed.data;
  const { employerId } = actor;
  const id = newId();
  const token = `${employerId.replaceAll("-", "")}${randomToken(32)}`;
  const expiresAt = new Date(Date.now() + minutes * 60_000);
  await withEmployer(employerId, async (tx) => {
    if (endpointId !== undefined) {
      const [known] = await tx
        .select({ id: endpoint.id })
        .from(endpoint)
        .where(and(eq(endpoint.employerId, employerId), eq(endpoint.id, endpointId)));
      if (!known) throw new AppError("not-found", "This endpoint does not exist.");
    }
    await tx.insert(portalLink).values({
      ...{ employerId, id, name, access, expiresAt, createdBy: actor.name },
      ...{ endpointId: endpointId ?? null, sha256: sha256Hex(token) },
    });
    const data = { endpointId: endpointId ?? null, access, minutes };
    await audit(tx, actor, "portal_link.created", { kind: "portal-link", id, name }, data);
  });
  return { id, token, expiresAt };
}

const shownColumns = {
  id: portalLink.id,
  name: portalLink.name,
  endpointId: portalLink.endpointId,
  endpointUrl: endpoint.url,
  access: portalLink.access,
  createdBy: portalLink.createdBy,
  createdAt: portalLink.createdAt,
  expiresAt: portalLink.expiresAt,
  openedAt: portalLink.openedAt,
  revokedAt: portalLink.revokedAt,
};

/** The links of the employer, newest first, ended ones included, without their tokens. */
export async function listPortalLinks(actor: Actor): Promise<PortalLink[]> {
  allowLinks(actor);
  return withEmployer(actor.employerId, (tx) =>
    tx
      .select(shownColumns)
      .from(portalLink)
      .leftJoin(endpoint, and(eq(endpoint.employerId, portalLink.employerId), eq(endpoint.id, portalLink.endpointId)))
      .where(eq(portalLink.employerId, actor.employerId))
      .orderBy(desc(portalLink.id))
      .limit(100),
  );
}

/** Ends a link at once, for those who are inside too. Kind not-found, also when it was ended before. */
export async function revokePortalLink(actor: Actor, id: string): Promise<void> {
  allowLinks(actor);
  if (!z.uuid().safeParse(id).success) throw new AppError("not-found", "This link does not exist.");
  await withEmployer(actor.employerId, async (tx) => {
    const [gone] = await tx
      .update(portalLink)
      .set({ revokedAt: new Date() })
      .where(and(eq(portalLink.employerId, actor.employerId), eq(portalLink.id, id), isNull(portalLink.revokedAt)))
      .returning({ name: portalLink.name });
    if (!gone) throw new AppError("not-found", "This link does not exist or has ended already.");
    await audit(tx, actor, "portal_link.revoked", { kind: "portal-link", id, name: gone.name });
  });
}

export type LiveLink = Omit<typeof portalLink.$inferSelect, "sha256">;

/** The link of a token while it is in force; null otherwise. */
export async function linkOfToken(token: string, now: Date = new Date()): Promise<LiveLink | null> {
  const hex = SHAPE.exec(token)?.[1];
  if (hex === undefined) return null;
  const employerId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const [row] = await withEmployer(employerId, (tx) =>
    tx
      .select()
      .from(portalLink)
      .where(and(eq(portalLink.employerId, employerId), eq(portalLink.sha256, sha256Hex(token)))),
  );
  if (!row || row.revokedAt !== null || row.expiresAt <= now) return null;
  const { sha256: _sha256, ...link } = row;
  return link;
}

/** Notes that a guest went in, in the link and in the audit log. */
export async function noteOpened(actor: Actor, link: LiveLink): Promise<void> {
  await withEmployer(link.employerId, async (tx) => {
    await tx
      .update(portalLink)
      .set({ openedAt: new Date() })
      .where(and(eq(portalLink.employerId, link.employerId), eq(portalLink.id, link.id)));
    await audit(tx, actor, "portal_link.opened", { kind: "portal-link", id: link.id, name: link.name });
  });
}

const text = (value: FormDataEntryValue | null): string => (typeof value === "string" ? value : "");

/** The link form as the service takes it. */
export const portalLinkForm = (form: FormData): z.input<typeof portalLinkInput> => ({
  name: text(form.get("name")),
  access: form.get("access") === "manage" ? "manage" : "read",
  ...(form.get("endpointId") ? { endpointId: text(form.get("endpointId")) } : {}),
  ...(form.get("minutes") ? { minutes: text(form.get("minutes")) } : {}),
});
