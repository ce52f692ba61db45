import { eq } from "drizzle-orm";
import { z } from "zod";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { employer } from "#db/schema/people.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { fieldsOf } from "./team.server.ts";

const zones = new Set([...Intl.supportedValuesOf("timeZone"), "UTC"]);
/** Every time zone by name, for the select. */
export const timeZones: readonly string[] = [...zones].sort();

const settings = z.object({
  name: z.string().trim().min(1, "Say the employer's name.").max(120, "At most 120 characters."),
  website: z
    .union([z.literal(""), z.url({ protocol: /^https?$/, error: "A full address, like https://company.com." })])
    .transform((value) => value || null),
  about: z
    .string()
    .trim()
    .max(4000, "At most 4,000 characters.")
    .transform((value) => value || null),
  timeZone: z.string().refine((zone) => zones.has(zone), "Choose a time zone of the list."),
});

export type EmployerSettings = z.output<typeof settings> & { slug: string };

/** What the employer says about itself, on the career site too. Everyone in the team may see it. */
export async function getSettings(actor: Actor): Promise<EmployerSettings> {
  const [row] = await withEmployer(actor.employerId, (tx) =>
    tx
      .select({
        name: employer.name,
        slug: employer.slug,
        website: employer.website,
        about: employer.about,
        timeZone: employer.timeZone,
      })
      .from(employer)
      .where(eq(employer.id, actor.employerId)),
  );
  if (!row) throw new AppError("not-found", "This employer is gone.");
  return row;
}

/** Changes it. Needs settings:manage. */
export async function saveSettings(actor: Actor, input: Record<string, unknown>): Promise<void> {
  allow(actor, "settings:manage");
  const parsed = settings.safeParse(input);
  if (!parsed.success) throw new AppError("invalid", "Not saved yet.", { fields: fieldsOf(parsed.error) });
  await withEmployer(actor.employerId, async (tx) => {
    await tx.update(employer).set(parsed.data).where(eq(employer.id, actor.employerId));
    const subject = { kind: "employer", id: actor.employerId, name: parsed.data.name };
    await audit(tx, actor, "employer.settings_changed", subject, parsed.data);
  });
}
