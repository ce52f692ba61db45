import { createHmac, timingSafeEqual } from "node:crypto";
import { and, eq, gt } from "drizzle-orm";
import { z } from "zod";
import { assertSameOrigin, callerAddress } from "#app/platform/caller.server.ts";
import { instanceSecrets } from "#app/platform/dev-secrets.server.ts";
import type { Role } from "#app/platform/permissions.ts";
import { withEmployer, withSystem } from "#db/client.server.ts";
import { employer, invitation, member, roles, user } from "#db/schema/people.ts";
import { audit } from "./audit.server.ts";
import { MIN_PASSWORD } from "./auth.server.ts";
import { addMember, createPerson } from "./employers.server.ts";
import { AppError } from "./errors.ts";
import type { Person } from "./people.server.ts";
import { throttle } from "./throttle.server.ts";

/** The key that proves that a link came by mail: it is in the mail only, not in the table. */
const keyOf = (id: string, email: string): string =>
  createHmac("sha256", instanceSecrets().authSecret).update(`invitation\n${id}\n${email}`).digest("base64url");

/** Where an invitation is accepted. */
export const invitationPath = ({ id, email }: { id: string; email: string }): string =>
  `/invite/${id}?key=${keyOf(id, email)}`;

export interface OpenInvitation {
  id: string;
  email: string;
  role: Role;
  employerId: string;
  employerName: string;
  inviter: string;
  /** Whether somebody with this address has an account here. */
  known: boolean;
}

/** The invitation that a link leads to. Throws not-found when it was used, withdrawn, is too old, or the key is wrong. */
export async function openInvitation(id: string, key: string): Promise<OpenInvitation> {
  const gone = new AppError("not-found", "This invitation was used, withdrawn or is too old. Ask for a new one.");
  if (!z.uuid().safeParse(id).success) throw gone;
  const [row] = await withSystem((tx) =>
    tx
      .select({
        email: invitation.email,
        role: invitation.role,
        employerId: employer.id,
        employerName: employer.name,
        inviter: user.name,
      })
      .from(invitation)
      .innerJoin(employer, eq(employer.id, invitation.employerId))
      .innerJoin(user, eq(user.id, invitation.inviterId))
      .where(and(eq(invitation.id, id), eq(invitation.status, "pending"), gt(invitation.expiresAt, new Date()))),
  );
  if (!row || !sameText(key, keyOf(id, row.email))) throw gone;
  const [account] = await withSystem((tx) => tx.select({ id: user.id }).from(user).where(eq(user.email, row.email)));
  return { ...row, id, role: z.enum(roles).parse(row.role), known: account !== undefined };
}

const sameText = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Joins the team as the signed-in person, whose address must be the invited one. Spends the invitation. */
export async function acceptInvitation(
  open: OpenInvitation,
  person: Pick<Person, "id" | "name" | "email">,
): Promise<void> {
  if (person.email !== open.email) {
    throw new AppError("forbidden", `This invitation is for ${open.email}. Sign in with that address.`);
  }
  const actor = { kind: "person" as const, id: person.id, name: person.name, employerId: open.employerId };
  await withEmployer(open.employerId, async (tx) => {
    const [spent] = await tx
      .update(invitation)
      .set({ status: "accepted" })
      .where(and(eq(invitation.id, open.id), eq(invitation.status, "pending")))
      .returning({ id: invitation.id });
    if (!spent) throw new AppError("not-found", "This invitation was used already.");
    const [already] = await tx
      .select({ id: member.id })
      .from(member)
      .where(and(eq(member.employerId, open.employerId), eq(member.userId, person.id)));
    if (!already) await addMember(tx, open.employerId, person.id, open.role);
    await audit(
      tx,
      actor,
      "invitation.accepted",
      { kind: "person", id: person.id, name: person.name },
      { role: open.role },
    );
  });
}

const newPerson = z.object({
  name: z.string().trim().min(1, "Say your name.").max(120, "At most 120 characters."),
  password: z.string().min(MIN_PASSWORD, `At least ${MIN_PASSWORD} characters.`).max(200, "At most 200 characters."),
});

/** Makes an account for the invited address and joins the team. Throws conflict when the address has an account. */
export async function acceptAsNewPerson(
  request: Request,
  open: OpenInvitation,
  input: { name: unknown; password: unknown },
): Promise<void> {
  assertSameOrigin(request);
  await throttle(`invitation:${callerAddress(request)}`, { limit: 20, seconds: 600 });
  const parsed = newPerson.safeParse(input);
  if (!parsed.success) {
    const fields = Object.fromEntries(parsed.error.issues.map((issue) => [issue.path.join("."), issue.message]));
    throw new AppError("invalid", "Your account needs a name and a password.", { fields });
  }
  if (open.known) throw new AppError("conflict", `${open.email} has an account. Sign in with it.`);
  const { id } = await createPerson({ email: open.email, ...parsed.data });
  await acceptInvitation(open, { id, name: parsed.data.name, email: open.email });
}
