import { eq } from "drizzle-orm";
import { type Role, rolePermissions } from "#app/platform/permissions.ts";
import type { Actor } from "#app/services/actor.ts";
import { addMember, createEmployer, createPerson } from "#app/services/employers.server.ts";
import { withSystem } from "../client.server.ts";
import { employer, user } from "../schema/people.ts";
import type { StorySteps } from "./steps.ts";

export interface StoryPeople {
  mara: Actor;
  jonas: Actor;
}

const about =
  "Hollin Verge heats and cools homes without burning anything. 140 people, four states, one rule: fix it right the first time.";

/** Hollin Verge with its three people, and Birch Works, which Mara helps and which has nothing connected yet. */
export async function makePeople(steps: StorySteps): Promise<StoryPeople> {
  const hollin = await makeEmployer(steps, {
    ...{ name: "Hollin Verge", slug: "hollin-verge", timeZone: "America/New_York" },
    ...{ website: "https://hollinverge.example", about },
  });
  const birch = await makeEmployer(steps, { name: "Birch Works", slug: "birch-works", timeZone: "Europe/Berlin" });
  const join = async (name: string, email: string, role: Role, also?: string): Promise<Actor> => {
    const id = await steps.once(`person ${email}`, async () => {
      const instanceAdmin = also !== undefined;
      const personId = (await personOf(email)) ?? (await createPerson({ name, email, instanceAdmin })).id;
      await withSystem(async (tx) => {
        await addMember(tx, hollin, personId, role);
        if (also) await addMember(tx, also, personId, role);
      });
      return personId;
    });
    return { kind: "person", id, name, employerId: hollin, permissions: rolePermissions[role] };
  };
  const mara = await join("Mara Lindqvist", "mara@hollinverge.example", "owner", birch);
  const jonas = await join("Jonas Ek", "jonas@hollinverge.example", "recruiter");
  await join("Amara Osei", "amara@hollinverge.example", "viewer");
  return { mara, jonas };
}

type NewEmployer = Parameters<typeof createEmployer>[0] & { slug: string };

const makeEmployer = (steps: StorySteps, input: NewEmployer): Promise<string> =>
  steps.once(`employer ${input.slug}`, async () => {
    const [known] = await withSystem((tx) =>
      tx.select({ id: employer.id }).from(employer).where(eq(employer.slug, input.slug)),
    );
    return known?.id ?? (await createEmployer(input)).id;
  });

async function personOf(email: string): Promise<string | undefined> {
  const [known] = await withSystem((tx) => tx.select({ id: user.id }).from(user).where(eq(user.email, email)));
  return known?.id;
}
