import { sql } from "drizzle-orm";
import { z } from "zod";
import type { ResourceName } from "#app/integrations/contract/manifest.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { announceClosed, announceMoved } from "./hiring-events.server.ts";
import { jobsChanged } from "./posting-changes.server.ts";
import { asJson, type SyncOptions } from "./synced-page.server.ts";

const removed = z.object({
  local_id: z.string(),
  title: z.string().nullish(),
  status_before: z.string().nullish(),
  stage_name: z.string().nullish(),
});

/**
 * What the vendor deleted: a job is archived, an application withdrawn, a candidate only marked (people are never
 * deleted by a vendor's word), a stage taken away. One statement per call; ids that are unknown or already gone are
 * passed over. Returns our rows' ids. The brake against implausible drops stands before this call.
 */
export async function removeSynced(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  resource: ResourceName,
  externalIds: readonly string[],
  options: Pick<SyncOptions, "announce" | "changedBy">,
): Promise<string[]> {
  if (externalIds.length === 0) return [];
  const gone = sql`
    update external_record set deleted_at = now(), updated_at = now()
    where employer_id = ${employerId} and connection_id = ${connectionId} and resource = ${resource}
      and deleted_at is null and external_id in (select jsonb_array_elements_text(${asJson(externalIds)}))
    returning local_id`;
  const statement = { jobs, applications, candidates: marked, onboardings: marked, stages }[resource](gone, employerId);
  const rows = (await tx.execute(statement)).map((row) => removed.parse(row));
  if (options.announce) await announce(tx, employerId, options.changedBy, resource, rows);
  return rows.map((row) => row.local_id);
}

type Part = ReturnType<typeof sql>;

const marked = (gone: Part) => sql`with gone as (${gone}) select local_id from gone`;

const jobs = (gone: Part, employerId: string) => sql`
  with gone as (${gone}), earlier as (
    select job.id, job.status from job join gone on job.id = gone.local_id where job.employer_id = ${employerId}
  ), changed as (
    update job set status = 'archived', closed_at = coalesce(closed_at, now()), updated_at = now(),
      close_reason = coalesce(close_reason, 'deleted in the ATS')
    from gone where job.employer_id = ${employerId} and job.id = gone.local_id and job.status <> 'archived'
    returning job.id, job.title
  )
  select gone.local_id, changed.title, earlier.status as status_before
  from gone left join changed on changed.id = gone.local_id left join earlier on earlier.id = gone.local_id`;

const applications = (gone: Part, employerId: string) => sql`
  with gone as (${gone}), earlier as (
    select a.id, a.status, a.stage_name from application a join gone on a.id = gone.local_id
    where a.employer_id = ${employerId}
  ), changed as (
    update application a set status = 'withdrawn', updated_at = now() from gone
    where a.employer_id = ${employerId} and a.id = gone.local_id and a.status = 'active'
    returning a.id, 'withdrawn' as title
  )
  select gone.local_id, changed.title, earlier.status as status_before, earlier.stage_name
  from gone left join changed on changed.id = gone.local_id left join earlier on earlier.id = gone.local_id`;

const stages = (gone: Part, employerId: string) => sql`
  with gone as (${gone}), changed as (
    delete from stage using gone where stage.employer_id = ${employerId} and stage.id = gone.local_id returning stage.id
  )
  select local_id from gone`;

async function announce(
  tx: EmployerTx,
  employerId: string,
  changedBy: string,
  resource: ResourceName,
  rows: readonly z.output<typeof removed>[],
): Promise<void> {
  const changed = rows.filter((row) => row.title !== null && row.title !== undefined);
  if (resource === "jobs") {
    await jobsChanged(
      tx,
      employerId,
      rows.map((row) => row.local_id),
    );
    await announceClosed(
      tx,
      employerId,
      changed
        .filter((row) => row.status_before === "open")
        .map((row) => ({ id: row.local_id, title: row.title ?? "", reason: "deleted in the ATS" })),
    );
  }
  if (resource === "applications") {
    await announceMoved(
      tx,
      employerId,
      changedBy,
      changed.map((row) => ({
        applicationId: row.local_id,
        status: row.status_before ?? "",
        stage: row.stage_name ?? null,
      })),
    );
  }
}
