import { z } from "zod";
import type { Upsert } from "../../contract/capabilities.ts";
import type { ApplicationRecord, CandidateRecord, JobRecord, Location } from "../../contract/domain.ts";
import { salaryOf } from "../../kit/money.ts";
import { personOf } from "../../kit/people.ts";
import { locationOf } from "../../kit/places.ts";
import { stageOf, upsertOf } from "../../kit/pull.server.ts";
import { flag, numericId as id, text } from "../../kit/shapes.ts";
import { employmentOf, periodOf } from "../../kit/words.ts";

/* Shapes of API v2 as far as we read them; other fields pass unread. */

const when = z.iso.datetime({ offset: true, local: true }).transform(utc);
const stamps = { createdAt: when.nullish(), updatedAt: when.nullish() };

/** Times are UTC, also where the zone is left out. */
function utc(time: string): Date {
  return new Date(/(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`);
}

const address = z.object({ city: text, state: text, postalCode: text, countryCode: text }).nullish();

export const job = z.object({
  jobId: id,
  jobTitle: text,
  location: z.object({ name: text, area: z.object({ name: text }).nullish() }).nullish(),
  status: z.object({ active: flag }).nullish(),
  numberOfJobs: z.number().nullish(),
  workplaceAddress: address,
  category: z.object({ name: z.string() }).nullish(),
  workType: z.object({ name: z.string() }).nullish(),
  salary: z
    .object({ ratePer: text, rateLow: z.number().nullish(), rateHigh: z.number().nullish(), currency: text })
    .nullish(),
  closedAt: when.nullish(),
  ...stamps,
});

export const jobAd = z.object({
  adId: id,
  title: text,
  description: text,
  job: z.object({ jobId: id }).nullish(),
  postAt: when.nullish(),
  expireAt: when.nullish(),
});

export const candidate = z.object({
  candidateId: id,
  firstName: text,
  lastName: text,
  email: text,
  otherEmail: z.array(z.string()).nullish(),
  phone: text,
  mobile: text,
  employment: z.object({ current: z.object({ employer: text, position: text }).nullish() }).nullish(),
  ...stamps,
});

export const applicationStatus = z.object({
  statusId: id,
  name: z.string(),
  active: flag,
  rejected: flag,
  workflow: z.object({ stage: text, stageIndex: z.number().nullish(), progress: text }).nullish(),
});

export const application = z.object({
  applicationId: id,
  source: text,
  status: applicationStatus.nullish(),
  candidate: z.object({ candidateId: id }).nullish(),
  job: z.object({ jobId: id }).nullish(),
  ...stamps,
});

const changedAt = (row: { createdAt?: Date | null | undefined; updatedAt?: Date | null | undefined }): Date =>
  row.updatedAt ?? row.createdAt ?? new Date(0);

export const markOfJob = (row: z.output<typeof job>) => ({ id: row.jobId, updatedAt: changedAt(row) });
export const markOfCandidate = (row: z.output<typeof candidate>) => ({
  id: row.candidateId,
  updatedAt: changedAt(row),
});
export const markOfApplication = (row: z.output<typeof application>) => ({
  id: row.applicationId,
  updatedAt: changedAt(row),
});

/** The newest ad of a job that is posted and not expired; only it may be shown to the public. */
export function liveAd(ads: readonly z.output<typeof jobAd>[], jobId: string, now: Date) {
  return ads
    .filter((ad) => ad.job?.jobId === jobId && ad.postAt && ad.postAt <= now && !(ad.expireAt && ad.expireAt <= now))
    .sort((left, right) => (right.postAt?.getTime() ?? 0) - (left.postAt?.getTime() ?? 0))[0];
}

function placesOf(row: z.output<typeof job>): Location[] {
  const { city, state: region, postalCode, countryCode: country } = row.workplaceAddress ?? {};
  const town = city || row.location?.area?.name || row.location?.name;
  return town ? [locationOf({ city: town, region, postalCode, country })] : [];
}

/** A job with the text of its live ad. JobAdder has no departments: the category stands in. */
export function jobToDomain(
  row: z.output<typeof job>,
  ads: readonly z.output<typeof jobAd>[],
  now: Date,
): Upsert<"jobs"> {
  const ad = liveAd(ads, row.jobId, now);
  const { rateLow, rateHigh, currency, ratePer } = row.salary ?? {};
  const updatedAt = changedAt(row);
  const place = `${row.location?.name ?? ""} ${row.location?.area?.name ?? ""}`;
  const data: JobRecord = {
    title: ad?.title || row.jobTitle || "",
    descriptionHtml: ad?.description ?? "",
    status: row.closedAt || row.status?.active === false ? "closed" : "open",
    departments: row.category ? [row.category.name] : [],
    locations: placesOf(row),
    remote: /\bremote\b/i.test(place) ? "remote" : "on_site",
    employment: employmentOf(row.workType?.name),
    openings: Math.max(1, row.numberOfJobs ?? 1),
    ...salaryOf(rateLow, rateHigh, currency, periodOf(ratePer) ?? "year"),
    ...(ad?.expireAt ? { validThrough: ad.expireAt } : {}),
  };
  return upsertOf(row.jobId, updatedAt, data, `${updatedAt.toISOString()}:${ad?.adId ?? ""}`);
}

/** Stages are the account's application statuses, shared by all jobs. */
export function stageToDomain(row: z.output<typeof applicationStatus>, index: number): Upsert<"stages"> {
  return stageOf(row.statusId, row.name, (row.workflow?.stageIndex ?? 0) * 1000 + index);
}

export function candidateToDomain(row: z.output<typeof candidate>): Upsert<"candidates"> {
  const { position, employer } = row.employment?.current ?? {};
  const headline = [position, employer].filter(Boolean).join(" at ");
  const emails = [row.email, ...(row.otherEmail ?? [])];
  const { firstName, lastName, mobile, phone } = row;
  const data = personOf({ firstName, lastName, emails, phones: [mobile, phone], headline });
  return upsertOf(row.candidateId, changedAt(row), data);
}

/** There is no "hired" on an application: a workflow that is complete without a rejection says it. */
function outcomeOf(status: z.output<typeof application>["status"]): ApplicationRecord["status"] {
  if (status?.rejected) return "rejected";
  return status?.workflow?.progress === "Complete" ? "hired" : "active";
}

/** Null for an application without a job or without a person: a lead, which is no application to us. */
export function applicationToDomain(row: z.output<typeof application>): Upsert<"applications"> | null {
  if (!row.job || !row.candidate) return null;
  const updatedAt = changedAt(row);
  const data: ApplicationRecord = {
    jobExternalId: row.job.jobId,
    candidateExternalId: row.candidate.candidateId,
    status: outcomeOf(row.status),
    appliedAt: row.createdAt ?? updatedAt,
    ...(row.status ? { stageExternalId: row.status.statusId, stageName: row.status.name } : {}),
    ...(row.source ? { source: row.source } : {}),
  };
  return upsertOf(row.applicationId, updatedAt, data);
}

/** The body of `POST /candidates`, cut to the vendor's lengths. */
export function candidateFromDomain(person: CandidateRecord, source: string) {
  return {
    firstName: person.firstName.slice(0, 50),
    lastName: person.lastName.slice(0, 50),
    ...(person.emails[0] ? { email: person.emails[0].slice(0, 100) } : {}),
    ...(person.phones[0] ? { mobile: person.phones[0].slice(0, 50) } : {}),
    source: source.slice(0, 50),
  };
}
