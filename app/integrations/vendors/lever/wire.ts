import { z } from "zod";
import type { Upsert } from "../../contract/capabilities.ts";
import type { ApplicationRecord, CandidateRecord, JobRecord, Location, RemoteKind } from "../../contract/domain.ts";
import { salaryOf } from "../../kit/money.ts";
import { personOf } from "../../kit/people.ts";
import { locationOf } from "../../kit/places.ts";
import { stageOf, upsertOf } from "../../kit/pull.server.ts";
import { flag, text, epochMs as when } from "../../kit/shapes.ts";
import { employmentOf, periodOf } from "../../kit/words.ts";

/* Shapes of the Data API as far as we read them; other fields pass unread. All times are epoch milliseconds. */

export const posting = z.object({
  id: z.string(),
  text,
  state: z.string(),
  categories: z
    .object({
      team: text,
      department: text,
      location: text,
      allLocations: z.array(z.string()).nullish(),
      commitment: text,
    })
    .nullish(),
  content: z
    .object({
      descriptionHtml: text,
      lists: z.array(z.object({ text, content: text })).nullish(),
      closingHtml: text,
    })
    .nullish(),
  country: text,
  reqCode: text,
  requisitionCodes: z.array(z.string()).nullish(),
  salaryRange: z
    .object({ min: z.number().nullish(), max: z.number().nullish(), currency: text, interval: text })
    .nullish(),
  workplaceType: text,
  updatedAt: when,
});

export const stage = z.object({ id: z.string(), text: z.string() });
export const archiveReason = z.object({ id: z.string(), text: z.string(), type: text });
export type ArchiveReason = z.output<typeof archiveReason>;

export const opportunity = z.object({
  id: z.string(),
  name: text,
  headline: text,
  emails: z.array(z.string()).nullish(),
  phones: z.array(z.object({ value: text })).nullish(),
  links: z.array(z.string()).nullish(),
  archived: z.object({ reason: text }).nullish(),
  stage: text,
  sources: z.array(z.string()).nullish(),
  createdAt: when,
  updatedAt: when,
  isAnonymized: flag,
});

/** With `expand=applications`; each application is tied to one posting, or to none. */
export const expanded = opportunity.extend({
  applications: z.array(z.object({ id: z.string(), posting: text, createdAt: when.nullish() })),
});
export type Expanded = z.output<typeof expanded>;

const jobStates: Readonly<Record<string, JobRecord["status"]>> = {
  published: "open",
  internal: "open",
  draft: "draft",
  pending: "draft",
  rejected: "closed",
  closed: "closed",
};
const workplaces: Readonly<Record<string, RemoteKind>> = { remote: "remote", hybrid: "hybrid" };

const escaped = (plain: string) => plain.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** Lever keeps a posting's text in three parts: opening, lists under headings, closing. */
function descriptionOf(content: z.output<typeof posting>["content"]): string {
  const lists = (content?.lists ?? []).map(
    (list) => `${list.text ? `<h3>${escaped(list.text)}</h3>` : ""}<ul>${list.content ?? ""}</ul>`,
  );
  return [content?.descriptionHtml ?? "", ...lists, content?.closingHtml ?? ""].join("");
}

function placesOf(row: z.output<typeof posting>): Location[] {
  const { allLocations, location } = row.categories ?? {};
  const names = allLocations?.length ? allLocations : location ? [location] : [];
  return names.map((city, index) => locationOf({ city, country: index === 0 ? row.country : null }));
}

/** A state that we do not know counts as closed: nothing is shown to the public by mistake. */
export function jobToDomain(row: z.output<typeof posting>): Upsert<"jobs"> {
  const { min, max, currency, interval } = row.salaryRange ?? {};
  const department = row.categories?.department || row.categories?.team;
  const requisition = row.requisitionCodes?.[0] || row.reqCode;
  const data: JobRecord = {
    title: row.text ?? "",
    descriptionHtml: descriptionOf(row.content),
    status: jobStates[row.state] ?? "closed",
    departments: department ? [department] : [],
    locations: placesOf(row),
    remote: workplaces[row.workplaceType ?? ""] ?? "on_site",
    employment: employmentOf(row.categories?.commitment),
    openings: 1,
    ...salaryOf(min, max, currency, periodOf(interval)),
    ...(requisition ? { requisition } : {}),
  };
  return upsertOf(row.id, row.updatedAt, data);
}

/** Stages belong to the account and are shared by all jobs; their order is that of the list. */
export function stageToDomain(row: z.output<typeof stage>, position: number): Upsert<"stages"> {
  return stageOf(row.id, row.text, position);
}

/** Lever has one field for a name: the last word is the family name. */
function nameOf(whole: string): Pick<CandidateRecord, "firstName" | "lastName"> {
  const words = whole.trim().split(/\s+/);
  return {
    firstName: words.slice(0, -1).join(" ") || (words[0] ?? ""),
    lastName: words.length > 1 ? (words.at(-1) ?? "") : "",
  };
}

/** A candidate is an opportunity: one person's run through the pipeline, as Lever's own `candidateId` means it. */
export function candidateToDomain(row: z.output<typeof opportunity>): Upsert<"candidates"> {
  const data = personOf({
    ...{ ...nameOf(row.name ?? ""), emails: row.emails ?? [], phones: row.phones?.map((one) => one.value) ?? [] },
    ...{ links: row.links ?? [], headline: row.headline },
  });
  return upsertOf(row.id, row.updatedAt, data);
}

/** An application can only be read through its opportunity, so its id carries both. */
export const applicationId = (opportunityId: string, id: string): string => `${opportunityId}/${id}`;

function outcomeOf(
  row: Expanded,
  reasons: readonly ArchiveReason[],
): Pick<ApplicationRecord, "status" | "rejectedReason"> {
  if (!row.archived) return { status: "active" };
  const reason = reasons.find((one) => one.id === row.archived?.reason);
  if (reason?.type === "hired") return { status: "hired" };
  return {
    status: /withdr/i.test(reason?.text ?? "") ? "withdrawn" : "rejected",
    ...(reason ? { rejectedReason: reason.text } : {}),
  };
}

/** The applications of one opportunity that are tied to a posting. Stage and outcome are the opportunity's. */
export function applicationsToDomain(row: Expanded, reasons: readonly ArchiveReason[]): Upsert<"applications">[] {
  const outcome = outcomeOf(row, reasons);
  return row.applications.flatMap((one) => {
    if (!one.posting) return [];
    const data: ApplicationRecord = {
      jobExternalId: one.posting,
      candidateExternalId: row.id,
      ...outcome,
      appliedAt: one.createdAt ?? row.createdAt,
      ...(row.stage ? { stageExternalId: row.stage } : {}),
      ...(row.sources?.[0] ? { source: row.sources[0] } : {}),
    };
    const version = `${row.updatedAt.toISOString()}:${row.stage ?? ""}:${row.archived?.reason ?? ""}`;
    return [upsertOf(applicationId(row.id, one.id), row.updatedAt, data, version)];
  });
}

/** The body of `POST /opportunities`. */
export function opportunityFromDomain(person: CandidateRecord, postingId: string, source: string) {
  return {
    name: `${person.firstName} ${person.lastName}`.trim(),
    emails: [...person.emails],
    phones: person.phones.map((value) => ({ type: "mobile", value })),
    links: [...person.links],
    ...(person.headline ? { headline: person.headline } : {}),
    sources: [source],
    origin: "applied",
    postings: [postingId],
  };
}
