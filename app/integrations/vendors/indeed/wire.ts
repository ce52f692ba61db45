import { z } from "zod";
import type { EmploymentType, InboundApplication, PostingJob, Salary } from "../../contract/domain.ts";
import { digitsOf, majorOf } from "../../kit/money.ts";

const jobTypes: Record<EmploymentType, string | null> = {
  full_time: "fulltime",
  part_time: "parttime",
  contract: "contract",
  temporary: "temporary",
  internship: "internship",
  volunteer: null,
  other: null,
};

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

/** A value inside CDATA; the one sequence that would end it is split. */
const cdata = (value: string) => `<![CDATA[${value.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;

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
  const elements: readonly (readonly [string, string | null | undefined])[] = [
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
    ["jobtype", jobTypes[job.employment]],
    ["category", job.category],
    ["experience", job.experience],
    ["remotetype", remoteTypes[job.remote]],
    ["expirationdate", job.validThrough?.toISOString()],
    ["indeed-apply-data", apply],
  ];
  const lines = elements.flatMap(([name, value]) => (value ? [`    <${name}>${cdata(value)}</${name}>\n`] : []));
  return `  <job>\n${lines.join("")}  </job>\n`;
}

export function envelopeOf(employer: { name: string; siteUrl: string; updatedAt: Date }): {
  open: string;
  close: string;
} {
  const head = [
    '<?xml version="1.0" encoding="utf-8"?>\n<source>\n',
    `  <publisher>${cdata(employer.name)}</publisher>\n`,
    `  <publisherurl>${cdata(employer.siteUrl)}</publisherurl>\n`,
    `  <lastBuildDate>${employer.updatedAt.toISOString()}</lastBuildDate>\n`,
  ];
  return { open: head.join(""), close: "</source>\n" };
}

const question = z.object({
  question: z.object({ question: z.string().nullish(), text: z.string().nullish() }),
  answer: z.unknown(),
});

/** Indeed Apply's delivery. Any field may be absent, so only the id, the job and the applicant are required. */
export const applyPayload = z.object({
  id: z.string(),
  appliedOnMillis: z.number().nullish(),
  job: z.object({ jobId: z.string() }),
  applicant: z.object({
    fullName: z.string().nullish(),
    firstName: z.string().nullish(),
    lastName: z.string().nullish(),
    email: z.string().nullish(),
    phoneNumber: z.string().nullish(),
    coverletter: z.string().nullish(),
    resume: z
      .object({
        file: z
          .object({ fileName: z.string().nullish(), contentType: z.string().nullish(), data: z.string() })
          .nullish(),
      })
      .nullish(),
  }),
  screenerQuestionsAndAnswers: z.object({ questionsAndAnswers: z.array(question).nullish() }).nullish(),
  questionsAndAnswers: z.object({ questionsAndAnswers: z.array(question).nullish() }).nullish(),
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
  const [first = "", ...rest] = (applicant.fullName ?? "").split(" ");
  const asked =
    payload.screenerQuestionsAndAnswers?.questionsAndAnswers ?? payload.questionsAndAnswers?.questionsAndAnswers ?? [];
  const file = applicant.resume?.file;
  return {
    postingKey: payload.job.jobId,
    externalId: payload.id,
    source: "indeed",
    appliedAt: new Date(payload.appliedOnMillis ?? 0),
    candidate: {
      firstName: applicant.firstName ?? first,
      lastName: applicant.lastName ?? rest.join(" "),
      emails: applicant.email ? [applicant.email.toLowerCase()] : [],
      phones: applicant.phoneNumber ? [applicant.phoneNumber] : [],
      links: [],
    },
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
