import type { Role } from "#app/platform/permissions.ts";
import { rolePermissions } from "#app/platform/permissions.ts";
import type { Actor } from "#app/services/actor.ts";
import { addMember, createEmployer, createPerson } from "#app/services/employers.server.ts";
import { withSystem } from "#db/client.server.ts";
import { Visitor } from "./visitor.ts";

export const PASSWORD = "a long enough password";

export interface TestMember {
  userId: string;
  email: string;
  name: string;
  employerId: string;
  slug: string;
  role: Role;
  actor: Actor;
}

let count = 0;

/** A person with `PASSWORD` in an employer's team; a new employer unless one is given. */
export async function testMember(
  options: { role?: Role; employerId?: string; name?: string; instanceAdmin?: boolean } = {},
): Promise<TestMember> {
  count += 1;
  const { role = "owner", name = `Person ${count}` } = options;
  const email = `person${count}@example.com`;
  const at =
    options.employerId === undefined
      ? await createEmployer({ name: `Employer ${count}` })
      : { id: options.employerId, slug: "" };
  const { id: userId } = await createPerson({
    email,
    name,
    password: PASSWORD,
    ...(options.instanceAdmin ? { instanceAdmin: true } : {}),
  });
  await withSystem((tx) => addMember(tx, at.id, userId, role));
  const actor: Actor = { kind: "person", id: userId, name, employerId: at.id, permissions: rolePermissions[role] };
  return { userId, email, name, employerId: at.id, slug: at.slug, role, actor };
}

/** A visitor who signed in by password. */
export async function signedIn(url: string, member: { email: string }): Promise<Visitor> {
  const visitor = new Visitor(url);
  const answer = await visitor.post("/login", {
    email: member.email,
    password: PASSWORD,
    intent: "password",
    next: "/",
  });
  if (answer.status !== 302) throw new Error(`${member.email} could not sign in: ${answer.status}`);
  return visitor;
}
