import { z } from "zod";
import type { PostingObservation } from "../../contract/capabilities.ts";
import type { EmploymentType, PostingJob, Salary } from "../../contract/domain.ts";
import { amountText } from "../../kit/money.ts";
import { anyId, text } from "../../kit/shapes.ts";

/** The answer's field names beyond the id are not documented: the first address found is taken. */
export const listing = z.object({
  id: anyId,
  status: text,
  url: text,
  link: text,
  public_url: text,
  reason: text,
  rejection_reason: text,
  /** Where applicants are sent: our link, whose source token tells this listing from one of the same title. */
  instructions: text,
  expires_at: text,
});

const categories: Readonly<Record<string, number>> = {
  Design: 1,
  "Full-Stack Programming": 2,
  "Management and Finance": 3,
  "All Other Remote": 4,
  "DevOps and Sysadmin": 6,
  "Customer Support": 7,
  "Sales and Marketing": 9,
  Product: 11,
  "Front-End": 17,
  "Back-End": 18,
};

const types: Partial<Record<EmploymentType, string>> = {
  full_time: "Full-Time",
  contract: "Contract",
  temporary: "Contract",
};

const europe = new Set(
  "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split(" "),
);

/** Hiring countries → one of the board's regions; mixed continents are "Other". */
export function regionOf(countries: readonly string[]): string {
  const unique = [...new Set(countries)].sort();
  if (unique.length === 0) return "Anywhere in the World";
  if (unique.length === 1) {
    if (unique[0] === "US") return "USA Only";
    if (unique[0] === "CA") return "Canada Only";
    if (unique[0] === "GB") return "UK Only";
  }
  if (unique.every((country) => ["US", "CA", "MX"].includes(country))) return "North America Only";
  return unique.every((country) => europe.has(country)) ? "Europe Only" : "Other";
}

const allowedTags = new Set(["a", "ol", "ul", "li", "h1", "h2", "h3", "p", "strong", "em", "br"]);
const renamed: Readonly<Record<string, string>> = { b: "strong", i: "em", h4: "h3", h5: "h3", h6: "h3" };

/** Only eleven tags are taken: deeper headings become h3, bold and italic their longer names, all others go, their text stays. */
export function allowedHtml(html: string): string {
  return html.replace(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/gi, (_whole, slash: string, name: string, rest: string) => {
    const tag = renamed[name.toLowerCase()] ?? name.toLowerCase();
    if (!allowedTags.has(tag)) return "";
    const href = tag === "a" && !slash ? /\shref="https?:\/\/[^"]*"/i.exec(rest)?.[0] : undefined;
    return `<${slash}${tag}${href ?? ""}>`;
  });
}

function payLine(salary: Salary): string {
  const { min, max, currency, period } = salary;
  return `<p><strong>Pay:</strong> ${currency} ${amountText(min, currency)}–${amountText(max, currency)} a ${period}</p>`;
}

export interface ListingConfig {
  company: string;
  companyUrl?: string | undefined;
  posterEmail: string;
  categoryId: string;
}

export function listingFromDomain(job: PostingJob, config: ListingConfig) {
  const type = types[job.employment];
  const headOffice = [job.locations[0]?.city, job.locations[0]?.country].filter(Boolean).join(", ");
  return {
    title: job.title,
    company: config.company,
    description: allowedHtml(job.descriptionHtml) + (job.salary ? payLine(job.salary) : ""),
    instructions: job.applyUrl,
    email: config.posterEmail,
    category_id: (job.category && categories[job.category]) || Number(config.categoryId),
    region: regionOf(job.locations.flatMap((place) => (place.country ? [place.country] : []))),
    ...(headOffice ? { location: headOffice } : {}),
    ...(config.companyUrl ? { url: config.companyUrl } : {}),
    ...(type ? { job_listing_type: type } : {}),
  };
}

const states: Readonly<Record<string, PostingObservation["state"]>> = {
  approved: "live",
  live: "live",
  pending: "in_review",
  in_review: "in_review",
  rejected: "rejected",
  canceled: "closed",
  expired: "closed",
};

/** Listings of partners arrive approved; a state that is not known yet is said to be in review. */
export function observation(row: z.output<typeof listing>): PostingObservation {
  const url = row.url ?? row.link ?? row.public_url;
  const reason = row.reason || row.rejection_reason;
  const expiresAt = row.expires_at ? new Date(row.expires_at) : null;
  return {
    state: row.status ? (states[row.status] ?? "in_review") : "live",
    externalId: row.id,
    ...(url ? { url } : {}),
    ...(reason ? { reason } : {}),
    ...(expiresAt && !Number.isNaN(expiresAt.getTime()) ? { expiresAt } : {}),
  };
}

/** The public RSS: titles read "Company: Title", the guid ends in the listing's id, alone or after its words. */
export function findInRss(xml: string, company: string, title: string): string[] {
  const ids = (xml.match(/<item>[\s\S]*?<\/item>/g) ?? []).flatMap((item) => {
    if (textOf(item, "title") !== `${company}: ${title}`) return [];
    const last = textOf(item, "guid").split("/").at(-1) ?? "";
    return [/(?:^|-)(\d+)$/.exec(last)?.[1] ?? last];
  });
  return ids.filter((id) => id !== "");
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  "#39": "'",
  "#x27": "'",
};

function textOf(item: string, tag: string): string {
  const found = new RegExp(`<${tag}[^>]*>(?:<!\\[CDATA\\[)?([\\s\\S]*?)(?:\\]\\]>)?</${tag}>`).exec(item)?.[1] ?? "";
  return found.trim().replace(/&(amp|lt|gt|quot|apos|#39|#x27);/g, (whole, name: string) => entities[name] ?? whole);
}
