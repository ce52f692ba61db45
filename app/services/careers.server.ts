import { and, eq, inArray, sql } from "drizzle-orm";
import { z } from "zod";
import { withEmployer, withSystem } from "#db/client.server.ts";
import { employmentTypes, job, remoteKinds, salaryPeriods } from "#db/schema/hiring.ts";
import { employer } from "#db/schema/people.ts";
import { AppError } from "./errors.ts";
import type { Job } from "./jobs.server.ts";
import { likeText } from "./search-text.ts";

/* The public career site: no actor, and nothing but open jobs (and closed ones, to say so) leaves here. */

export interface CareerSite {
  id: string;
  name: string;
  slug: string;
  website: string | null;
  about: string | null;
  logo: string | null;
}

/** The employer behind a career site's address. AppError not-found. */
export async function careerSite(slug: string): Promise<CareerSite> {
  const [row] = await withSystem((tx) =>
    tx
      .select({
        id: employer.id,
        name: employer.name,
        slug: employer.slug,
        website: employer.website,
        about: employer.about,
        logo: employer.logo,
      })
      .from(employer)
      .where(eq(employer.slug, slug)),
  );
  if (!row) throw new AppError("not-found", "There is no career site at this address.");
  return row;
}

const PAGE = 50;
const location = z.object({
  city: z.string().optional(),
  region: z.string().optional(),
  country: z.string().optional(),
  postalCode: z.string().optional(),
});
const listed = z.object({
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  departments: z.array(z.string()),
  locations: z.array(location),
  remote: z.enum(remoteKinds),
  employment: z.enum(employmentTypes),
  salaryMin: z.number().nullable(),
  salaryMax: z.number().nullable(),
  salaryCurrency: z.string().nullable(),
  salaryPeriod: z.enum(salaryPeriods).nullable(),
  publishedAt: z.coerce.date().nullable(),
});
const listing = z.object({
  jobs: z.array(listed),
  departments: z.array(z.string()),
  places: z.array(z.string()),
  total: z.number(),
});

export interface JobSearch {
  q?: string;
  department?: string;
  /** A city, region or country as `places` lists it, or "remote". */
  place?: string;
  /** Id of the last job of the page before. */
  after?: string;
}

/**
 * A page of open jobs, newest first, with the choices of both filters and how many jobs match, in one statement. `older`
 * is what to pass as `after` for the next page.
 */
export async function openJobs(site: CareerSite, search: JobSearch) {
  const { q = "", department = "", place = "", after } = search;
  const [row] = await withEmployer(site.id, (tx) =>
    tx.execute(sql`
      with open as materialized (
        select j.*, array(select coalesce(l->>'city', l->>'region', l->>'country')
          from jsonb_array_elements(j.locations) l) as places
        from job j where j.employer_id = ${site.id} and j.status = 'open'
          and (j.valid_through is null or j.valid_through > now())
      ), hits as (
        select * from open
        where (${q} = '' or title ilike ${likeText(q)} or departments::text ilike ${likeText(q)})
          and (${department} = '' or departments @> to_jsonb(array[${department}::text]))
          and (${place} = '' or (${place} = 'remote' and remote = 'remote') or ${place} = any(places))
      ), page as (
        select * from hits where ${after ?? null}::uuid is null or id < ${after ?? null}::uuid
        order by id desc limit ${PAGE + 1}
      )
      select
        (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'slug', slug, 'title', title,
          'departments', departments, 'locations', locations, 'remote', remote, 'employment', employment,
          'salaryMin', salary_min, 'salaryMax', salary_max, 'salaryCurrency', salary_currency,
          'salaryPeriod', salary_period, 'publishedAt', published_at) order by id desc), '[]') from page) as jobs,
        (select coalesce(jsonb_agg(distinct d), '[]') from open, jsonb_array_elements_text(departments) d) as departments,
        (select coalesce(jsonb_agg(distinct p), '[]') from open, unnest(places) p where p is not null) as places,
        (select count(*)::int from hits) as total`),
  );
  const found = listing.parse(row);
  const jobs = found.jobs.slice(0, PAGE);
  return { ...found, jobs, older: found.jobs.length > PAGE ? (jobs.at(-1)?.id ?? null) : null };
}

export const takesApplications = (row: Pick<Job, "status" | "validThrough">): boolean =>
  row.status === "open" && (row.validThrough === null || row.validThrough.getTime() > Date.now());

/** One job by its address: open ones, and closed ones so that the page can say so. Drafts are not-found. */
export async function publicJob(site: CareerSite, slug: string): Promise<Job> {
  const [row] = await withEmployer(site.id, (tx) =>
    tx
      .select()
      .from(job)
      .where(and(eq(job.employerId, site.id), eq(job.slug, slug), inArray(job.status, ["open", "closed", "archived"]))),
  );
  if (!row) throw new AppError("not-found", "This job does not exist.");
  return row;
}

/** The part of a job that readers see; nothing else of the row leaves the server. */
export const shownOf = (row: Job) => ({
  slug: row.slug,
  title: row.title,
  descriptionHtml: row.descriptionHtml,
  departments: row.departments,
  locations: row.locations,
  remote: row.remote,
  employment: row.employment,
  salaryMin: row.salaryMin,
  salaryMax: row.salaryMax,
  salaryCurrency: row.salaryCurrency,
  salaryPeriod: row.salaryPeriod,
  publishedAt: row.publishedAt,
});

/** Counts one view of a job that came by a posting's link; a token that is not of this job counts nothing. */
export async function countView(site: CareerSite, jobId: string, token: string): Promise<void> {
  await withEmployer(site.id, (tx) =>
    tx.execute(sql`
      insert into posting_stat (employer_id, posting_id, day, views)
      select employer_id, id, date_trunc('day', now() at time zone 'UTC') at time zone 'UTC', 1 from posting
      where employer_id = ${site.id} and job_id = ${jobId} and source_token = ${token}
      on conflict (employer_id, posting_id, day) do update set views = posting_stat.views + 1`),
  );
}

/** Address and last change of every open job, for the sitemap: at most the 50,000 that one file may hold. */
export async function sitemapJobs(site: CareerSite): Promise<{ slug: string; updatedAt: Date }[]> {
  return withEmployer(site.id, (tx) =>
    tx
      .select({ slug: job.slug, updatedAt: job.updatedAt })
      .from(job)
      .where(
        and(
          eq(job.employerId, site.id),
          eq(job.status, "open"),
          sql`(${job.validThrough} is null or ${job.validThrough} > now())`,
        ),
      )
      .orderBy(sql`${job.id} desc`)
      .limit(50_000),
  );
}
