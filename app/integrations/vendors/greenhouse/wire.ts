import { z } from "zod";
import type { Upsert } from "../../contract/capabilities.ts";
import type { CandidateRecord } from "../../contract/domain.ts";
import { personOf } from "../../kit/people.ts";
import { placeOf } from "../../kit/places.ts";
import { stageOf, upsertOf } from "../../kit/pull.server.ts";
import { flag, numericId as id, text, isoTime as when } from "../../kit/shapes.ts";

/* Shapes of Harvest v3 and v1, as far as we read them; other fields pass unread. */

const values = z
  .array(z.object({ value: z.string() }))
  .nullish()
  .transform((list) => (list ?? []).map((one) => one.value));

export const department = z.object({ id, name: z.string() });
export const source = z.object({ id, name: z.string() });
export const office = z
  .object({ id, name: z.string(), location: z.union([z.string(), z.object({ name: text })]).nullish() })
  .transform(({ id, name, location }) => ({
    id,
    place: (typeof location === "string" ? location : location?.name) || name,
  }));

const job = z.object({
  id,
  name: z.string(),
  requisition_id: text,
  confidential: flag,
  status: z.enum(["open", "closed", "draft"]),
  is_template: flag,
  updated_at: when,
});
export const jobV3 = job.extend({ department_id: id.nullish(), office_ids: z.array(id).nullish() });
export const jobV1 = job.extend({
  departments: z.array(z.object({ name: z.string() }).nullable()).nullish(),
  offices: z.array(office).nullish(),
  openings: z.array(z.object({ status: z.string() })).nullish(),
});
export const jobPost = z.object({
  job_id: id.nullish(),
  title: text,
  live: z.boolean(),
  internal: flag,
  active: flag,
  content: text,
});

const stage = z.object({ id, job_id: id, name: z.string(), active: flag });
export const stageV3 = stage
  .extend({ sort_order: z.number() })
  .transform(({ sort_order, ...row }) => ({ ...row, position: sort_order }));
export const stageV1 = stage
  .extend({ priority: z.number() })
  .transform(({ priority, ...row }) => ({ ...row, position: priority }));

export const candidate = z.object({
  id,
  first_name: text,
  last_name: text,
  title: text,
  company: text,
  private: flag,
  is_private: flag,
  email_addresses: values,
  phone_numbers: values,
  website_addresses: values,
  social_media_addresses: values,
  updated_at: when,
});

export const applicationV3 = z.object({
  id,
  candidate_id: id,
  job_id: id.nullish(),
  status: z.enum(["in_process", "active", "rejected", "hired", "converted"]),
  prospect: z.boolean(),
  stage_name: text,
  job_interview_stage_id: id.nullish(),
  source_id: id.nullish(),
  created_at: when,
  updated_at: when,
});
export const applicationV1 = z.object({
  id,
  candidate_id: id,
  status: z.enum(["active", "rejected", "hired", "converted"]),
  prospect: z.boolean(),
  jobs: z.array(z.object({ id })),
  current_stage: z.object({ id, name: z.string() }).nullish(),
  source: z.object({ public_name: text }).nullish(),
  rejection_reason: z.object({ name: z.string() }).nullish(),
  applied_at: when,
  last_activity_at: when,
});

export const applicantV1 = z.object({ applications: z.array(applicationV1).nullish() });

export const createdV3 = z.object({
  candidate: z.object({ id }),
  application: z.object({ id, updated_at: when.nullish() }),
});
export const createdV1 = z.object({ id, application_ids: z.array(id).nullish() });

/** Templates are no jobs, and confidential jobs stay in Greenhouse. */
export const isShown = (row: z.output<typeof job>): boolean => !row.is_template && !row.confidential;

/** The first live external post of a job carries its public text. */
export function jobToDomain(
  row: z.output<typeof job>,
  join: {
    posts: readonly z.output<typeof jobPost>[];
    departments: readonly string[];
    offices: readonly z.output<typeof office>[];
    openings?: number;
  },
): Upsert<"jobs"> {
  const post = join.posts.find((one) => one.job_id === row.id && one.live && !one.internal && one.active !== false);
  const data = {
    title: post?.title ?? row.name,
    descriptionHtml: post?.content ?? "",
    status: row.status,
    departments: join.departments,
    locations: join.offices.map(({ place }) => placeOf(place)),
    remote: join.offices.some(({ place }) => /\bremote\b/i.test(place)) ? "remote" : "on_site",
    employment: "full_time",
    openings: join.openings ?? 1,
    ...(row.requisition_id ? { requisition: row.requisition_id } : {}),
  } as const;
  return upsertOf<"jobs">(row.id, row.updated_at, data);
}

export function stageToDomain(row: z.output<typeof stageV3>): Upsert<"stages">[] {
  if (row.active === false) return [];
  return [stageOf(row.id, row.name, row.position, row.job_id)];
}

/** People whom Greenhouse shows to some users only stay there. */
export function candidateToDomain(person: z.output<typeof candidate>): Upsert<"candidates">[] {
  if (person.private || person.is_private) return [];
  const headline = [person.title, person.company].filter(Boolean).join(" at ");
  const data = personOf({
    ...{ firstName: person.first_name, lastName: person.last_name, headline },
    ...{ emails: person.email_addresses, phones: person.phone_numbers },
    links: [...person.website_addresses, ...person.social_media_addresses],
  });
  return [upsertOf<"candidates">(person.id, person.updated_at, data)];
}

const statusOf = {
  in_process: "active",
  active: "active",
  rejected: "rejected",
  hired: "hired",
  converted: "active",
} as const;

/** Prospects are leads without a job: they are not applications to us. */
export function applicationFromV3(
  row: z.output<typeof applicationV3>,
  sources: readonly z.output<typeof source>[] = [],
): Upsert<"applications">[] {
  if (row.prospect || !row.job_id) return [];
  const from = sources.find(({ id }) => id === row.source_id);
  const data = {
    jobExternalId: row.job_id,
    candidateExternalId: row.candidate_id,
    status: statusOf[row.status],
    appliedAt: row.created_at,
    ...(row.job_interview_stage_id ? { stageExternalId: row.job_interview_stage_id } : {}),
    ...(row.stage_name ? { stageName: row.stage_name } : {}),
    ...(from ? { source: from.name } : {}),
  };
  return [upsertOf<"applications">(row.id, row.updated_at, data)];
}

export function applicationFromV1(row: z.output<typeof applicationV1>): Upsert<"applications">[] {
  const { jobs, current_stage: stage, source, rejection_reason: reason, last_activity_at: changed } = row;
  if (row.prospect || !jobs[0]) return [];
  const data = {
    jobExternalId: jobs[0].id,
    candidateExternalId: row.candidate_id,
    status: statusOf[row.status],
    appliedAt: row.applied_at,
    ...(stage ? { stageExternalId: stage.id, stageName: stage.name } : {}),
    ...(source?.public_name ? { source: source.public_name } : {}),
    ...(reason ? { rejectedReason: reason.name } : {}),
  };
  return [upsertOf<"applications">(row.id, changed, data, `${changed.toISOString()}:${row.status}`)];
}

/** The body of POST /candidates, the same in both versions but for the name of the application. */
export const candidateFromDomain = (person: CandidateRecord) => ({
  first_name: person.firstName,
  last_name: person.lastName,
  email_addresses: person.emails.map((value) => ({ value, type: "personal" })),
  phone_numbers: person.phones.map((value) => ({ value, type: "mobile" })),
  website_addresses: person.links.map((value) => ({ value, type: "other" })),
});
