import { eq, like } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import type { Role } from "#app/platform/permissions.ts";
import { type SystemTx, withSystem } from "#db/client.server.ts";
import { employer, member, user } from "#db/schema/people.ts";
import { auth } from "./auth.server.ts";

/* Employers, people and memberships as the seed, the first start and an invitation make them. No permission is asked
 * here: callers in routes go through `team.server.ts`. */

/** Makes an employer; its address name is derived from the name and made unique. */
export async function createEmployer(input: {
  name: string;
  slug?: string;
  timeZone?: string;
  website?: string;
  about?: string;
}): Promise<{ id: string; slug: string }> {
  const id = newId();
  return withSystem(async (tx) => {
    const slug = await freeSlug(tx, input.slug ?? slugOf(input.name));
    await tx.insert(employer).values({
      id,
      name: input.name,
      slug,
      timeZone: input.timeZone ?? "UTC",
      website: input.website ?? null,
      about: input.about ?? null,
    });
    return { id, slug };
  });
}

const slugOf = (name: string): string =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 48) || "employer";

async function freeSlug(tx: SystemTx, wanted: string): Promise<string> {
  const taken = await tx
    .select({ slug: employer.slug })
    .from(employer)
    .where(like(employer.slug, `${wanted}%`));
  const used = new Set(taken.map((row) => row.slug));
  for (let n = 1; ; n += 1) {
    const candidate = n === 1 ? wanted : `${wanted}-${n}`;
    if (!used.has(candidate)) return candidate;
  }
}

/** Makes a person whose address counts as proven. Without a password they sign in by link. */
export async function createPerson(input: {
  email: string;
  name: string;
  password?: string;
  instanceAdmin?: boolean;
}): Promise<{ id: string }> {
  const context = await auth().$context;
  const made = await context.internalAdapter.createUser(
    { email: input.email.toLowerCase(), name: input.name, emailVerified: true },
    { method: "email" },
  );
  if (input.password !== undefined) await setFirstPassword(made.id, input.password);
  if (input.instanceAdmin) {
    await withSystem((tx) => tx.update(user).set({ instanceAdmin: true }).where(eq(user.id, made.id)));
  }
  return { id: made.id };
}

/** Gives a person without one a password. */
export async function setFirstPassword(userId: string, password: string): Promise<void> {
  const context = await auth().$context;
  await context.internalAdapter.linkAccount({
    userId,
    providerId: "credential",
    accountId: userId,
    password: await context.password.hash(password),
  });
}

/** Puts a person into an employer's team, or changes their role there. */
export async function addMember(tx: SystemTx, employerId: string, userId: string, role: Role): Promise<void> {
  await tx
    .insert(member)
    .values({ id: newId(), employerId, userId, role })
    .onConflictDoUpdate({ target: [member.employerId, member.userId], set: { role } });
}
