import type { EmploymentType, Location, RemoteKind, SalaryPeriod } from "#app/integrations/contract/domain.ts";

/* Words for a job's facts; shared by the portal and the career site. */

/** A location as it comes out of a loader. */
export type Place = { readonly [Part in keyof Location]?: Location[Part] | undefined };

export const employmentWords: Readonly<Record<EmploymentType, string>> = {
  full_time: "Full time",
  part_time: "Part time",
  contract: "Contract",
  temporary: "Temporary",
  internship: "Internship",
  volunteer: "Volunteer",
  other: "Other",
};

export const remoteWords: Readonly<Record<RemoteKind, string>> = {
  on_site: "On site",
  hybrid: "Hybrid",
  remote: "Remote",
};

export const periodWords: Readonly<Record<SalaryPeriod, string>> = {
  hour: "an hour",
  day: "a day",
  week: "a week",
  month: "a month",
  year: "a year",
};

export const jobStatusWords = { draft: "Draft", open: "Open", closed: "Closed", archived: "Archived" } as const;

/** "Denver, CO, US", as much of it as is known. */
export const placeWords = (place: Place): string =>
  [place.city, place.region, place.country].filter(Boolean).join(", ");

/** "Denver, CO, US and 2 more", "Remote, US", "Hybrid, Reno, NV, US"; "Anywhere" for remote work without a place. */
export function placesWords(job: { locations: readonly Place[]; remote: RemoteKind }): string {
  const [first, ...rest] = job.locations.map(placeWords).filter((words) => words !== "");
  const place = first && rest.length > 0 ? `${first} and ${rest.length} more` : first;
  if (job.remote === "on_site") return place ?? "Place not given";
  return place ? `${remoteWords[job.remote]}, ${place}` : job.remote === "remote" ? "Remote, anywhere" : "Hybrid";
}

export interface Pay {
  salaryMin: number | null;
  salaryMax: number | null;
  salaryCurrency: string | null;
  salaryPeriod: SalaryPeriod | null;
}

/** "$71,000 – $82,000 a year"; null when no pay is given. Amounts are minor units. */
export function payWords(pay: Pay, locale: string): string | null {
  const { salaryMin, salaryMax, salaryCurrency, salaryPeriod } = pay;
  if (salaryMin === null || salaryMax === null || !salaryCurrency || !salaryPeriod) return null;
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: salaryCurrency,
    trailingZeroDisplay: "stripIfInteger",
  });
  const unit = 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
  const low = format.format(salaryMin / unit);
  const high = format.format(salaryMax / unit);
  return `${low === high ? low : `${low} – ${high}`} ${periodWords[salaryPeriod]}`;
}
