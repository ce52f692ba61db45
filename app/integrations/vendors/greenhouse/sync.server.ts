import { z } from "zod";
import type { Page, PullQuery, Sync, Upsert } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
import type { OwnResource } from "../../contract/manifest.ts";
import { changedSince, pageOf, unlessMissing } from "../../kit/pull.server.ts";
import { pushApplications } from "../../kit/push.server.ts";
import { baseUrl, type GreenhouseCtx, isV1, listByIds, listPage } from "./api.server.ts";
import type { manifest } from "./manifest.ts";
import { pushOne } from "./push.server.ts";
import * as wire from "./wire.ts";

type Own = OwnResource<typeof manifest>;

/** One list of Harvest in one version: a page of it, and its records by id. */
function list<S extends z.ZodType, U extends Upsert>(
  path: string,
  row: S,
  toDomain: (rows: readonly z.output<S>[], ctx: GreenhouseCtx) => U[] | Promise<U[]>,
) {
  return {
    async page(ctx: GreenhouseCtx, query: Record<string, string | number>, cursor: string | null) {
      const { body, next } = await listPage(ctx, path, row, query, cursor);
      return { upserts: await toDomain(body, ctx), next };
    },
    /** Version 3 filters its lists by ids; version 1 reads one record by its path. */
    async one(ctx: GreenhouseCtx, id: string): Promise<U | null> {
      if (!isV1(ctx)) return (await toDomain(await listByIds(ctx, path, row, "ids", [id]), ctx))[0] ?? null;
      const found = await unlessMissing(() => ctx.http.json({ url: `${baseUrl(ctx)}/${path}/${id}` }, row));
      return found === null ? null : ((await toDomain([found], ctx))[0] ?? null);
    },
  };
}

async function jobsV3(rows: readonly z.output<typeof wire.jobV3>[], ctx: GreenhouseCtx): Promise<Upsert<"jobs">[]> {
  const jobs = rows.filter(wire.isShown);
  const ids = jobs.map((job) => job.id);
  const departmentIds = jobs.flatMap((job) => job.department_id ?? []);
  const officeIds = jobs.flatMap((job) => job.office_ids ?? []);
  const posts = await listByIds(ctx, "job_posts", wire.jobPost, "job_ids", ids);
  const departments = await listByIds(ctx, "departments", wire.department, "ids", departmentIds);
  const offices = await listByIds(ctx, "offices", wire.office, "ids", officeIds);
  return jobs.map((job) =>
    wire.jobToDomain(job, {
      posts,
      departments: departments.filter(({ id }) => id === job.department_id).map(({ name }) => name),
      offices: offices.filter(({ id }) => job.office_ids?.includes(id)),
    }),
  );
}

/** v1 has no filter by job on its list of posts, so each job's own post list is read. */
async function jobsV1(rows: readonly z.output<typeof wire.jobV1>[], ctx: GreenhouseCtx): Promise<Upsert<"jobs">[]> {
  const upserts: Upsert<"jobs">[] = [];
  for (const job of rows.filter(wire.isShown)) {
    const posts = await ctx.http.json({ url: `${baseUrl(ctx)}/jobs/${job.id}/job_posts` }, z.array(wire.jobPost));
    const departments = (job.departments ?? []).flatMap((one) => one?.name ?? []);
    const openings = Math.max(1, (job.openings ?? []).filter((one) => one.status === "open").length);
    upserts.push(wire.jobToDomain(job, { posts, departments, offices: job.offices ?? [], openings }));
  }
  return upserts;
}

/** An application of version 3 names its source by id. A credential that may not read sources leaves them unknown. */
async function applicationsV3(
  rows: readonly z.output<typeof wire.applicationV3>[],
  ctx: GreenhouseCtx,
): Promise<Upsert<"applications">[]> {
  const ids = rows.flatMap((row) => row.source_id ?? []);
  const sources = await listByIds(ctx, "sources", wire.source, "ids", ids).catch((error: unknown) => {
    if (error instanceof IntegrationError && error.kind === "forbidden") return [];
    throw error;
  });
  return rows.flatMap((row) => wire.applicationFromV3(row, sources));
}

const candidates = list("candidates", wire.candidate, (rows) => rows.flatMap(wire.candidateToDomain));

const v3 = {
  jobs: list("jobs", wire.jobV3, jobsV3),
  stages: list("job_interview_stages", wire.stageV3, (rows) => rows.flatMap(wire.stageToDomain)),
  candidates,
  applications: list("applications", wire.applicationV3, applicationsV3),
};

const v1 = {
  jobs: list("jobs", wire.jobV1, jobsV1),
  stages: list("job_stages", wire.stageV1, (rows) => rows.flatMap(wire.stageToDomain)),
  candidates,
  applications: list("applications", wire.applicationV1, (rows) => rows.flatMap(wire.applicationFromV1)),
};

const listsOf = (ctx: GreenhouseCtx) => (isV1(ctx) ? v1 : v3);

/** Stage definitions carry no update time: every run reads them all, they are few. */
function since(ctx: GreenhouseCtx, { resource, checkpoint }: PullQuery<Own>): Record<string, string> {
  const from = changedSince(checkpoint)?.toISOString();
  if (!from || resource === "stages") return {};
  if (!isV1(ctx)) return { updated_at: `gte|${from}` };
  return resource === "applications" ? { last_activity_after: from } : { updated_after: from };
}

async function pull(ctx: GreenhouseCtx, query: PullQuery<Own>): Promise<Page> {
  const filter = { ...since(ctx, query), ...(query.resource === "jobs" ? { per_page: 50 } : {}) };
  const { upserts, next } = await listsOf(ctx)[query.resource].page(ctx, filter, query.cursor);
  return pageOf(upserts, next);
}

export const sync: Sync = {
  pull,
  fetch: (ctx: GreenhouseCtx, resource: Own, externalId: string) => listsOf(ctx)[resource].one(ctx, externalId),
  push: (ctx: GreenhouseCtx, _resource, changes) =>
    pushApplications(changes, (change) => pushOne(ctx, change, (id) => listsOf(ctx).applications.one(ctx, id))),
};
