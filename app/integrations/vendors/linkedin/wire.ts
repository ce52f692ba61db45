import { z } from "zod";
import type { PostingData, PostingObservation } from "../../contract/capabilities.ts";
import type { Location, PostingJob, Salary, SalaryPeriod } from "../../contract/domain.ts";
import { decimalText } from "../../kit/money.ts";
import { anyId, text } from "../../kit/shapes.ts";
import { workplaceLabels } from "../../kit/words.ts";

const DAY = 86_400_000;
/** Where LinkedIn's documents and its own library differ, the stricter of the two. */
const LONGEST_DAYS = 180;

export type Operation = "CREATE" | "UPDATE" | "CLOSE";

const periods: Record<SalaryPeriod, string> = {
  hour: "HOURLY",
  day: "DAILY",
  week: "WEEKLY",
  month: "MONTHLY",
  year: "YEARLY",
};
const levels: readonly (readonly [RegExp, string])[] = [
  [/intern/i, "INTERNSHIP"],
  [/entry|junior|trainee/i, "ENTRY_LEVEL"],
  [/director/i, "DIRECTOR"],
  [/executive|chief/i, "EXECUTIVE"],
  [/senior|mid|lead/i, "MID_SENIOR_LEVEL"],
  [/associate/i, "ASSOCIATE"],
];

/** "City, State", "City, Country" or "PostalCode, CountryCode"; null when the place says too little for any of them. */
export function placeText(place: Location | undefined): string | null {
  if (!place) return null;
  const country = place.country ? new Intl.DisplayNames(["en"], { type: "region" }).of(place.country) : undefined;
  if (place.city && (place.region ?? country)) return `${place.city}, ${place.region ?? country}`;
  if (place.postalCode && place.country) return `${place.postalCode}, ${place.country}`;
  return null;
}

/** Amounts are decimal text. Whether the range lies in `value.range` differs between LinkedIn's sources; its page says so. */
function compensation({ min, max, currency, period }: Salary) {
  const money = (minor: number) => ({ currencyCode: currency, amount: decimalText(minor, currency) });
  const value = { range: { start: money(min), end: money(max) } };
  return { compensations: [{ type: "BASE_SALARY", period: periods[period], value }] };
}

export const elementConfig = z.object({
  organizationId: z.string(),
  companyName: z.string(),
  posterEmail: z.string().optional(),
  applyConnect: z.boolean().default(false),
});
type ElementConfig = z.output<typeof elementConfig>;
export type JobElement = ReturnType<typeof elementFromDomain>;

/** One element of `simpleJobPostings`; every operation carries the whole job. */
export function elementFromDomain(job: PostingJob, config: ElementConfig, operation: Operation, now: Date) {
  const [first, ...more] = job.locations.map(placeText).filter((text) => text !== null);
  const level = levels.find(([words]) => words.test(job.experience ?? ""))?.[1];
  const latest = now.getTime() + LONGEST_DAYS * DAY;
  const ends = job.validThrough && Math.min(job.validThrough.getTime(), latest);
  const onsite = config.applyConnect && job.inboundUrl;
  return {
    externalJobPostingId: job.key,
    jobPostingOperationType: operation,
    company: `urn:li:organization:${config.organizationId}`,
    title: job.title,
    description: job.descriptionHtml,
    listedAt: Math.min(job.postedAt.getTime(), now.getTime()),
    location: first ?? "",
    ...(more.length > 0 ? { alternateLocations: more.slice(0, 7) } : {}),
    companyApplyUrl: job.applyUrl,
    companyJobCode: job.key,
    workplaceTypes: [workplaceLabels[job.remote]],
    employmentStatus: job.employment.toUpperCase(),
    ...(level ? { experienceLevel: level } : {}),
    ...(job.salary ? { compensation: compensation(job.salary) } : {}),
    ...(ends && ends > now.getTime() + DAY ? { expireAt: ends } : {}),
    listingType: "BASIC",
    availability: "PUBLIC",
    ...(config.posterEmail ? { posterEmail: config.posterEmail } : {}),
    ...(onsite ? { onsiteApplyConfiguration: { jobApplicationWebhookUrl: job.inboundUrl } } : {}),
  };
}

export const submitted = z.object({
  elements: z
    .array(
      z.object({
        id: text,
        status: z.coerce.number().nullish(),
        error: z.object({ status: z.coerce.number().nullish(), message: text }).nullish(),
      }),
    )
    .min(1),
});

const task = z.object({
  id: text,
  status: z.enum(["IN_PROGRESS", "SUCCEEDED", "FAILED", "PROCESSED"]),
  errorMessage: text,
});
export type Task = z.output<typeof task>;
/** The present documents give a map by id; the published specification gives a list. */
export const taskBatch = z.object({
  results: z.record(z.string(), task).nullish(),
  elements: z.array(task).nullish(),
});

const listing = z.object({
  listingStatus: z.enum(["LISTED", "NOT_LISTED", "IN_PROGRESS"]),
  listingStatusDetail: z.object({ errorCode: anyId.nullish(), statusMessage: text }).nullish(),
  jobPostingUrl: text,
  jobPostingInfo: z.object({ expireAt: z.number().nullish() }).nullish(),
});
export type Listing = z.output<typeof listing>;
export const listingBatch = z.object({ results: z.record(z.string(), listing).nullish() });

const sentence = (text: string | null | undefined, otherwise: string) =>
  text
    ?.replace(/^ERROR :: /, "")
    .replace(/\s+/g, " ")
    .trim() || otherwise;

type Seen = Omit<PostingObservation, "externalId">;

/** The task's and the listing's answers as one. Null when LinkedIn knows nothing of the posting. */
export function observe(data: PostingData | undefined, own: Task | null, at: Listing | null): Seen | null {
  const closes = data?.operation === "CLOSE";
  const failed = own?.status === "FAILED" ? sentence(own.errorMessage, "LinkedIn gave no reason.") : null;
  switch (at?.listingStatus) {
    case "LISTED": {
      const expires = at.jobPostingInfo?.expireAt;
      return {
        state: "live",
        ...(at.jobPostingUrl ? { url: at.jobPostingUrl } : {}),
        ...(expires ? { expiresAt: new Date(expires) } : {}),
        ...(failed ? { reason: `LinkedIn did not carry out the last change: ${failed}` } : {}),
      };
    }
    case "IN_PROGRESS":
      return { state: "in_review", ...(failed ? { reason: failed } : {}) };
    case "NOT_LISTED": {
      if (closes) return { state: "closed" };
      if (own?.status === "IN_PROGRESS") return { state: "queued" };
      const detail = at.listingStatusDetail;
      const refused =
        failed ?? (detail ? sentence(detail.statusMessage, `LinkedIn's code is ${detail.errorCode}.`) : null);
      return refused ? { state: "rejected", reason: refused } : { state: "closed" };
    }
    default:
      if (!own) return null;
      if (own.status === "IN_PROGRESS") return { state: "queued" };
      if (failed) return { state: "rejected", reason: failed };
      if (closes) return { state: "closed" };
      return own.status === "PROCESSED"
        ? { state: "in_review", reason: "LinkedIn took it, and still shows this company's jobs from its feed or site." }
        : { state: "in_review" };
  }
}
