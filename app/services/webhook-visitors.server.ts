import { redirect } from "@remix-run/node";
import { eq } from "drizzle-orm";
import { assertSameOrigin, callerAddress } from "#app/platform/caller.server.ts";
import { readGuest, writeGuest } from "#app/platform/guest-cookie.server.ts";
import type { Permission } from "#app/platform/permissions.ts";
import { asPageError } from "#app/platform/respond.server.ts";
import { withSystem } from "#db/client.server.ts";
import { employer } from "#db/schema/people.ts";
import { type Actor, seesEndpoint } from "./actor.ts";
import { AppError } from "./errors.ts";
import { optionalMember, requireMember } from "./people.server.ts";
import { type LiveLink, linkOfToken, noteOpened } from "./portal-links.server.ts";
import { throttle } from "./throttle.server.ts";

/* Who may see the webhook pages: members of the team, and guests who came by a portal link. Every other page asks for a
 * member and knows no guests. */

/** A guest and where they are. */
export interface Guest {
  actor: Actor;
  employer: { id: string; name: string; slug: string; timeZone: string };
  link: Pick<LiveLink, "name" | "endpointId" | "access" | "expiresAt">;
}

const permissionsOf = (access: LiveLink["access"]): ReadonlySet<Permission> =>
  new Set(access === "manage" ? ["webhooks:read", "webhooks:manage"] : ["webhooks:read"]);

async function guestOf(link: LiveLink): Promise<Guest | null> {
  const [at] = await withSystem((tx) =>
    tx
      .select({ id: employer.id, name: employer.name, slug: employer.slug, timeZone: employer.timeZone })
      .from(employer)
      .where(eq(employer.id, link.employerId)),
  );
  const actor: Actor = {
    ...{ kind: "person", id: link.id, name: `${link.name} (guest)`, employerId: link.employerId },
    permissions: permissionsOf(link.access),
    guest: { linkId: link.id, endpointId: link.endpointId },
  };
  return at ? { actor, employer: at, link } : null;
}

/** The guest whose link is in force; null when the visitor has none, or it ended. */
async function optionalGuest(request: Request): Promise<Guest | null> {
  const token = await readGuest(request);
  const link = token === null ? null : await linkOfToken(token);
  return link && guestOf(link);
}

/** As `optionalGuest`; with a link that ended it leads to the page that says so. */
export async function guestOrEnd(request: Request): Promise<Guest | null> {
  const guest = await optionalGuest(request);
  if (!guest && (await readGuest(request)) !== null) throw redirect("/portal");
  return guest;
}

interface Visitor {
  actor: Actor;
  employer: Guest["employer"];
  /** Null for a member of the team. */
  guest: Guest | null;
}

/**
 * Who looks at a webhook page. A signed-in member counts before a guest; whoever is neither is led to sign in, or, with a
 * link that ended, to the page that says so. Throws the 403 page without the permission, and 404 when the page is about
 * an endpoint that the guest's link does not name.
 */
export async function requireVisitor(request: Request, permission: Permission, endpointId?: string): Promise<Visitor> {
  if (await optionalMember(request)) return { ...(await requireMember(request, permission)), guest: null };
  const guest = await guestOrEnd(request);
  if (!guest) return { ...(await requireMember(request, permission)), guest: null };
  try {
    assertSameOrigin(request);
    if (!guest.actor.permissions.has(permission))
      throw new AppError("forbidden", "Your link does not allow this. Ask for one that may change things.");
    if (endpointId !== undefined && !seesEndpoint(guest.actor, endpointId))
      throw new AppError("not-found", "This endpoint does not exist.");
  } catch (error) {
    throw asPageError(error);
  }
  return { actor: guest.actor, employer: guest.employer, guest };
}

/** As `requireVisitor`, for pages about more than one endpoint: refused to guests whose link names one. */
export async function requireWholeVisitor(request: Request, permission: Permission): Promise<Visitor> {
  const visitor = await requireVisitor(request, permission);
  if (visitor.actor.guest?.endpointId)
    throw asPageError(new AppError("forbidden", "Your link opens one endpoint only."));
  return visitor;
}

/** Lets a guest in: the cookie to set and the page to go to. Kind invalid when the link ended; rate-limited. */
export async function openPortalLink(request: Request, token: string): Promise<{ cookie: string; to: string }> {
  assertSameOrigin(request);
  await throttle(`portal-link:${callerAddress(request)}`, { limit: 60, seconds: 600 });
  const link = await linkOfToken(token);
  const guest = link && (await guestOf(link));
  if (!link || !guest) throw new AppError("invalid", "This link has ended. Ask for a new one.");
  await noteOpened(guest.actor, link);
  const to = link.endpointId === null ? "/webhooks" : `/webhooks/endpoints/${link.endpointId}`;
  return { cookie: await writeGuest(token, link.expiresAt), to };
}
