import { z } from "zod";
import { majorOf, minorOf } from "#app/integrations/kit/money.ts";
import { jobInput } from "./job-input.server.ts";
import type { Job } from "./jobs.server.ts";
import { htmlToSimple, simpleToHtml } from "./rich-text.server.ts";

const text = z.string().optional().default("");

/** "148,000" or "29.50" as minor units; NaN for what is no amount. Commas and spaces part thousands. */
export function minorUnits(amount: string, currency: string): number {
  const plain = amount.replace(/[\s,'_]/g, "");
  return /^\d+(\.\d+)?$/.test(plain) ? minorOf(Number(plain), currency) : Number.NaN;
}

/** Where the form shows an error of the job's own schema. */
const FIELDS: Readonly<Record<string, string>> = {
  descriptionHtml: "description",
  "salary.min": "salaryMin",
  "salary.max": "salaryMax",
  "salary.currency": "salaryCurrency",
  "salary.period": "salaryPeriod",
};

/** The editor's form as it is posted: strings, and one row per place. Its rules are those of `jobInput`. */
export const jobForm = z
  .object({
    title: text,
    description: text,
    departments: text,
    locations: z
      .array(z.object({ city: text, region: text, country: text, postalCode: text }))
      .optional()
      .default([]),
    remote: text,
    employment: text,
    experience: text,
    category: text,
    salaryMin: text,
    salaryMax: text,
    salaryCurrency: text,
    salaryPeriod: text,
    openings: text,
    validThrough: text,
    requisition: text,
    status: text,
  })
  .transform((form, context) => {
    const paid = form.salaryMin !== "" || form.salaryMax !== "";
    const low = form.salaryMin || form.salaryMax;
    const parsed = jobInput.safeParse({
      title: form.title,
      descriptionHtml: simpleToHtml(form.description),
      departments: form.departments
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== ""),
      locations: form.locations,
      remote: form.remote || "on_site",
      employment: form.employment || "full_time",
      experience: form.experience,
      category: form.category,
      ...(paid
        ? {
            salary: {
              min: minorUnits(low, form.salaryCurrency),
              max: minorUnits(form.salaryMax || low, form.salaryCurrency),
              currency: form.salaryCurrency,
              period: form.salaryPeriod || "year",
            },
          }
        : {}),
      openings: form.openings === "" ? 1 : Number(form.openings),
      ...(form.validThrough === "" ? {} : { validThrough: `${form.validThrough}T23:59:59Z` }),
      requisition: form.requisition,
      status: form.status === "open" ? "open" : "draft",
    });
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      const path = issue.path.join(".");
      const message = issue.code === "invalid_type" ? "Write a number, such as 68,000." : issue.message;
      context.addIssue({ code: "custom", path: FIELDS[path] ? [FIELDS[path]] : issue.path, message });
    }
    return z.NEVER;
  });

const major = (amount: number | null, currency: string | null): string =>
  amount === null ? "" : String(majorOf(amount, currency ?? "USD"));

/** A job as the editor shows it. */
export function jobFormValues(job: Job | null) {
  if (!job)
    return {
      remote: "on_site",
      employment: "full_time",
      salaryCurrency: "USD",
      salaryPeriod: "year",
      openings: "1",
      locations: [{}],
    };
  return {
    title: job.title,
    description: htmlToSimple(job.descriptionHtml),
    departments: job.departments.join(", "),
    locations: job.locations.map((place) => ({ ...place })),
    remote: job.remote,
    employment: job.employment,
    experience: job.experience ?? "",
    category: job.category ?? "",
    salaryMin: major(job.salaryMin, job.salaryCurrency),
    salaryMax: major(job.salaryMax, job.salaryCurrency),
    salaryCurrency: job.salaryCurrency ?? "USD",
    salaryPeriod: job.salaryPeriod ?? "year",
    openings: String(job.openings),
    validThrough: job.validThrough?.toISOString().slice(0, 10) ?? "",
    requisition: job.requisition ?? "",
  };
}
