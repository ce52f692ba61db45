import { and, eq, inArray } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import { postingModule, postingProfile } from "#app/integrations/choice.ts";
import type { AnyAdapter } from "#app/integrations/contract/adapter.ts";
import type { PostingProblem } from "#app/integrations/contract/capabilities.ts";
import type { PostingJob } from "#app/integrations/contract/domain.ts";
import type { PostingProfile } from "#app/integrations/contract/manifest.ts";
import { checkPosting } from "#app/integrations/posting-rules.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { connection, credential } from "#db/schema/connections.ts";
import type { job } from "#db/schema/hiring.ts";
import { employer } from "#db/schema/people.ts";
import type { posting } from "#db/schema/postings.ts";
import { inboundUrl } from "./inbound-routes.server.ts";
import { htmlToText } from "./rich-text.server.ts";
import { publicOrigin } from "./vendor-apps.server.ts";
import type { Connection } from "./vendor-context.server.ts";

export type Job = typeof job.$inferSelect;
export type Posting = typeof posting.$inferSelect;

/** Stable for one job on one board, in unreserved characters, well below the 64 that boards take. */
export const postingKey = (jobId: string, connectionId: string): string =>
  `${jobId.slice(-12)}-${connectionId.slice(-12)}`;

/** Public addresses of a job; the token tells where a reader came from. */
export function jobLinks(employerSlug: string, jobSlug: string, token: string | null) {
  const page = `${publicOrigin()}/careers/${employerSlug}/${jobSlug}`;
  const query = token === null ? "" : `?src=${token}`;
  return { jobUrl: `${page}${query}`, applyUrl: `${page}/apply${query}` };
}

export interface EmployerFacts {
  name: string;
  slug: string;
}

/** Name and slug of an employer, inside its own transaction. */
export async function employerFacts(tx: EmployerTx, employerId: string): Promise<EmployerFacts> {
  const [row] = await tx
    .select({ name: employer.name, slug: employer.slug })
    .from(employer)
    .where(eq(employer.id, employerId));
  if (!row) throw new Error("The employer of a posting does not exist.");
  return row;
}

/**
 * Where this board may hand over applications whole: only when its webhook can be verified, because an address without a
 * secret would refuse everybody who applies.
 */
export async function handOverUrl(tx: EmployerTx, row: Connection, adapter: AnyAdapter): Promise<string | null> {
  const { webhook } = adapter;
  if (webhook?.routing.per !== "connection" || !("secret" in webhook.signature)) return null;
  const { secret } = webhook.signature;
  if (secret.of !== "connection") return null;
  const [stored] = await tx
    .select({ field: credential.field })
    .from(credential)
    .where(
      and(
        eq(credential.employerId, row.employerId),
        eq(credential.connectionId, row.id),
        inArray(credential.field, [secret.field]),
      ),
    );
  return stored ? inboundUrl(tx, row) : null;
}

/** A job as boards take it: everything that formatters and rules may look at. */
export function postingJob(
  of: Job,
  at: EmployerFacts,
  to: { key: string; sourceToken: string; inbound: string | null },
): PostingJob {
  const { salaryMin, salaryMax, salaryCurrency, salaryPeriod } = of;
  const paid = salaryMin !== null && salaryMax !== null && salaryCurrency !== null && salaryPeriod !== null;
  return {
    key: to.key,
    title: of.title,
    descriptionHtml: of.descriptionHtml,
    descriptionText: htmlToText(of.descriptionHtml),
    company: at.name,
    departments: of.departments,
    ...(of.category ? { category: of.category } : {}),
    locations: of.locations,
    remote: of.remote,
    employment: of.employment,
    ...(of.experience ? { experience: of.experience } : {}),
    ...(paid ? { salary: { min: salaryMin, max: salaryMax, currency: salaryCurrency, period: salaryPeriod } } : {}),
    openings: of.openings,
    postedAt: of.publishedAt ?? of.createdAt,
    updatedAt: of.updatedAt,
    ...(of.validThrough ? { validThrough: of.validThrough } : {}),
    ...jobLinks(at.slug, of.slug, to.sourceToken),
    ...(to.inbound ? { inboundUrl: to.inbound } : {}),
  };
}

/** What this board would object to: its rules as data, then what only its code can tell. */
export function problemsOf(adapter: AnyAdapter, of: PostingJob, config: Connection["config"]): PostingProblem[] {
  const rules = postingProfile(adapter.manifest, config)?.rules ?? [];
  return [...checkPosting(rules, of), ...(postingModule(adapter, config)?.validate?.(of, config) ?? [])];
}

/** How a posting travels: its vendor's profile, by its connection's settings where the vendor has more than one. */
export async function profileOf(
  tx: EmployerTx,
  { employerId, connectionId, vendorId }: Pick<Posting, "employerId" | "connectionId" | "vendorId">,
): Promise<PostingProfile | undefined> {
  const manifest = manifestOf(vendorId);
  if (!manifest?.posting) return undefined;
  if (!("kind" in manifest.posting)) return manifest.posting;
  const [row] = await tx
    .select({ config: connection.config })
    .from(connection)
    .where(and(eq(connection.employerId, employerId), eq(connection.id, connectionId)));
  return postingProfile(manifest, row?.config ?? {});
}
