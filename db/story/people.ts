import { type Role, rolePermissions } from "#app/platform/permissions.ts";
import type { Actor } from "#app/services/actor.ts";
import { addMember, createEmployer, createPerson } from "#app/services/employers.server.ts";
import { withSystem } from "../client.server.ts";

export interface StoryPeople {
  employer: { id: string; slug: string };
  mara: Actor;
  jonas: Actor;
}

const about =
  "Hollin Verge heats and cools homes without burning anything. 140 people, four states, one rule: fix it right the first time.";

/** Hollin Verge with its three people, and Birch Works, which Mara helps and which has nothing connected yet. */
export async function makePeople(): Promise<StoryPeople> {
  const employer = await createEmployer({
    ...{ name: "Hollin Verge", slug: "hollin-verge", timeZone: "America/New_York" },
    ...{ website: "https://hollinverge.example", about },
  });
  const birch = await createEmployer({ name: "Birch Works", slug: "birch-works", timeZone: "Europe/Berlin" });
  const join = async (name: string, email: string, role: Role, instanceAdmin = false): Promise<Actor> => {
    const { id } = await createPerson({ name, email, ...(instanceAdmin ? { instanceAdmin } : {}) });
    await withSystem((tx) => addMember(tx, employer.id, id, role));
    return { kind: "person", id, name, employerId: employer.id, permissions: rolePermissions[role] };
  };
  const mara = await join("Mara Lindqvist", "mara@hollinverge.example", "owner", true);
  const jonas = await join("Jonas Ek", "jonas@hollinverge.example", "recruiter");
  await join("Amara Osei", "amara@hollinverge.example", "viewer");
  const maraId = mara.id;
  if (maraId) await withSystem((tx) => addMember(tx, birch.id, maraId, "owner"));
  return { employer, mara, jonas };
}
