import { z } from "zod";
import type { EmploymentType, InboundApplication, PostingJob, Salary } from "../../contract/domain.ts";
import { element, feedEnvelope, feedItem } from "../../kit/feed.server.ts";
import { digitsOf, majorOf } from "../../kit/money.ts";
import { personOf } from "../../kit/people.ts";
import { text } from "../../kit/shapes.ts";

/** "fulltime", "parttime" and so on; there is no word for two of ours. */
const jobType = (employment: EmploymentType): string | null =>
  employment === "volunteer" || employment === "other" ? null : employment.replace("_", "");

const remoteTypes = { remote: "Fully remote", hybrid: "Hybrid remote", on_site: null } as const;

/** "$36 - $44 per hour": the feed's pay is free text. */
export function payText(salary: Salary): string {
  const money = new Intl.NumberFormat("en-US", {
    style: "currency",
    currency: salary.currency,
    minimumFractionDigits: 0,
    maximumFractionDigits: digitsOf(salary.currency),
  });
  const low = money.format(majorOf(salary.min, salary.currency));
  const high = money.format(majorOf(salary.max, salary.currency));
  return `${low === high ? low : `${low} - ${high}`} per ${salary.period}`;
}

/** One query string: separators bare, values URL-encoded, every named parameter with a value. */
export function applyData(
  job: PostingJob,
  config: { applyApiToken: string; companyName: string },
  postUrl: string,
): string {
  const place = job.locations[0];
  const pairs: readonly (readonly [string, string])[] = [
    ["apiToken", config.applyApiToken],
    ["jobId", job.key],
    ["jobTitle", job.title],
    ["jobCompanyName", config.companyName],
    ["jobLocation", [place?.city, place?.region].filter(Boolean).join(" ") || (place?.country ?? "")],
    ["jobUrl", job.jobUrl],
    ["postUrl", postUrl],
    ["name", "firstlastname"],
    ["phone", "optional"],
    ["resume", "optional"],
    ["coverletter", "optional"],
  ];
  return pairs
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `indeed-apply-${name}=${encodeURIComponent(value)}`)
    .join("&");
}

export interface FeedConfig {
  sourceName: string;
  companyName: string;
  contactEmail: string;
  applyApiToken?: string | undefined;
}

/** One `<job>` of the feed; elements without a value are left out. */
export function itemFromDomain(job: PostingJob, config: FeedConfig): string {
  const place = job.locations[0];
  const apply =
    config.applyApiToken && job.inboundUrl
      ? applyData(job, { applyApiToken: config.applyApiToken, companyName: config.companyName }, job.inboundUrl)
      : null;
  return feedItem([
    ["title", job.title],
    ["date", job.postedAt.toISOString()],
    ["referencenumber", job.key],
    ["requisitionid", job.key],
    ["url", job.jobUrl],
    ["company", config.companyName],
    ["sourcename", config.sourceName],
    ["city", place?.city],
    ["state", place?.region],
    ["country", place?.country],
    ["postalcode", place?.postalCode],
    ["email", config.contactEmail],
    ["description", job.descriptionHtml],
    ["salary", job.salary ? payText(job.salary) : null],
    ["jobtype", jobType(job.employment)],
    ["category", job.category],
    ["experience", job.experience],
    ["remotetype", remoteTypes[job.remote]],
    ["expirationdate", job.validThrough?.toISOString()],
    ["indeed-apply-data", apply],
  ]);
}

export const envelopeOf = (employer: { name: string; siteUrl: string; updatedAt: Date }) =>
  feedEnvelope([
    element("publisher", employer.name, "cdata"),
    element("publisherurl", employer.siteUrl, "cdata"),
    element("lastBuildDate", employer.updatedAt.toISOString()),
  ]);

const question = z.object({
  question: z.object({ question: text, text: text }),
  answer: z.unknown(),
});

const questionSet = z.object({ questionsAndAnswers: z.array(question).nullish() }).nullish();

/** Indeed Apply's delivery. Any field may be absent, so only the id, the job and the applicant are required. */
export const applyPayload = z.object({
  id: z.string(),
  appliedOnMillis: z.number().nullish(),
  job: z.object({ jobId: z.string() }),
  applicant: z.object({
    fullName: text,
    firstName: text,
    lastName: text,
    email: text,
    phoneNumber: text,
    coverletter: text,
    resume: z
      .object({
        file: z.object({ fileName: text, contentType: text, data: z.string() }).nullish(),
      })
      .nullish(),
  }),
  screenerQuestionsAndAnswers: questionSet,
  questionsAndAnswers: questionSet,
});

const labelled = z.object({ label: z.string() });

/** An answer is text, an option with its label, or a list of either. */
function answerText(answer: unknown): string {
  if (Array.isArray(answer)) return answer.map(answerText).join(", ");
  const option = labelled.safeParse(answer);
  if (option.success) return option.data.label;
  return typeof answer === "string" ? answer : JSON.stringify(answer ?? "");
}

export function applicationToDomain(payload: z.output<typeof applyPayload>): InboundApplication {
  const { applicant } = payload;
  const asked =
    payload.screenerQuestionsAndAnswers?.questionsAndAnswers ?? payload.questionsAndAnswers?.questionsAndAnswers ?? [];
  const file = applicant.resume?.file;
  return {
    postingKey: payload.job.jobId,
    externalId: payload.id,
    source: "indeed",
    appliedAt: new Date(payload.appliedOnMillis ?? 0),
    candidate: personOf({
      ...{ firstName: applicant.firstName, lastName: applicant.lastName, name: applicant.fullName },
      ...{ emails: [applicant.email], phones: [applicant.phoneNumber] },
    }),
    answers: asked.map((item) => ({
      question: item.question.question ?? item.question.text ?? "",
      answer: answerText(item.answer),
    })),
    ...(applicant.coverletter ? { coverLetter: applicant.coverletter } : {}),
    ...(file
      ? {
          resume: {
            fileName: file.fileName ?? "resume",
            contentType: file.contentType ?? "application/octet-stream",
            base64: file.data,
          },
        }
      : {}),
  };
}
