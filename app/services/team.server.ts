import { and, asc, count, eq, gt } from "drizzle-orm";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { trySendMail } from "#app/platform/mail.server.ts";
import { allow, type Role } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer, withSystem } from "#db/client.server.ts";
import { employer, invitation, member, roles, user } from "#db/schema/people.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { invitationPath } from "./invitations.server.ts";
import { throttle } from "./throttle.server.ts";

/* Who is in an employer's team. The tables carry no row-level security, because they are read before a tenant is known:
 * every statement here names the employer. Only an owner makes, changes or removes an owner, and one always stays. */

const INVITATION_DAYS = 7;

export interface TeamMember {
  id: string;
  userId: string;
  name: string;
  email: string;
  role: Role;
  twoFactor: boolean;
  since: Date;
}

export interface PendingInvitation {
  id: string;
  email: string;
  role: Role;
  expiresAt: Date;
}

const roleSchema = z.enum(roles);

/** The team by name, and the invitations that wait. Everyone in the team may see it. */
export async function listTeam(actor: Actor): Promise<{ members: TeamMember[]; invitations: PendingInvitation[] }> {
  return withSystem(async (tx) => {
    const members = await tx
      .select({
        id: member.id,
        userId: user.id,
        name: user.name,
        email: user.email,
        role: member.role,
        twoFactor: user.twoFactorEnabled,
        since: member.createdAt,
      })
      .from(member)
      .innerJoin(user, eq(user.id, member.userId))
      .where(eq(member.employerId, actor.employerId))
      .orderBy(asc(user.name));
    const invitations = await tx
      .select({ id: invitation.id, email: invitation.email, role: invitation.role, expiresAt: invitation.expiresAt })
      .from(invitation)
      .where(
        and(
          eq(invitation.employerId, actor.employerId),
          eq(invitation.status, "pending"),
          gt(invitation.expiresAt, new Date()),
        ),
      )
      .orderBy(asc(invitation.email));
    const withRole = <T extends { role: string | null }>(row: T) => ({ ...row, role: roleSchema.parse(row.role) });
    return { members: members.map(withRole), invitations: invitations.map(withRole) };
  });
}

const inviteSchema = z.object({
  email: z.email("Like name@company.com.").transform((email) => email.toLowerCase()),
  role: roleSchema,
});

/**
 * Invites somebody by mail for seven days; a waiting invitation of the same address is replaced. `origin` is where the
 * portal is reached. Answers with the link, for when the mail did not go. Needs team:manage.
 */
export async function invite(
  actor: Actor,
  input: { email: unknown; role: unknown },
  origin: string,
): Promise<{ link: string; mailed: boolean; email: string }> {
  allow(actor, "team:manage");
  const parsed = inviteSchema.safeParse(input);
  if (!parsed.success) {
    throw new AppError("invalid", "This invitation is not complete.", { fields: fieldsOf(parsed.error) });
  }
  const { email, role } = parsed.data;
  await throttle(`invite:${actor.employerId}`, { limit: 30, seconds: 3600 });
  const id = newId();
  const employerName = await withEmployer(actor.employerId, async (tx) => {
    await assertMayTouch(tx, actor, role);
    await assertNoMember(tx, actor.employerId, email);
    await tx
      .delete(invitation)
      .where(
        and(eq(invitation.employerId, actor.employerId), eq(invitation.email, email), eq(invitation.status, "pending")),
      );
    await tx.insert(invitation).values({
      id,
      employerId: actor.employerId,
      email,
      role,
      status: "pending",
      expiresAt: new Date(Date.now() + INVITATION_DAYS * 24 * 3600 * 1000),
      inviterId: z.uuid().parse(actor.id),
    });
    await audit(tx, actor, "invitation.sent", { kind: "invitation", id, name: email }, { role });
    const [at] = await tx.select({ name: employer.name }).from(employer).where(eq(employer.id, actor.employerId));
    return at?.name ?? "";
  });
  const link = origin + invitationPath({ id, email });
  const mailed = await trySendMail({
    to: email,
    subject: `${actor.name} invites you to ${employerName} on Patchbay`,
    text: `${actor.name} invites you to the hiring team of ${employerName}.\n\nOpen this page to join:\n\n${link}\n\nThe invitation holds for ${INVITATION_DAYS} days.\n`,
  });
  return { link, mailed, email };
}

/** Messages by field, the first of each. */
export function fieldsOf(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(error.issues.map((issue) => [issue.path.join("."), issue.message]).reverse());
}

async function assertNoMember(tx: EmployerTx, employerId: string, email: string): Promise<void> {
  const [already] = await tx
    .select({ id: member.id })
    .from(member)
    .innerJoin(user, eq(user.id, member.userId))
    .where(and(eq(member.employerId, employerId), eq(user.email, email)));
  if (already) throw new AppError("conflict", `${email} is in the team already.`);
}

/** Takes a waiting invitation back. Needs team:manage. */
export async function withdrawInvitation(actor: Actor, id: string): Promise<void> {
  allow(actor, "team:manage");
  await withEmployer(actor.employerId, async (tx) => {
    const [gone] = await tx
      .delete(invitation)
      .where(and(eq(invitation.employerId, actor.employerId), eq(invitation.id, id), eq(invitation.status, "pending")))
      .returning({ email: invitation.email });
    if (!gone) throw new AppError("not-found", "This invitation is gone.");
    await audit(tx, actor, "invitation.withdrawn", { kind: "invitation", id, name: gone.email });
  });
}

/** Gives a member another role. Needs team:manage; owners only by owners; the last owner stays one. */
export async function changeRole(actor: Actor, memberId: string, input: unknown): Promise<void> {
  allow(actor, "team:manage");
  const parsed = roleSchema.safeParse(input);
  if (!parsed.success) throw new AppError("invalid", "There is no such role.");
  const role = parsed.data;
  await withEmployer(actor.employerId, async (tx) => {
    const found = await memberRow(tx, actor, memberId);
    await assertMayTouch(tx, actor, found.role, role);
    if (found.role === "owner" && role !== "owner") await assertAnotherOwner(tx, actor.employerId);
    await tx
      .update(member)
      .set({ role })
      .where(and(eq(member.employerId, actor.employerId), eq(member.id, memberId)));
    const subject = { kind: "person", id: found.userId, name: found.name };
    await audit(tx, actor, "member.role_changed", subject, { from: found.role, to: role });
  });
}

/** Takes a member out of the team; their account and their sign-in stay. People may also take themselves out. */
export async function removeMember(actor: Actor, memberId: string): Promise<void> {
  await withEmployer(actor.employerId, async (tx) => {
    const found = await memberRow(tx, actor, memberId);
    if (found.userId !== actor.id) {
      allow(actor, "team:manage");
      await assertMayTouch(tx, actor, found.role);
    }
    if (found.role === "owner") await assertAnotherOwner(tx, actor.employerId);
    await tx.delete(member).where(and(eq(member.employerId, actor.employerId), eq(member.id, memberId)));
    await audit(tx, actor, "member.removed", { kind: "person", id: found.userId, name: found.name });
  });
}

/** The member of this employer, locked. Another employer's id is not-found. */
async function memberRow(tx: EmployerTx, actor: Actor, memberId: string) {
  if (!z.uuid().safeParse(memberId).success) throw new AppError("not-found", "Nobody of this team.");
  await tx.select({ id: employer.id }).from(employer).where(eq(employer.id, actor.employerId)).for("no key update");
  const [row] = await tx
    .select({ userId: user.id, name: user.name, role: member.role })
    .from(member)
    .innerJoin(user, eq(user.id, member.userId))
    .where(and(eq(member.employerId, actor.employerId), eq(member.id, memberId)));
  if (!row) throw new AppError("not-found", "Nobody of this team.");
  return row;
}

async function assertMayTouch(tx: EmployerTx, actor: Actor, ...touched: string[]): Promise<void> {
  if (!touched.includes("owner")) return;
  const [own] = await tx
    .select({ role: member.role })
    .from(member)
    .where(and(eq(member.employerId, actor.employerId), eq(member.userId, z.uuid().parse(actor.id))));
  if (own?.role !== "owner") throw new AppError("forbidden", "Only an owner can do this to an owner.");
}

async function assertAnotherOwner(tx: EmployerTx, employerId: string): Promise<void> {
  const [row] = await tx
    .select({ owners: count() })
    .from(member)
    .where(and(eq(member.employerId, employerId), eq(member.role, "owner")));
  if ((row?.owners ?? 0) < 2)
    throw new AppError("conflict", "A team keeps at least one owner. Make another one first.");
}
