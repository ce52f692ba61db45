import { sql } from "drizzle-orm";
import { z } from "zod";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { applicationStatuses } from "#db/schema/hiring.ts";
import type { Actor } from "./actor.ts";
import { likeText } from "./search-text.ts";

export interface ApplicantFilter {
  /** Part of a name or an e-mail address. */
  q?: string;
  jobId?: string;
  source?: string;
  status?: string;
  /** `appliedAt` and id of the last row of the page before, as `older` gave them. */
  after?: { at: string; id: string };
}

export const APPLICANTS_ON_A_PAGE = 25;

const applicant = z.object({
  id: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  email: z.string().nullable(),
  jobId: z.string(),
  jobTitle: z.string(),
  status: z.enum(applicationStatuses),
  stage: z.string().nullable(),
  source: z.string(),
  /** How sure the source is: our own link, or what somebody said. */
  byLink: z.boolean(),
  /** Label of the ATS and how the application stands there; null when no ATS owns the job. */
  ats: z.string().nullable(),
  /** "arrived", "sending", "refused" or "not_sent". */
  atAts: z.enum(["arrived", "sending", "refused", "not_sent"]),
  appliedAt: z.coerce.date(),
});

const answer = z.object({
  applicants: z.array(applicant),
  total: z.number(),
  jobs: z.array(z.object({ id: z.string(), title: z.string() })),
  sources: z.array(z.string()),
});

/**
 * A page of applications, newest first, with how many match and the choices of the filters: one statement. Keyset by
 * time and id. Needs applications:read.
 */
export async function listApplicants(actor: Actor, filter: ApplicantFilter = {}) {
  allow(actor, "applications:read");
  const { employerId } = actor;
  const { q = "", source = "", status = "", jobId = null, after } = filter;
  const [row] = await withEmployer(employerId, (tx) =>
    tx.execute(sql`
      with hits as (
        select a.*, c.first_name, c.last_name, c.email from application a
        join candidate c on c.employer_id = ${employerId} and c.id = a.candidate_id
        where a.employer_id = ${employerId}
          and (${jobId}::uuid is null or a.job_id = ${jobId}::uuid)
          and (${source} = '' or a.source = ${source})
          and (${status} = '' or a.status = ${status})
          and (${q} = '' or c.first_name || ' ' || c.last_name ilike ${likeText(q)} or c.email ilike ${likeText(q)})
      ), page as (
        select * from hits
        where ${after?.at ?? null}::timestamptz is null
          or (applied_at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid)
        order by applied_at desc, id desc limit ${APPLICANTS_ON_A_PAGE + 1}
      )
      select
        (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'firstName', p.first_name, 'lastName', p.last_name,
          'email', p.email, 'jobId', p.job_id, 'jobTitle', j.title, 'status', p.status, 'stage', p.stage_name,
          'source', p.source, 'byLink', p.posting_id is not null, 'appliedAt', p.applied_at, 'ats', ats.label,
          'atAts', case
            when exists (select 1 from external_record e where e.employer_id = ${employerId} and e.local_id = p.id)
              then 'arrived'
            else coalesce((select case i.status when 'failed' then 'refused' when 'done' then 'arrived' else 'sending' end
              from push_item i where i.employer_id = ${employerId} and i.local_id = p.id order by i.id desc limit 1),
              'not_sent') end
          ) order by p.applied_at desc, p.id desc), '[]')
          from page p join job j on j.employer_id = ${employerId} and j.id = p.job_id
          left join connection ats on ats.employer_id = ${employerId} and ats.id = j.connection_id) as applicants,
        (select count(*)::int from hits) as total,
        (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'title', title) order by title), '[]') from (
          select id, title from job where employer_id = ${employerId}
            and exists (select 1 from application a where a.employer_id = ${employerId} and a.job_id = job.id)
          order by id desc limit 200) j) as jobs,
        (select coalesce(jsonb_agg(source order by source), '[]') from (
          select distinct source from application where employer_id = ${employerId}) s) as sources`),
  );
  const found = answer.parse(row);
  const applicants = found.applicants.slice(0, APPLICANTS_ON_A_PAGE);
  const last = applicants.at(-1);
  const more = found.applicants.length > APPLICANTS_ON_A_PAGE && last;
  return { ...found, applicants, older: more ? `${last.appliedAt.toISOString()}_${last.id}` : null };
}

/** Reads back what `older` gave; undefined for anything else. */
export function cursorOf(text: string | null): { at: string; id: string } | undefined {
  const [, at, id] = /^(\d{4}-[\d-]{5}T[\d:.]+Z)_([0-9a-f-]{36})$/.exec(text ?? "") ?? [];
  return at && id ? { at, id } : undefined;
}

const sourceRow = z.object({
  source: z.string(),
  /** Clicks that we counted; null where no link of ours can be counted. */
  opened: z.number().nullable(),
  applied: z.number(),
  interviews: z.number(),
  hired: z.number(),
  /** Minor units; null when nothing was paid. */
  spent: z.number().nullable(),
  currency: z.string().nullable(),
});
export type SourceRow = z.output<typeof sourceRow>;

/**
 * Where the applications of the last `days` came from, most first: clicks on our links, applications, interviews, hires
 * and what the postings cost, per source, in one statement. Costs in more than one currency are left out rather than
 * added up. Needs applications:read.
 */
export async function sourcesOf(actor: Actor, days = 30): Promise<SourceRow[]> {
  allow(actor, "applications:read");
  const { employerId } = actor;
  const rows = await withEmployer(employerId, (tx) =>
    tx.execute(sql`
      with span as (select now() - make_interval(days => ${days}) as since),
      applied as (
        select a.source, count(*)::int as applied, count(*) filter (where a.status = 'hired')::int as hired,
          (count(*) filter (where exists (select 1 from interview i
            where i.employer_id = ${employerId} and i.application_id = a.id)))::int as interviews
        from application a, span where a.employer_id = ${employerId} and a.applied_at >= since group by a.source
      ), posted as (
        select p.vendor_id as source, sum(v.views)::int as opened,
          case when count(distinct p.cost_currency) filter (where p.cost_amount > 0) = 1
            then sum(p.cost_amount) filter (where coalesce(p.live_at, p.created_at) >= since) end::bigint as spent,
          max(p.cost_currency) filter (where p.cost_amount > 0) as currency
        from span cross join posting p
        left join lateral (select sum(s.views) as views from posting_stat s
          where s.employer_id = ${employerId} and s.posting_id = p.id and s.day >= since) v on true
        where p.employer_id = ${employerId} group by p.vendor_id
      )
      select coalesce(applied.source, posted.source) as source, opened, coalesce(applied, 0) as applied,
        coalesce(interviews, 0) as interviews, coalesce(hired, 0) as hired, spent::float8 as spent, currency
      from applied full join posted on posted.source = applied.source
      where coalesce(applied, 0) > 0 or coalesce(opened, 0) > 0
      order by applied desc nulls last, opened desc nulls last limit 12`),
  );
  return rows.map((row) => sourceRow.parse(row));
}
