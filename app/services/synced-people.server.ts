import { sql } from "drizzle-orm";
import { z } from "zod";
import type { CandidateRecord } from "#app/integrations/contract/domain.ts";
import { textArray } from "#db/lists.server.ts";
import { announceMoved, announceReceived } from "./hiring-events.server.ts";
import { queueFiles } from "./synced-files.server.ts";
import {
  asJson,
  linkInput,
  linkOf,
  type PageScope,
  pageWriter,
  type SyncedPage,
  type TodoRow,
} from "./synced-page.server.ts";

/** Lower case without spaces, each address once. */
export const cleanEmails = (emails: readonly string[]): string[] => [
  ...new Set(emails.map((email) => email.trim().toLowerCase()).filter((email) => email !== "")),
];

/**
 * Writes a page of an ATS's candidates with their links in one statement. A person whom we know by e-mail from elsewhere
 * (an apply form, a board) and whom this connection has not named yet becomes that candidate instead of a second one.
 */
export const upsertSyncedCandidates = pageWriter("candidates", async (scope, todo) => {
  const { tx, employerId } = scope;
  const adopted = await adoptCandidates(scope, todo);
  await tx.execute(sql`
    with input as (
      select * from jsonb_to_recordset(${asJson(adopted.map(candidateColumns))}) as r(
        external_id text, version text, hash text, local_id uuid, first_name text, last_name text, email text,
        emails jsonb, phones jsonb, headline text, links jsonb)
    ), linked as (${linkInput(scope)})
    insert into candidate (employer_id, id, first_name, last_name, email, emails, phones, headline, links)
    select ${employerId}, local_id, first_name, last_name, email, emails, phones, headline, links from input
    on conflict (employer_id, id) do update set
      first_name = excluded.first_name, last_name = excluded.last_name,
      email = coalesce(excluded.email, candidate.email),
      emails = case when excluded.email is null then candidate.emails else excluded.emails end,
      phones = excluded.phones, headline = coalesce(excluded.headline, candidate.headline), links = excluded.links,
      updated_at = now()`);
  return { written: adopted };
});

const candidateColumns = (todo: TodoRow<"candidates">) => ({ ...linkOf(todo), ...personColumns(todo.row.data) });

/** The columns of a candidate from a vendor's or an apply form's record. */
export function personColumns(data: CandidateRecord) {
  const emails = cleanEmails(data.emails);
  return {
    first_name: data.firstName.trim(),
    last_name: data.lastName.trim(),
    email: emails[0] ?? null,
    emails,
    phones: [...new Set(data.phones.map((phone) => phone.trim()).filter((phone) => phone !== ""))],
    headline: data.headline ?? null,
    links: data.links.filter((href) => /^https?:\/\//i.test(href)),
  };
}

const found = z.object({ id: z.string(), email: z.string() });

/** Gives new rows the id of a candidate with the same first e-mail whom this connection has not linked; each id once. */
async function adoptCandidates(
  scope: PageScope,
  todo: readonly TodoRow<"candidates">[],
): Promise<TodoRow<"candidates">[]> {
  const emailOf = (item: TodoRow<"candidates">) => cleanEmails(item.row.data.emails)[0];
  const wanted = todo.filter((item) => item.isNew).map(emailOf);
  const emails = [...new Set(wanted.filter((email) => email !== undefined))];
  if (emails.length === 0) return [...todo];
  const rows = await scope.tx.execute(sql`
    select distinct on (c.email) c.id, c.email from candidate c
    where c.employer_id = ${scope.employerId}
      and c.email = any(${textArray(emails)})
      and not exists (
        select 1 from external_record e where e.employer_id = ${scope.employerId} and e.local_id = c.id
          and e.connection_id = ${scope.connectionId})
    order by c.email, c.id`);
  const free = new Map(rows.map((row) => found.parse(row)).map((row) => [row.email, row.id]));
  return todo.map((item) => {
    const email = item.isNew ? emailOf(item) : undefined;
    const id = email === undefined ? undefined : free.get(email);
    if (email === undefined || id === undefined) return item;
    free.delete(email);
    return { ...item, localId: id };
  });
}

const resolved = z.object({
  external_id: z.string(),
  job_id: z.string().nullable(),
  candidate_id: z.string().nullable(),
  stage_id: z.string().nullable(),
  stage_name: z.string().nullable(),
  own_id: z.string().nullable(),
});
const writtenApplication = z.object({
  id: z.string(),
  status: z.string(),
  stage_name: z.string().nullable(),
  status_before: z.string().nullable(),
  stage_before: z.string().nullable(),
});

/**
 * Writes a page of an ATS's applications with their links in one statement. An application that we hold already for the
 * same person and job, and that this connection has not linked, becomes that one. A row whose job or candidate was not
 * copied is rejected. With `announce`, new ones emit application.received and moved ones application.status_changed.
 */
export const upsertSyncedApplications = pageWriter("applications", async (scope, todo, options) => {
  const { tx, employerId } = scope;
  const { usable, columns, rejects } = await resolveApplications(scope, todo);
  if (usable.length === 0) return { written: [], rejects };
  const written = (await tx.execute(applicationStatement(scope, columns))).map((row) => writtenApplication.parse(row));
  await queueFiles(scope, usable);
  if (options.announce) {
    const fresh = written.filter((row) => row.status_before === null);
    const moved = written.filter(
      (row) => row.status_before !== null && (row.status_before !== row.status || row.stage_before !== row.stage_name),
    );
    await announceReceived(
      tx,
      employerId,
      fresh.map((row) => row.id),
    );
    await announceMoved(
      tx,
      employerId,
      options.changedBy,
      moved.map((row) => ({ applicationId: row.id, status: row.status_before ?? "", stage: row.stage_before })),
    );
  }
  return { written: usable, rejects };
});

/** Finds our job, candidate, stage and application of each row, in one statement. */
async function resolveApplications(scope: PageScope, todo: readonly TodoRow<"applications">[]) {
  const wanted = todo.map(({ row: { externalId, data } }) => ({
    external_id: externalId,
    job: data.jobExternalId,
    candidate: data.candidateExternalId,
    stage: data.stageExternalId ?? null,
  }));
  const record = (alias: string, resource: string, column: string) => sql`
    left join external_record ${sql.raw(alias)} on ${sql.raw(alias)}.employer_id = ${scope.employerId}
      and ${sql.raw(alias)}.connection_id = ${scope.connectionId} and ${sql.raw(alias)}.resource = ${resource}
      and ${sql.raw(alias)}.external_id = i.${sql.raw(column)}`;
  const rows = await scope.tx.execute(sql`
    select i.external_id, j.local_id as job_id, c.local_id as candidate_id, s.local_id as stage_id,
      stage.name as stage_name, own.id as own_id
    from jsonb_to_recordset(${asJson(wanted)}) as i(external_id text, job text, candidate text, stage text)
    ${record("j", "jobs", "job")} ${record("c", "candidates", "candidate")} ${record("s", "stages", "stage")}
    left join stage on stage.employer_id = ${scope.employerId} and stage.id = s.local_id
    left join lateral (
      select a.id from application a
      where a.employer_id = ${scope.employerId} and a.candidate_id = c.local_id and a.job_id = j.local_id
        and not exists (select 1 from external_record x where x.employer_id = ${scope.employerId}
          and x.local_id = a.id and x.connection_id = ${scope.connectionId})
      order by a.id limit 1) own on true`);
  const byId = new Map(rows.map((row) => resolved.parse(row)).map((row) => [row.external_id, row]));
  const taken = new Set<string>();
  const usable: TodoRow<"applications">[] = [];
  const columns: object[] = [];
  const rejects: SyncedPage["rejects"] = [];
  for (const item of todo) {
    const { externalId, data } = item.row;
    const match = byId.get(externalId);
    if (!match?.job_id || !match.candidate_id) {
      const missing = match?.job_id ? "candidate" : "job";
      rejects.push({ externalId, reason: `Its ${missing} has not been copied.` });
      continue;
    }
    const own = item.isNew && match.own_id !== null && !taken.has(match.own_id) ? match.own_id : item.localId;
    taken.add(own);
    const placed = { ...item, localId: own };
    usable.push(placed);
    columns.push({
      ...linkOf(placed),
      job_id: match.job_id,
      candidate_id: match.candidate_id,
      status: data.status,
      stage_id: match.stage_id,
      stage_name: data.stageName ?? match.stage_name,
      source: data.source ?? "unknown",
      rejected_reason: data.rejectedReason ?? null,
      applied_at: data.appliedAt,
      dedupe_key: `sync:${scope.connectionId}:${externalId}`,
    });
  }
  return { usable, columns, rejects };
}

/** The source of an application that we received ourselves is better than the ATS's word, so it stays. */
const applicationStatement = (scope: PageScope, columns: readonly object[]) => sql`
  with input as (
    select * from jsonb_to_recordset(${asJson(columns)}) as r(
      external_id text, version text, hash text, local_id uuid, job_id uuid, candidate_id uuid, status text,
      stage_id uuid, stage_name text, source text, rejected_reason text, applied_at timestamptz, dedupe_key text)
  ), earlier as (
    select a.id, a.status, a.stage_name from application a join input on a.id = input.local_id
    where a.employer_id = ${scope.employerId}
  ), links as (${linkInput(scope)}
  ), written as (
    insert into application (employer_id, id, job_id, candidate_id, status, stage_id, stage_name, source, answers,
      rejected_reason, applied_at, dedupe_key, connection_id)
    select ${scope.employerId}, local_id, job_id, candidate_id, status, stage_id, stage_name, source, '[]'::jsonb,
      rejected_reason, applied_at, dedupe_key, ${scope.connectionId} from input
    on conflict (employer_id, id) do update set
      status = excluded.status, stage_id = excluded.stage_id, stage_name = excluded.stage_name,
      rejected_reason = excluded.rejected_reason, connection_id = excluded.connection_id,
      source = case when application.dedupe_key = excluded.dedupe_key then excluded.source else application.source end,
      updated_at = now()
    returning id, status, stage_name
  )
  select written.id, written.status, written.stage_name, earlier.status as status_before,
    earlier.stage_name as stage_before
  from written left join earlier on earlier.id = written.id`;
