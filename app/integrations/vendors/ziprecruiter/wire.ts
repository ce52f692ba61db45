import { z } from "zod";
import type { PostingObservation, PostingProblem } from "../../contract/capabilities.ts";
import type { EmploymentType, InboundApplication, PostingJob } from "../../contract/domain.ts";
import { majorOf } from "../../kit/money.ts";
import { personOf } from "../../kit/people.ts";
import { problem } from "../../kit/posting.ts";
import { text } from "../../kit/shapes.ts";

/** Stored jobs are answered as sent. A state or reason is not documented; both are read where they appear. */
export const storedJob = z.object({
  job_id: z.string(),
  status: text,
  reason: text,
  rejection_reason: text,
  url: text,
});

const jobTypes: Record<EmploymentType, string> = {
  full_time: "full_time",
  part_time: "part_time",
  contract: "contract",
  temporary: "temporary",
  internship: "other",
  volunteer: "other",
  other: "other",
};

const countries = ["US", "CA", "AU"];

/** What the rules cannot say as data: the three countries, and that a place needs a postal code or a city with its state. */
export function placeProblems(job: PostingJob): readonly PostingProblem[] {
  const place = job.locations[0];
  if (!place) return [];
  if (!place.country || !countries.includes(place.country))
    return [problem("location", "ZipRecruiter takes jobs in the United States, Canada and Australia only.")];
  if (!place.postalCode && !(place.city && place.region))
    return [problem("location", "ZipRecruiter needs a postal code, or a city with its state.")];
  return [];
}

/** Compensation is whole units of the currency, a year; other periods are left out, because the API has no word for them. */
function compensation(job: PostingJob) {
  if (job.salary?.period !== "year") return {};
  const { min, max, currency } = job.salary;
  return {
    compensation_min: Math.round(majorOf(min, currency)),
    compensation_max: Math.round(majorOf(max, currency)),
    compensation_currency: currency,
  };
}

export function jobFromDomain(job: PostingJob, config: { employerId: string; employerName: string }) {
  const place = job.locations[0];
  return {
    job_id: job.key,
    employer_id: config.employerId,
    employer_name: config.employerName,
    title: job.title,
    description: job.descriptionHtml,
    job_type: jobTypes[job.employment],
    country: place?.country,
    ...(place?.postalCode ? { postal_code: place.postalCode } : {}),
    ...(place?.city ? { city: place.city } : {}),
    ...(place?.region ? { state: place.region } : {}),
    ...(job.experience ? { requirements: job.experience } : {}),
    ...(job.inboundUrl ? {} : { apply_url: job.applyUrl }),
    ...compensation(job),
  };
}

const states: Readonly<Record<string, PostingObservation["state"]>> = {
  pending: "in_review",
  in_review: "in_review",
  rejected: "rejected",
  closed: "closed",
};

/** A stored job that says nothing else is live: it can be read back. */
export function observation(job: z.output<typeof storedJob>): PostingObservation {
  const state = (job.status && states[job.status]) || "live";
  const reason = job.reason || job.rejection_reason;
  return {
    state,
    externalId: job.job_id,
    ...(job.url ? { url: job.url } : {}),
    ...(reason ? { reason } : {}),
  };
}

/** Apply webhook 1.2. An answer's shape is not documented, so text is taken from `value`, `label` or the raw item. */
export const applyPayload = z.object({
  response_id: z.string(),
  job_id: z.string(),
  name: text,
  first_name: text,
  last_name: text,
  email: text,
  phone: text,
  resume: text,
  answers: z.array(z.record(z.string(), z.unknown())).nullish(),
  profile: z.object({ executive_summary: text }).nullish(),
});

/** The résumé comes without a name: its first bytes tell PDF and Word files from text. */
function resumeFile(base64: string): NonNullable<InboundApplication["resume"]> {
  if (base64.startsWith("JVBERi")) return { fileName: "resume.pdf", contentType: "application/pdf", base64 };
  if (base64.startsWith("UEsDB")) {
    const contentType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    return { fileName: "resume.docx", contentType, base64 };
  }
  return { fileName: "resume.txt", contentType: "text/plain", base64 };
}

export function applicationToDomain(payload: z.output<typeof applyPayload>, at: Date): InboundApplication {
  return {
    postingKey: payload.job_id,
    source: "ziprecruiter",
    appliedAt: at,
    candidate: personOf({
      ...{ firstName: payload.first_name, lastName: payload.last_name, name: payload.name },
      ...{ emails: [payload.email], phones: [payload.phone], headline: payload.profile?.executive_summary },
    }),
    answers: (payload.answers ?? []).map((item) => ({
      question: String(item.question ?? item.id ?? ""),
      answer: String(item.label ?? item.value ?? JSON.stringify(item)),
    })),
    ...(payload.resume ? { resume: resumeFile(payload.resume) } : {}),
  };
}
