import { redirect } from "@remix-run/node";
import { and, asc, eq } from "drizzle-orm";
import { assertSameOrigin, oncePerRequest } from "#app/platform/caller.server.ts";
import { type Permission, type Role, rolePermissions } from "#app/platform/permissions.ts";
import { asPageError } from "#app/platform/respond.server.ts";
import { withSystem } from "#db/client.server.ts";
import { employer, member, roles, session } from "#db/schema/people.ts";
import type { Actor } from "./actor.ts";
import { auth, authHeaders } from "./auth.server.ts";
import { AppError } from "./errors.ts";

export interface Person {
  id: string;
  name: string;
  email: string;
  twoFactorEnabled: boolean;
  /** May see the instance's own pages. */
  instanceAdmin: boolean;
}

/** Who is signed in, at which employer, and what they may do there. */
export interface Member {
  user: Person;
  employer: { id: string; name: string; slug: string; timeZone: string };
  role: Role;
  /** All employers of this person, the one they joined first before others. */
  employers: readonly { id: string; name: string }[];
  actor: Actor;
}

/** The signed-in person, with the session they use; null when there is none. Belongs to no employer yet. */
export async function optionalPerson(request: Request): Promise<{ user: Person; sessionId: string } | null> {
  const found = await currentSession(request);
  return found && { user: found.user, sessionId: found.session.id };
}

async function currentSession(request: Request) {
  const found = await auth().api.getSession({ headers: authHeaders(request) });
  if (!found) return null;
  const { id, name, email, twoFactorEnabled, instanceAdmin } = found.user;
  const user: Person = { id, name, email, twoFactorEnabled: twoFactorEnabled === true, instanceAdmin };
  return { user, session: found.session };
}

/**
 * The signed-in member, or null. Their employer is the one they last chose, else the one they joined first. A request that changes
 * something is refused (thrown 403) when another site's page sent it.
 */
export const optionalMember = oncePerRequest(async (request: Request): Promise<Member | null> => {
  const found = await currentSession(request);
  if (!found) return null;
  refuseForeignOrigin(request);
  const { user } = found;
  const memberships = await membershipsOf(user.id);
  const current = memberships.find(({ id }) => id === found.session.activeOrganizationId) ?? memberships[0];
  if (!current) return null;
  const { role, ...at } = current;
  return {
    user,
    employer: at,
    role,
    employers: memberships.map(({ id, name }) => ({ id, name })),
    actor: {
      kind: "person",
      id: user.id,
      name: user.name,
      employerId: at.id,
      permissions: permissionsOf(role, user.instanceAdmin),
    },
  };
});

/**
 * The signed-in member. Without a sign-in it redirects to the sign-in page and back afterwards; without any employer to
 * the page that says so. With a permission it also throws the 403 page when the role lacks it.
 */
export async function requireMember(request: Request, permission?: Permission): Promise<Member> {
  const found = await optionalMember(request);
  if (!found) throw redirect((await optionalPerson(request)) ? "/no-employer" : signInPath(request));
  if (permission && !found.actor.permissions.has(permission)) {
    throw asPageError(new AppError("forbidden", "Your role does not allow this."));
  }
  return found;
}

/** The signed-in person, employer or not; redirects to the sign-in page as `requireMember` does. */
export async function requirePerson(request: Request): Promise<{ user: Person; sessionId: string }> {
  const found = await optionalPerson(request);
  if (!found) throw redirect(signInPath(request));
  refuseForeignOrigin(request);
  return found;
}

function signInPath(request: Request): string {
  const { pathname, search } = new URL(request.url);
  const back = request.method === "GET" && pathname !== "/" ? `?next=${encodeURIComponent(pathname + search)}` : "";
  return `/login${back}`;
}

function refuseForeignOrigin(request: Request): void {
  try {
    assertSameOrigin(request);
  } catch (error) {
    throw asPageError(error);
  }
}

function permissionsOf(role: Role, instanceAdmin: boolean): ReadonlySet<Permission> {
  return instanceAdmin ? new Set([...rolePermissions[role], "instance:manage"]) : rolePermissions[role];
}

const isRole = (word: string): word is Role => roles.some((role) => role === word);

/** The employers of a person with the role at each, in the order of joining. */
async function membershipsOf(userId: string) {
  const rows = await withSystem((tx) =>
    tx
      .select({
        id: employer.id,
        name: employer.name,
        slug: employer.slug,
        timeZone: employer.timeZone,
        role: member.role,
      })
      .from(member)
      .innerJoin(employer, eq(employer.id, member.employerId))
      .where(eq(member.userId, userId))
      .orderBy(asc(member.createdAt), asc(member.id)),
  );
  return rows.map((row) => ({ ...row, role: isRole(row.role) ? row.role : ("viewer" as const) }));
}

/** Makes another of the person's employers the current one; not-found when they are not a member there. */
export async function switchEmployer(request: Request, employerId: string): Promise<void> {
  const found = await requirePerson(request);
  const memberships = await membershipsOf(found.user.id);
  if (!memberships.some(({ id }) => id === employerId)) {
    throw new AppError("not-found", "You are not in that team.");
  }
  await withSystem((tx) =>
    tx
      .update(session)
      .set({ activeOrganizationId: employerId })
      .where(and(eq(session.id, found.sessionId), eq(session.userId, found.user.id))),
  );
}
