import { sql } from "drizzle-orm";
import { z } from "zod";
import { announceClosed } from "./hiring-events.server.ts";
import { slugOf } from "./job-input.server.ts";
import { jobsChanged } from "./posting-changes.server.ts";
import { sanitiseHtml } from "./rich-text.server.ts";
import { asJson, linkInput, linkOf, type PageScope, pageWriter, type TodoRow } from "./synced-page.server.ts";

const writtenJob = z.object({
  id: z.string(),
  title: z.string(),
  status: z.string(),
  status_before: z.string().nullable(),
});

/**
 * Writes a page of an ATS's jobs with their links in one statement. The version grows only where a board would show a
 * difference. Category, and pay, experience and end date that the ATS leaves empty, keep what a person entered here.
 * Emits job.closed for open jobs that the ATS closed.
 */
export const upsertSyncedJobs = pageWriter("jobs", async (scope, todo, options) => {
  const { tx, employerId } = scope;
  const written = (await tx.execute(jobStatement(scope, todo))).map((row) => writtenJob.parse(row));
  const closed = written.filter(
    (row) => row.status_before === "open" && (row.status === "closed" || row.status === "archived"),
  );
  if (options.announce) {
    await announceClosed(
      tx,
      employerId,
      closed.map((row) => ({ id: row.id, title: row.title, reason: "closed in the ATS" })),
    );
  }
  const known = written.filter((row) => row.status_before !== null);
  await jobsChanged(
    tx,
    employerId,
    known.map((row) => row.id),
  );
  return { written: todo };
});

function jobColumns(todo: TodoRow<"jobs">) {
  const { data } = todo.row;
  return {
    ...linkOf(todo),
    slug: slugOf(data.title, todo.localId),
    title: data.title,
    description_html: sanitiseHtml(data.descriptionHtml),
    status: data.status,
    departments: data.departments,
    locations: data.locations,
    remote: data.remote,
    employment: data.employment,
    experience: data.experience ?? null,
    salary_min: data.salary?.min ?? null,
    salary_max: data.salary?.max ?? null,
    salary_currency: data.salary?.currency ?? null,
    salary_period: data.salary?.period ?? null,
    openings: Math.max(1, data.openings),
    valid_through: data.validThrough ?? null,
    requisition: data.requisition ?? null,
  };
}

const BOARD_COLUMNS = [
  "title",
  "description_html",
  "departments",
  "locations",
  "remote",
  "employment",
  "experience",
  "salary_min",
  "salary_max",
  "salary_currency",
  "salary_period",
  "openings",
  "valid_through",
  "requisition",
] as const;

/** Columns that a person may fill in where the ATS says nothing. The four of pay stand or fall together. */
const KEPT: Partial<Record<(typeof BOARD_COLUMNS)[number], string>> = {
  experience: "coalesce(excluded.experience, job.experience)",
  valid_through: "coalesce(excluded.valid_through, job.valid_through)",
  ...Object.fromEntries(
    ["salary_min", "salary_max", "salary_currency", "salary_period"].map((column) => [
      column,
      `case when excluded.salary_currency is null then job.${column} else excluded.${column} end`,
    ]),
  ),
};

const names = sql.raw(BOARD_COLUMNS.join(", "));
const next = (column: (typeof BOARD_COLUMNS)[number]) => KEPT[column] ?? `excluded.${column}`;
const before = sql.raw(BOARD_COLUMNS.map((column) => `job.${column}`).join(", "));
const after = sql.raw(BOARD_COLUMNS.map(next).join(", "));
const assignments = sql.raw(BOARD_COLUMNS.map((column) => `${column} = ${next(column)}`).join(", "));

const jobStatement = (scope: PageScope, todo: readonly TodoRow<"jobs">[]) => sql`
  with input as (
    select * from jsonb_to_recordset(${asJson(todo.map(jobColumns))}) as r(
      external_id text, version text, hash text, local_id uuid, slug text, title text, description_html text,
      status text, departments jsonb, locations jsonb, remote text, employment text, experience text,
      salary_min bigint, salary_max bigint, salary_currency text, salary_period text, openings int,
      valid_through timestamptz, requisition text)
  ), earlier as (
    select job.id, job.status from job join input on job.id = input.local_id where job.employer_id = ${scope.employerId}
  ), links as (${linkInput(scope)}
  ), written as (
    insert into job (employer_id, id, slug, status, origin, connection_id, published_at, closed_at, close_reason, ${names})
    select ${scope.employerId}, local_id, slug, status, 'sync', ${scope.connectionId},
      case when status = 'open' then now() end,
      case when status in ('closed', 'archived') then now() end,
      case when status in ('closed', 'archived') then 'closed in the ATS' end, ${names}
    from input
    on conflict (employer_id, id) do update set ${assignments},
      status = excluded.status,
      version = job.version + case when (${before}) is distinct from (${after}) then 1 else 0 end,
      published_at = coalesce(job.published_at, excluded.published_at),
      closed_at = case when job.status = excluded.status then job.closed_at else excluded.closed_at end,
      close_reason = case when job.status = excluded.status then job.close_reason else excluded.close_reason end,
      updated_at = now()
    returning id, title, status
  )
  select written.id, written.title, written.status, earlier.status as status_before
  from written left join earlier on earlier.id = written.id`;

/** Writes a page of an ATS's stages. A stage of a job that was not copied yet is rejected and comes with the next scan. */
export const upsertSyncedStages = pageWriter("stages", async (scope, todo) => {
  const { tx, employerId, connectionId } = scope;
  const jobs = await localIds(
    scope,
    "jobs",
    todo.map(({ row }) => row.data.jobExternalId ?? ""),
  );
  const usable = todo.filter(({ row }) => row.data.jobExternalId === undefined || jobs.has(row.data.jobExternalId));
  const values = usable.map((item) => ({
    ...linkOf(item),
    job_id: jobs.get(item.row.data.jobExternalId ?? "") ?? null,
    name: item.row.data.name,
    position: item.row.data.position,
  }));
  if (values.length > 0) {
    await tx.execute(sql`
      with input as (
        select * from jsonb_to_recordset(${asJson(values)}) as r(
          external_id text, version text, hash text, local_id uuid, job_id uuid, name text, position int)
      ), links as (${linkInput(scope)})
      insert into stage (employer_id, id, job_id, name, position, connection_id)
      select ${employerId}, local_id, job_id, name, position, ${connectionId} from input
      on conflict (employer_id, id) do update set
        job_id = excluded.job_id, name = excluded.name, position = excluded.position`);
  }
  const rejects = todo
    .filter((item) => !usable.includes(item))
    .map(({ row }) => ({ externalId: row.externalId, reason: "Its job has not been copied yet." }));
  return { written: usable, rejects };
});

const link = z.object({ external_id: z.string(), local_id: z.string() });

/** Our ids of a vendor's ids, deleted ones left out. */
export async function localIds(
  scope: PageScope,
  resource: string,
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  const wanted = [...new Set(externalIds)].filter((id) => id !== "");
  if (wanted.length === 0) return new Map();
  const rows = await scope.tx.execute(sql`
    select external_id, local_id from external_record
    where employer_id = ${scope.employerId} and connection_id = ${scope.connectionId} and resource = ${resource}
      and deleted_at is null and external_id in (select jsonb_array_elements_text(${asJson(wanted)}))`);
  return new Map(rows.map((row) => link.parse(row)).map((row) => [row.external_id, row.local_id]));
}
