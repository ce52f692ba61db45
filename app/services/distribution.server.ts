import { sql } from "drizzle-orm";
import { z } from "zod";
import { manifestOf } from "#app/integrations/catalog.ts";
import { postingProfile } from "#app/integrations/choice.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { jobStatuses, remoteKinds } from "#db/schema/hiring.ts";
import { postingStates } from "#db/schema/postings.ts";
import type { Actor } from "./actor.ts";
import { boardsOf } from "./preflight.server.ts";

export const MATRIX_PAGE = 25;

const moment = z.coerce.date().nullable();
const cell = z.object({
  id: z.string(),
  connectionId: z.string(),
  state: z.enum(postingStates),
  desired: z.enum(["live", "closed"]),
  reason: z.string().nullable(),
  liveAt: moment,
  queuedAt: moment,
  closedAt: moment,
  expiresAt: moment,
});
const place = z.object({ city: z.string(), region: z.string(), country: z.string(), postalCode: z.string() }).partial();
const line = z.object({
  id: z.string(),
  title: z.string(),
  status: z.enum(jobStatuses),
  locations: z.array(place),
  remote: z.enum(remoteKinds),
  openings: z.number(),
  publishedAt: moment,
  closedAt: moment,
  applicants: z.number(),
  cells: z.array(cell),
});
const answer = z.object({ jobs: z.array(line), counts: z.partialRecord(z.enum(postingStates), z.number()) });

/** A column: a board, how postings get there, and what holds all of it up. */
export interface MatrixBoard {
  id: string;
  vendorId: string;
  label: string;
  way: "api" | "feed" | "hand-off";
  color: string;
  state: string;
}

export interface MatrixFilter {
  /** Only jobs where something is not simply live or down. */
  hideLive?: boolean;
  /** Id of the last job of the page before. */
  after?: string;
}

/**
 * Jobs × boards, newest job first: one statement for a page of jobs with every posting, and the number of postings by
 * state. Jobs that came down more than two weeks ago are left out. Needs jobs:read.
 */
export async function matrix(actor: Actor, { hideLive = false, after }: MatrixFilter = {}) {
  allow(actor, "jobs:read");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const boards = (await boardsOf(tx, employerId)).map((board): MatrixBoard => {
      const manifest = manifestOf(board.vendorId);
      const way = (manifest && postingProfile(manifest, board.config)?.way) ?? "hand-off";
      const color = manifest?.brand.color ?? "";
      return { id: board.id, vendorId: board.vendorId, label: board.label, way, color, state: board.state };
    });
    const [row] = await tx.execute(sql`
      with page as (
        select * from job j
        where j.employer_id = ${employerId} and j.status <> 'archived'
          and (j.closed_at is null or j.closed_at > now() - interval '14 days' or exists (
            select 1 from posting p where p.employer_id = ${employerId} and p.job_id = j.id and p.disconnected_at is null and p.state <> 'closed'))
          and (not ${hideLive}::boolean or exists (
            select 1 from posting p where p.employer_id = ${employerId} and p.job_id = j.id and p.disconnected_at is null and p.state not in ('live', 'closed')))
          and (${after ?? null}::uuid is null or j.id < ${after ?? null}::uuid)
        order by j.id desc limit ${MATRIX_PAGE + 1}
      )
      select
        (select coalesce(jsonb_object_agg(state, n), '{}') from (
          select state, count(*)::int as n from posting where employer_id = ${employerId} and disconnected_at is null group by state) s) as counts,
        (select coalesce(jsonb_agg(jsonb_build_object(
          'id', j.id, 'title', j.title, 'status', j.status, 'locations', j.locations, 'remote', j.remote,
          'openings', j.openings, 'publishedAt', j.published_at, 'closedAt', j.closed_at,
          'applicants', (select count(*)::int from application a where a.employer_id = ${employerId} and a.job_id = j.id),
          'cells', (select coalesce(jsonb_agg(jsonb_build_object(
            'id', p.id, 'connectionId', p.connection_id, 'state', p.state, 'desired', p.desired, 'reason', p.reason,
            'liveAt', p.live_at, 'queuedAt', p.queued_at, 'closedAt', p.closed_at, 'expiresAt', p.expires_at)), '[]')
            from posting p where p.employer_id = ${employerId} and p.job_id = j.id and p.disconnected_at is null)
        ) order by j.id desc), '[]') from page j) as jobs`);
    const found = answer.parse(row);
    const jobs = found.jobs.slice(0, MATRIX_PAGE);
    return {
      boards,
      jobs,
      counts: found.counts,
      older: found.jobs.length > MATRIX_PAGE ? (jobs.at(-1)?.id ?? null) : null,
    };
  });
}
