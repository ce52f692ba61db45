import { z } from "zod";
import type { Location, Salary } from "#app/integrations/contract/domain.ts";
import { employmentTypes, remoteKinds, salaryPeriods } from "#db/schema/hiring.ts";
import { sanitiseHtml } from "./rich-text.server.ts";

const word = (most: number) => z.string().trim().max(most, `At most ${most} characters.`);
const optionalWord = (most: number) => word(most).transform((value) => (value === "" ? undefined : value));

/** ISO 4217 codes that this machine's Intl knows. */
const currencies = new Set(Intl.supportedValuesOf("currency"));

const location = z
  .object({
    city: optionalWord(120).optional(),
    region: optionalWord(120).optional(),
    country: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{2}$/, "Use the two letters of the country, such as US or DE.")
      .or(z.literal("").transform(() => undefined))
      .optional(),
    postalCode: optionalWord(20).optional(),
  })
  .transform((value): Location => {
    const { city, region, country, postalCode } = value;
    return {
      ...(city ? { city } : {}),
      ...(region ? { region } : {}),
      ...(country ? { country } : {}),
      ...(postalCode ? { postalCode } : {}),
    };
  });

const salary = z
  .object({
    /** Minor units: 14800000 is 148,000.00 in a currency with two digits. */
    min: z.number().int("Whole cents only.").min(0, "Pay cannot be negative."),
    max: z.number().int("Whole cents only.").min(0, "Pay cannot be negative."),
    currency: z
      .string()
      .trim()
      .toUpperCase()
      .refine((code) => currencies.has(code), "Use the three letters of a currency, such as USD or EUR."),
    period: z.enum(salaryPeriods),
  })
  .refine((value) => value.min <= value.max, { path: ["max"], message: "The upper figure is below the lower one." });

/**
 * A job as a person or the API gives it. The description is sanitised here, so nothing unsafe passes. Unset parts are
 * absent; an empty list of locations is fine for remote work.
 */
export const jobInput = z.object({
  title: word(150).min(3, "Give the job a title of at least three letters."),
  descriptionHtml: z
    .string()
    .max(60_000, "At most 60,000 characters.")
    .transform(sanitiseHtml)
    .refine((html) => html !== "", "Say what the work is."),
  departments: z
    .array(word(80).min(1))
    .max(10, "At most 10 departments.")
    .default([])
    .transform((names) => [...new Set(names)]),
  locations: z
    .array(location)
    .max(50, "At most 50 places.")
    .default([])
    .transform((places) => places.filter((place) => Object.keys(place).length > 0)),
  remote: z.enum(remoteKinds).default("on_site"),
  employment: z.enum(employmentTypes).default("full_time"),
  experience: optionalWord(120).optional(),
  category: optionalWord(80).optional(),
  salary: salary.optional(),
  openings: z.number().int("Whole numbers only.").min(1, "At least one.").max(10_000, "At most 10,000.").default(1),
  validThrough: z.coerce.date().optional(),
  requisition: optionalWord(60).optional(),
  /** "open" shows it on the career site and makes it publishable. */
  status: z.enum(["draft", "open"]).default("draft"),
});

export type JobInput = z.output<typeof jobInput>;
export type JobInputRaw = z.input<typeof jobInput>;

/** The columns of a job that boards and the career site show. A change in any of them is a new version. */
export function boardColumns(input: Omit<JobInput, "status">) {
  const pay: Partial<Salary> = input.salary ?? {};
  return {
    title: input.title,
    descriptionHtml: input.descriptionHtml,
    departments: input.departments,
    locations: input.locations,
    remote: input.remote,
    employment: input.employment,
    experience: input.experience ?? null,
    category: input.category ?? null,
    salaryMin: pay.min ?? null,
    salaryMax: pay.max ?? null,
    salaryCurrency: pay.currency ?? null,
    salaryPeriod: pay.period ?? null,
    openings: input.openings,
    validThrough: input.validThrough ?? null,
    requisition: input.requisition ?? null,
  };
}

/** Part of a job's public address: words of the title and eight letters of its id, so that it never collides or changes. */
export function slugOf(title: string, id: string): string {
  const words = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60)
    .replace(/-+$/, "");
  return `${words === "" ? "job" : words}-${id.slice(-8)}`;
}
