import type { EmploymentType, RemoteKind, SalaryPeriod } from "../contract/domain.ts";

/** The narrower word counts: a permanent part-time job is part-time, and a full-time contract is a contract. */
const employments: readonly (readonly [RegExp, EmploymentType])[] = [
  [/intern(?!al)/i, "internship"],
  [/volunt/i, "volunteer"],
  [/part/i, "part_time"],
  [/contract|freelance/i, "contract"],
  [/temp|season|casual/i, "temporary"],
  [/full|perm|regular/i, "full_time"],
];

/** The kind of employment that an account's own word names; what it does not know is "other", no word is `absent`. */
export function employmentOf(word: string | null | undefined, absent: EmploymentType = "full_time"): EmploymentType {
  if (!word) return absent;
  return employments.find(([pattern]) => pattern.test(word))?.[1] ?? "other";
}

/** Kinds of employment and workplaces as boards write them. */
export const employmentLabels: Readonly<Record<EmploymentType, string>> = {
  full_time: "Full-time",
  part_time: "Part-time",
  contract: "Contract",
  temporary: "Temporary",
  internship: "Internship",
  volunteer: "Volunteer",
  other: "Other",
};
export const workplaceLabels: Readonly<Record<RemoteKind, string>> = {
  on_site: "On-site",
  hybrid: "Hybrid",
  remote: "Remote",
};

const periods: readonly SalaryPeriod[] = ["hour", "day", "week", "month", "year"];

/** "Hour", "per-year-salary": the period that a word begins with. Undefined for any other, such as "bi-week". */
export function periodOf(word: string | null | undefined): SalaryPeriod | undefined {
  const named = /^(?:per-)?([a-z]+)/.exec(word?.toLowerCase() ?? "")?.[1];
  return periods.find((one) => one === named);
}
