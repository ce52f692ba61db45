import { sql } from "drizzle-orm";
import { z } from "zod";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { jobStatuses, remoteKinds } from "#db/schema/hiring.ts";
import { postingStates } from "#db/schema/postings.ts";
import type { Actor } from "./actor.ts";
import { likeText } from "./search-text.ts";

export interface JobFilter {
  q?: string;
  status?: string;
  department?: string;
  /** Id of the last job of the page before. */
  after?: string;
}

export const JOBS_ON_A_PAGE = 50;

const place = z.object({ city: z.string(), region: z.string(), country: z.string(), postalCode: z.string() }).partial();
const listed = z.object({
  id: z.string(),
  title: z.string(),
  status: z.enum(jobStatuses),
  departments: z.array(z.string()),
  locations: z.array(place),
  remote: z.enum(remoteKinds),
  openings: z.number(),
  /** Label of the ATS connection that owns it; null for our own jobs. */
  ats: z.string().nullable(),
  applicants: z.number(),
  /** Number of postings by state. */
  postings: z.partialRecord(z.enum(postingStates), z.number()),
  updatedAt: z.coerce.date(),
});

const answer = z.object({
  jobs: z.array(listed),
  counts: z.partialRecord(z.enum(jobStatuses), z.number()),
  departments: z.array(z.string()),
});

/**
 * A page of jobs, newest first, with each one's applicants and postings, the number of jobs by status and the departments
 * to filter by: one statement, which reads the employer's jobs once. `older` is what to pass as `after`. Needs jobs:read.
 */
export async function listJobs(actor: Actor, filter: JobFilter = {}) {
  allow(actor, "jobs:read");
  const { employerId } = actor;
  const { q = "", status = "", department = "", after } = filter;
  // Only what was asked for, so that the plan that Postgres keeps walks the index and stops after a page.
  const asked = [
    sql`employer_id = ${employerId}`,
    ...(status === "" ? [] : [sql`status = ${status}`]),
    ...(q === "" ? [] : [sql`(title ilike ${likeText(q)} or requisition ilike ${likeText(q)})`]),
    ...(department === "" ? [] : [sql`departments @> to_jsonb(array[${department}::text])`]),
    ...(after === undefined ? [] : [sql`id < ${after}::uuid`]),
  ];
  const [row] = await withEmployer(employerId, (tx) =>
    tx.execute(sql`
      with page as (
        select * from job where ${sql.join(asked, sql` and `)} order by id desc limit ${JOBS_ON_A_PAGE + 1}
      ), facet as materialized (
        select status, departments, count(*) as n from job where employer_id = ${employerId} group by status, departments
      )
      select
        (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'title', p.title, 'status', p.status,
          'departments', p.departments, 'locations', p.locations, 'remote', p.remote, 'openings', p.openings,
          'updatedAt', p.updated_at,
          'ats', (select c.label from connection c where c.employer_id = ${employerId} and c.id = p.connection_id),
          'applicants', (select count(*) from application a where a.employer_id = ${employerId} and a.job_id = p.id),
          'postings', (select coalesce(jsonb_object_agg(s.state, s.n), '{}') from (
            select state, count(*) as n from posting where employer_id = ${employerId} and job_id = p.id and disconnected_at is null group by state) s)
          ) order by p.id desc), '[]') from page p) as jobs,
        (select coalesce(jsonb_object_agg(status, n), '{}') from (
          select status, sum(n) as n from facet group by status) s) as counts,
        (select coalesce(jsonb_agg(distinct d), '[]') from facet, jsonb_array_elements_text(facet.departments) d)
          as departments`),
  );
  const found = answer.parse(row);
  const jobs = found.jobs.slice(0, JOBS_ON_A_PAGE);
  return { ...found, jobs, older: found.jobs.length > JOBS_ON_A_PAGE ? (jobs.at(-1)?.id ?? null) : null };
}
