import { z } from "zod";
import type { Upsert } from "../../contract/capabilities.ts";
import type { ApplicationRecord, CandidateRecord, JobRecord, Location, StageRecord } from "../../contract/domain.ts";

/* Shapes of Harvest v3 and v1, as far as we read them; other fields pass unread. Ids outgrow 2^31 and become text. */

const id = z.number().int().transform(String);
const nullishText = z.string().nullish();
const when = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const addresses = z.array(z.object({ value: z.string() })).nullish();

const jobStatus = z.enum(["open", "closed", "draft"]);

export const departmentV3 = z.object({ id, name: z.string() });
export const officeV3 = z.object({
  id,
  name: z.string(),
  location: z.union([z.string(), z.object({ name: nullishText })]).nullish(),
});

export const jobV3 = z.object({
  id,
  name: z.string(),
  requisition_id: nullishText,
  confidential: z.boolean().nullish(),
  status: jobStatus,
  is_template: z.boolean().nullish(),
  department_id: id.nullish(),
  office_ids: z.array(id).nullish(),
  updated_at: when,
});

export const jobPost = z.object({
  job_id: id.nullish(),
  title: nullishText,
  live: z.boolean(),
  internal: z.boolean().nullish(),
  active: z.boolean().nullish(),
  content: nullishText,
});

export const jobV1 = z.object({
  id,
  name: z.string(),
  requisition_id: nullishText,
  confidential: z.boolean().nullish(),
  status: jobStatus,
  is_template: z.boolean().nullish(),
  departments: z.array(z.object({ name: z.string() }).nullable()).nullish(),
  offices: z.array(z.object({ name: z.string(), location: z.object({ name: nullishText }).nullish() })).nullish(),
  openings: z.array(z.object({ status: z.string() })).nullish(),
  updated_at: when,
});

export const stageV3 = z.object({
  id,
  job_id: id,
  name: z.string(),
  sort_order: z.number(),
  active: z.boolean().nullish(),
});
export const stageV1 = z.object({
  id,
  job_id: id,
  name: z.string(),
  priority: z.number(),
  active: z.boolean().nullish(),
});

export const candidate = z.object({
  id,
  first_name: nullishText,
  last_name: nullishText,
  title: nullishText,
  company: nullishText,
  private: z.boolean().nullish(),
  is_private: z.boolean().nullish(),
  email_addresses: addresses,
  phone_numbers: addresses,
  website_addresses: addresses,
  social_media_addresses: addresses,
  updated_at: when,
});

export const applicationV3 = z.object({
  id,
  candidate_id: id,
  job_id: id.nullish(),
  status: z.enum(["in_process", "active", "rejected", "hired", "converted"]),
  prospect: z.boolean(),
  stage_name: nullishText,
  job_interview_stage_id: id.nullish(),
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
  source: z.object({ public_name: nullishText }).nullish(),
  rejection_reason: z.object({ name: z.string() }).nullish(),
  applied_at: when,
  last_activity_at: when,
});

export const createdCandidate = z.object({
  candidate: z.object({ id }),
  application: z.object({ id, updated_at: when.nullish() }),
});
export const createdCandidateV1 = z.object({ id, application_ids: z.array(id).nullish() });

/** "Leeds, UK" has no machine-readable parts: the whole text is the city, an ISO code at the end is the country. */
function placeOf(text: string): Location {
  const parts = text.split(",").map((part) => part.trim());
  const last = parts.at(-1) ?? "";
  return /^[A-Z]{2}$/.test(last) && parts.length > 1
    ? {
        city: parts[0] ?? text,
        ...(parts.length > 2 && parts[1] ? { region: parts[1] } : {}),
        country: last === "UK" ? "GB" : last,
      }
    : { city: text };
}

type JobPost = z.output<typeof jobPost>;

function jobRecord(
  job: { name: string; status: "open" | "closed" | "draft"; requisition_id?: string | null | undefined },
  post: JobPost | undefined,
  departments: readonly string[],
  places: readonly string[],
  openings: number,
): JobRecord {
  return {
    title: post?.title ?? job.name,
    descriptionHtml: post?.content ?? "",
    status: job.status,
    departments,
    locations: places.map(placeOf),
    remote: places.some((place) => /\bremote\b/i.test(place)) ? "remote" : "on_site",
    employment: "full_time",
    openings,
    ...(job.requisition_id ? { requisition: job.requisition_id } : {}),
  };
}

/** The first live external post of a job carries its public text. */
export function publicPost(posts: readonly JobPost[], jobId: string): JobPost | undefined {
  return posts.find((post) => post.job_id === jobId && post.live && !post.internal && post.active !== false);
}

export function jobFromV3(
  job: z.output<typeof jobV3>,
  join: {
    posts: readonly JobPost[];
    departments: readonly z.output<typeof departmentV3>[];
    offices: readonly z.output<typeof officeV3>[];
  },
): Upsert<"jobs"> {
  const department = join.departments.find((one) => one.id === job.department_id);
  const places = join.offices
    .filter((office) => job.office_ids?.includes(office.id))
    .map((office) => (typeof office.location === "string" ? office.location : office.location?.name) || office.name);
  const data = jobRecord(job, publicPost(join.posts, job.id), department ? [department.name] : [], places, 1);
  return { externalId: job.id, version: job.updated_at.toISOString(), updatedAt: job.updated_at, data };
}

export function jobFromV1(job: z.output<typeof jobV1>, posts: readonly JobPost[]): Upsert<"jobs"> {
  const departments = (job.departments ?? []).flatMap((one) => (one ? [one.name] : []));
  const places = (job.offices ?? []).map((office) => office.location?.name || office.name);
  const openings = Math.max(1, (job.openings ?? []).filter((one) => one.status === "open").length);
  const data = jobRecord(job, publicPost(posts, job.id), departments, places, openings);
  return { externalId: job.id, version: job.updated_at.toISOString(), updatedAt: job.updated_at, data };
}

export function stageToDomain(stage: z.output<typeof stageV3> | z.output<typeof stageV1>): Upsert<"stages"> {
  const position = "sort_order" in stage ? stage.sort_order : stage.priority;
  const data: StageRecord = { jobExternalId: stage.job_id, name: stage.name, position };
  return { externalId: stage.id, version: `${position}:${stage.name}`, updatedAt: new Date(0), data };
}

export function candidateToDomain(person: z.output<typeof candidate>): Upsert<"candidates"> {
  const headline = [person.title, person.company].filter(Boolean).join(" at ");
  const data: CandidateRecord = {
    firstName: person.first_name ?? "",
    lastName: person.last_name ?? "",
    emails: (person.email_addresses ?? []).map((one) => one.value.trim().toLowerCase()),
    phones: (person.phone_numbers ?? []).map((one) => one.value),
    links: [...(person.website_addresses ?? []), ...(person.social_media_addresses ?? [])].map((one) => one.value),
    ...(headline ? { headline } : {}),
  };
  return { externalId: person.id, version: person.updated_at.toISOString(), updatedAt: person.updated_at, data };
}

const statusOf = {
  in_process: "active",
  active: "active",
  rejected: "rejected",
  hired: "hired",
  converted: "active",
} as const;

export function applicationFromV3(row: z.output<typeof applicationV3> & { job_id: string }): Upsert<"applications"> {
  const data: ApplicationRecord = {
    jobExternalId: row.job_id,
    candidateExternalId: row.candidate_id,
    status: statusOf[row.status],
    appliedAt: row.created_at,
    ...(row.job_interview_stage_id ? { stageExternalId: row.job_interview_stage_id } : {}),
    ...(row.stage_name ? { stageName: row.stage_name } : {}),
  };
  return { externalId: row.id, version: row.updated_at.toISOString(), updatedAt: row.updated_at, data };
}

export function applicationFromV1(row: z.output<typeof applicationV1>, jobId: string): Upsert<"applications"> {
  const data: ApplicationRecord = {
    jobExternalId: jobId,
    candidateExternalId: row.candidate_id,
    status: statusOf[row.status],
    appliedAt: row.applied_at,
    ...(row.current_stage ? { stageExternalId: row.current_stage.id, stageName: row.current_stage.name } : {}),
    ...(row.source?.public_name ? { source: row.source.public_name } : {}),
    ...(row.rejection_reason ? { rejectedReason: row.rejection_reason.name } : {}),
  };
  return {
    externalId: row.id,
    version: `${row.last_activity_at.toISOString()}:${row.status}`,
    updatedAt: row.last_activity_at,
    data,
  };
}

/** The body of POST /candidates, the same in both versions but for the name of the application. */
export function candidateFromDomain(person: CandidateRecord) {
  return {
    first_name: person.firstName,
    last_name: person.lastName,
    email_addresses: person.emails.map((value) => ({ value, type: "personal" })),
    phone_numbers: person.phones.map((value) => ({ value, type: "mobile" })),
    website_addresses: person.links.map((value) => ({ value, type: "other" })),
  };
}
