import { z } from "zod";
import type { PostingObservation, PostingProblem } from "../../contract/capabilities.ts";
import type { PostingJob } from "../../contract/domain.ts";
import { problem } from "../../kit/posting.ts";
import { flag, oneOrMany, text } from "../../kit/shapes.ts";
import { employmentLabels } from "../../kit/words.ts";

/** The settings that go into each posting of Job Sync. */
export const syncConfig = z.object({
  sourceName: z.string(),
  companyName: z.string(),
  sourceType: z.string().default("Employer"),
  contactName: z.string(),
  contactEmail: z.string(),
  applyApiToken: z.string().optional(),
});

const remoteTypes = { remote: "Fully Remote", hybrid: "Hybrid Remote", on_site: undefined } as const;

/** "Austin, TX 78701"; null where nothing but the country is known. */
function placeText(job: PostingJob): string | null {
  const place = job.locations[0];
  const region = [place?.region, place?.postalCode].filter(Boolean).join(" ");
  return [place?.city, region].filter(Boolean).join(", ") || null;
}

/** HTML may be 65,000 bytes at most, which only the encoded text can tell. */
export function descriptionProblems(job: PostingJob): readonly PostingProblem[] {
  const bytes = new TextEncoder().encode(job.descriptionHtml).length;
  return bytes > 65_000 ? [problem("description", "Indeed takes at most 65,000 bytes of description.")] : [];
}

/** Job Sync refuses a posting without a country, and one without a place unless it is fully remote. */
export function placeProblems(job: PostingJob): readonly PostingProblem[] {
  if (job.locations.length === 0) return [];
  if (!job.locations[0]?.country) return [problem("location", "Indeed needs the country of the place.")];
  if (job.remote !== "remote" && placeText(job) === null)
    return [problem("location", "Indeed needs a city unless the job is fully remote.")];
  return [];
}

/** Indeed Apply: where applications go, and what is asked of people. */
const applyOf = (postUrl: string, token: string | undefined) => ({
  apiToken: token || undefined,
  postUrl,
  phoneRequired: "OPTIONAL",
  coverLetterRequired: "OPTIONAL",
  resumeRequired: "OPTIONAL",
});

/** One CreateSourcedJobPostingInput; always whole, because a second call replaces the first. JSON leaves out what is undefined. */
export function postingFromDomain(job: PostingJob, config: z.output<typeof syncConfig>) {
  const { salary } = job;
  return {
    body: {
      title: job.title,
      description: job.descriptionHtml,
      descriptionFormatting: "RICH_FORMATTING",
      location: { country: job.locations[0]?.country, cityRegionPostal: placeText(job) },
      salary: salary && {
        currency: salary.currency,
        minimumMinor: salary.min,
        maximumMinor: salary.max,
        period: salary.period.toUpperCase(),
      },
      benefits: [],
    },
    metadata: {
      jobSource: {
        companyName: config.companyName,
        sourceName: config.sourceName,
        sourceType: config.sourceType,
        isPlacement: config.sourceType === "Staffing Agency" || undefined,
      },
      jobPostingId: job.key,
      jobRequisitionId: job.key,
      taxonomyClassification: {
        jobTypes: job.employment === "other" ? [] : [employmentLabels[job.employment]],
        remoteType: remoteTypes[job.remote],
      },
      contacts: {
        contactType: "contact",
        contactInfo: { contactName: config.contactName, contactEmail: config.contactEmail },
      },
      datePublished: job.postedAt.toISOString(),
      url: job.jobUrl,
    },
    applyMethod: job.inboundUrl ? { indeedApply: applyOf(job.inboundUrl, config.applyApiToken) } : undefined,
  };
}

const surface = z.object({
  isRejected: flag,
  isSponsorshipRequired: flag,
  isMissingRequiredSponsorship: flag,
});
const jobPost = z.object({
  status: z.object({
    globalStatus: z.object({ lifecycleStatus: text }).nullish(),
    surfaceStatuses: oneOrMany(surface),
  }),
});

/** Whether Indeed gives one seat or a list is not documented: both are read. */
const employerJob = z.object({ seats: oneOrMany(z.object({ jobPost: jobPost.nullish() })) });
export const jobPostStatus = z.object({ node: employerJob.nullable() });

/** The values of lifecycleStatus are not documented: what names an end is closed, "active" is live, all else is awaited. */
export function observationOf(node: z.output<typeof employerJob>): Omit<PostingObservation, "externalId"> {
  const status = node.seats.find((seat) => seat.jobPost)?.jobPost?.status;
  const surfaces = status?.surfaceStatuses ?? [];
  const lifecycle = status?.globalStatus?.lifecycleStatus ?? "";
  if (/expired|closed|deleted|removed|inactive/i.test(lifecycle)) return { state: "closed" };
  if (surfaces.length > 0 && surfaces.every((one) => one.isRejected))
    return { state: "rejected", reason: "Indeed does not show this job in its search and gives no reason." };
  if (!/active/i.test(lifecycle)) return { state: "in_review" };
  const wantsMoney = surfaces.some((one) => one.isMissingRequiredSponsorship);
  return { state: "live", ...(wantsMoney ? { reason: "Indeed shows this job only once it is sponsored." } : {}) };
}
