import type { EmploymentType, Location, RemoteKind, SalaryPeriod } from "#app/integrations/contract/domain.ts";
import { majorOf } from "#app/integrations/kit/money.ts";

/** What the public page of a job shows and its markup repeats; the two must not differ. */
export interface AdvertisedJob {
  id: string;
  title: string;
  descriptionHtml: string;
  locations: readonly Location[];
  remote: RemoteKind;
  employment: EmploymentType;
  salaryMin: number | null;
  salaryMax: number | null;
  salaryCurrency: string | null;
  salaryPeriod: SalaryPeriod | null;
  validThrough: Date | null;
  requisition: string | null;
  publishedAt: Date | null;
  createdAt: Date;
}

export interface Advertiser {
  name: string;
  website: string | null;
  /** Absolute address of the logo. */
  logo: string | null;
}

const EMPLOYMENT: Readonly<Record<EmploymentType, string>> = {
  full_time: "FULL_TIME",
  part_time: "PART_TIME",
  contract: "CONTRACTOR",
  temporary: "TEMPORARY",
  internship: "INTERN",
  volunteer: "VOLUNTEER",
  other: "OTHER",
};

const UNIT: Readonly<Record<SalaryPeriod, string>> = {
  hour: "HOUR",
  day: "DAY",
  week: "WEEK",
  month: "MONTH",
  year: "YEAR",
};

/** Markup is a tree of these; there are no functions or dates in it. */
export type JsonLd = { [key: string]: JsonLdValue };
type JsonLdValue = string | number | boolean | JsonLd | JsonLdValue[];

/**
 * schema.org JobPosting as Google for Jobs reads it, or null when a required property is missing: a place with its
 * country, or for wholly remote work a country to work from. `url` is the canonical address of the page.
 */
export function jobPostingData(job: AdvertisedJob, advertiser: Advertiser, url: string): JsonLd | null {
  const where = whereOf(job);
  if (!where) return null;
  return {
    "@context": "https://schema.org/",
    "@type": "JobPosting",
    title: job.title,
    description: job.descriptionHtml,
    url,
    datePosted: (job.publishedAt ?? job.createdAt).toISOString(),
    ...(job.validThrough ? { validThrough: job.validThrough.toISOString() } : {}),
    employmentType: [EMPLOYMENT[job.employment]],
    directApply: true,
    identifier: { "@type": "PropertyValue", name: advertiser.name, value: job.requisition ?? job.id },
    hiringOrganization: {
      "@type": "Organization",
      name: advertiser.name,
      ...(advertiser.website ? { sameAs: advertiser.website } : {}),
      ...(advertiser.logo ? { logo: advertiser.logo } : {}),
    },
    ...where,
    ...payOf(job),
  };
}

function whereOf(job: AdvertisedJob): JsonLd | null {
  const places = job.locations.filter((place) => place.country !== undefined);
  if (job.remote === "remote") {
    const countries = [...new Set(places.map((place) => place.country ?? ""))];
    if (countries.length === 0) return null;
    return {
      jobLocationType: "TELECOMMUTE",
      applicantLocationRequirements: countries.map((name) => ({ "@type": "Country", name })),
    };
  }
  if (places.length === 0) return null;
  return { jobLocation: places.map((place) => ({ "@type": "Place", address: addressOf(place) })) };
}

const addressOf = (place: Location): JsonLd => ({
  "@type": "PostalAddress",
  ...(place.city ? { addressLocality: place.city } : {}),
  ...(place.region ? { addressRegion: place.region } : {}),
  ...(place.postalCode ? { postalCode: place.postalCode } : {}),
  addressCountry: place.country ?? "",
});

function payOf(job: AdvertisedJob): JsonLd {
  const { salaryMin, salaryMax, salaryCurrency, salaryPeriod } = job;
  if (salaryMin === null || salaryMax === null || !salaryCurrency || !salaryPeriod) return {};
  const [minValue, maxValue] = [majorOf(salaryMin, salaryCurrency), majorOf(salaryMax, salaryCurrency)];
  const amount: JsonLd = salaryMin === salaryMax ? { value: minValue } : { minValue, maxValue };
  return {
    baseSalary: {
      "@type": "MonetaryAmount",
      currency: salaryCurrency,
      value: { "@type": "QuantitativeValue", ...amount, unitText: UNIT[salaryPeriod] },
    },
  };
}
