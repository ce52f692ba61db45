import { z } from "zod";
import type { Change, Page, PullQuery, PushResult, Sync, Upsert } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
import type { OwnResource } from "../../contract/manifest.ts";
import { baseUrl, type GreenhouseCtx, isV1, listByIds, listPage, write } from "./api.server.ts";
import type { manifest } from "./manifest.ts";
import * as wire from "./wire.ts";

type Own = OwnResource<typeof manifest>;

/** Clocks differ and rows commit late: each run reads again the last five minutes before the checkpoint. */
const OVERLAP_MS = 5 * 60_000;

function since(ctx: GreenhouseCtx, query: PullQuery<Own>): Record<string, string> {
  if (!query.checkpoint) return {};
  const from = new Date(new Date(query.checkpoint).getTime() - OVERLAP_MS).toISOString();
  if (!isV1(ctx)) return { updated_at: `gte|${from}` };
  return query.resource === "applications" ? { last_activity_after: from } : { updated_after: from };
}

async function joinJobs(ctx: GreenhouseCtx, jobs: readonly z.output<typeof wire.jobV3>[]): Promise<Upsert[]> {
  const posts = await listByIds(
    ctx,
    "job_posts",
    wire.jobPost,
    "job_ids",
    jobs.map((job) => job.id),
  );
  const departmentIds = jobs.flatMap((job) => (job.department_id ? [job.department_id] : []));
  const departments = await listByIds(ctx, "departments", wire.departmentV3, "ids", departmentIds);
  const offices = await listByIds(
    ctx,
    "offices",
    wire.officeV3,
    "ids",
    jobs.flatMap((job) => job.office_ids ?? []),
  );
  return jobs.map((job) => wire.jobFromV3(job, { posts, departments, offices }));
}

/** v1 has no filter by job on its list of posts, so each open job's own post list is read. */
async function joinJobsV1(ctx: GreenhouseCtx, jobs: readonly z.output<typeof wire.jobV1>[]): Promise<Upsert[]> {
  const upserts: Upsert[] = [];
  for (const job of jobs) {
    const posts = await ctx.http.json({ url: `${baseUrl(ctx)}/jobs/${job.id}/job_posts` }, z.array(wire.jobPost));
    upserts.push(wire.jobFromV1(job, posts));
  }
  return upserts;
}

const visibleJob = (job: { is_template?: boolean | null | undefined; confidential?: boolean | null | undefined }) =>
  !job.is_template && !job.confidential;

type Rows = { upserts: readonly Upsert[]; next: string | null };

async function pullJobs(ctx: GreenhouseCtx, query: PullQuery<Own>): Promise<Rows> {
  const filter = { ...since(ctx, query), per_page: 50 };
  if (isV1(ctx)) {
    const { body, next } = await listPage(ctx, "jobs", wire.jobV1, filter, query.cursor);
    return { upserts: await joinJobsV1(ctx, body.filter(visibleJob)), next };
  }
  const { body, next } = await listPage(ctx, "jobs", wire.jobV3, filter, query.cursor);
  return { upserts: await joinJobs(ctx, body.filter(visibleJob)), next };
}

async function pullStages(ctx: GreenhouseCtx, query: PullQuery<Own>): Promise<Rows> {
  // Stage definitions carry no update time: every run reads them all, they are few.
  const { body, next } = isV1(ctx)
    ? await listPage(ctx, "job_stages", wire.stageV1, {}, query.cursor)
    : await listPage(ctx, "job_interview_stages", wire.stageV3, {}, query.cursor);
  return { upserts: body.filter((stage) => stage.active !== false).map(wire.stageToDomain), next };
}

async function pullCandidates(ctx: GreenhouseCtx, query: PullQuery<Own>): Promise<Rows> {
  const { body, next } = await listPage(ctx, "candidates", wire.candidate, since(ctx, query), query.cursor);
  const open = body.filter((person) => !person.private && !person.is_private);
  return { upserts: open.map(wire.candidateToDomain), next };
}

async function pullApplications(ctx: GreenhouseCtx, query: PullQuery<Own>): Promise<Rows> {
  if (isV1(ctx)) {
    const { body, next } = await listPage(ctx, "applications", wire.applicationV1, since(ctx, query), query.cursor);
    return { upserts: body.flatMap(fromV1), next };
  }
  const { body, next } = await listPage(ctx, "applications", wire.applicationV3, since(ctx, query), query.cursor);
  return { upserts: body.flatMap(fromV3), next };
}

/** Prospects are leads without a job: they are not applications to us. */
const fromV3 = (row: z.output<typeof wire.applicationV3>): Upsert[] =>
  row.prospect || !row.job_id ? [] : [wire.applicationFromV3({ ...row, job_id: row.job_id })];

const fromV1 = (row: z.output<typeof wire.applicationV1>): Upsert[] => {
  const job = row.jobs[0];
  return row.prospect || !job ? [] : [wire.applicationFromV1(row, job.id)];
};

const pulls: Record<Own, (ctx: GreenhouseCtx, query: PullQuery<Own>) => Promise<Rows>> = {
  jobs: pullJobs,
  stages: pullStages,
  candidates: pullCandidates,
  applications: pullApplications,
};

async function pull(ctx: GreenhouseCtx, query: PullQuery<Own>): Promise<Page> {
  const { upserts, next } = await pulls[query.resource](ctx, query);
  return { upserts, rejects: [], deletedIds: [], cursor: next };
}

async function fetchOne(ctx: GreenhouseCtx, resource: Own, externalId: string): Promise<Upsert | null> {
  if (isV1(ctx)) return fetchV1(ctx, resource, externalId);
  switch (resource) {
    case "jobs":
      return (
        (await joinJobs(ctx, (await listByIds(ctx, "jobs", wire.jobV3, "ids", [externalId])).filter(visibleJob)))[0] ??
        null
      );
    case "stages":
      return (
        (await listByIds(ctx, "job_interview_stages", wire.stageV3, "ids", [externalId])).map(wire.stageToDomain)[0] ??
        null
      );
    case "candidates": {
      const people = await listByIds(ctx, "candidates", wire.candidate, "ids", [externalId]);
      return people.filter((person) => !person.private).map(wire.candidateToDomain)[0] ?? null;
    }
    case "applications":
      return (await listByIds(ctx, "applications", wire.applicationV3, "ids", [externalId])).flatMap(fromV3)[0] ?? null;
  }
}

async function fetchV1(ctx: GreenhouseCtx, resource: Own, externalId: string): Promise<Upsert | null> {
  const path = resource === "stages" ? "job_stages" : resource;
  const read = <S extends z.ZodType>(schema: S) =>
    ctx.http.json({ url: `${baseUrl(ctx)}/${path}/${externalId}` }, schema);
  try {
    switch (resource) {
      case "jobs":
        return (await joinJobsV1(ctx, [await read(wire.jobV1)].filter(visibleJob)))[0] ?? null;
      case "stages":
        return wire.stageToDomain(await read(wire.stageV1));
      case "candidates":
        return wire.candidateToDomain(await read(wire.candidate));
      case "applications":
        return fromV1(await read(wire.applicationV1))[0] ?? null;
    }
  } catch (error) {
    if (error instanceof IntegrationError && error.kind === "not-found") return null;
    throw error;
  }
}

/**
 * Greenhouse has no idempotency key: before a person is made, the address is looked up, so that a lost answer does not
 * make a second one. Moves name the stage they start from, which Greenhouse checks itself.
 */
async function pushOne(ctx: GreenhouseCtx, change: Change<"applications">): Promise<PushResult> {
  const { localId, data } = change;
  if (change.op === "create") {
    const known = await findApplication(ctx, data.candidate.emails[0] ?? "", data.jobExternalId);
    const made = known ?? (await createApplication(ctx, change));
    return { localId, ok: true, ...made };
  }
  if (!change.externalId) throw new IntegrationError("validation", "This application is not in Greenhouse yet.");
  const target = data.moveToStageExternalId;
  const current = await fetchOne(ctx, "applications", change.externalId);
  if (!current) throw new IntegrationError("not-found", "Greenhouse no longer has this application.");
  const from = (current as Upsert<"applications">).data.stageExternalId;
  if (target && from !== target) {
    const body = { from_stage_id: Number(from), to_stage_id: Number(target) };
    await ctx.http.send(write(ctx, `applications/${change.externalId}/move`, body));
  }
  const moved = target && from !== target ? await fetchOne(ctx, "applications", change.externalId) : current;
  return { localId, ok: true, externalId: change.externalId, version: (moved ?? current).version };
}

type Made = { externalId: string; version: string; candidateExternalId: string };

async function findApplication(ctx: GreenhouseCtx, email: string, jobId: string): Promise<Made | null> {
  if (!email) return null;
  const url = `${baseUrl(ctx)}/candidates`;
  const people = await ctx.http.json({ url, query: { email } }, z.array(wire.candidate));
  for (const person of people) {
    const mine = isV1(ctx)
      ? (
          await ctx.http.json(
            { url: `${baseUrl(ctx)}/applications`, query: { job_id: jobId } },
            z.array(wire.applicationV1),
          )
        ).flatMap(fromV1)
      : (await listByIds(ctx, "applications", wire.applicationV3, "candidate_ids", [person.id])).flatMap(fromV3);
    const match = (mine as Upsert<"applications">[]).find(
      (row) => row.data.candidateExternalId === person.id && row.data.jobExternalId === jobId,
    );
    if (match) return { externalId: match.externalId, version: match.version, candidateExternalId: person.id };
  }
  return null;
}

async function createApplication(ctx: GreenhouseCtx, change: Change<"applications">): Promise<Made> {
  const person = wire.candidateFromDomain(change.data.candidate);
  const jobId = Number(change.data.jobExternalId);
  if (isV1(ctx)) {
    const made = await ctx.http.json(
      write(ctx, "candidates", { ...person, applications: [{ job_id: jobId }] }),
      wire.createdCandidateV1,
    );
    const externalId = made.application_ids?.[0];
    if (!externalId)
      throw new IntegrationError("unavailable", "Greenhouse took the person and is still making the application.");
    return { externalId, version: "created", candidateExternalId: made.id };
  }
  const made = await ctx.http.json(
    write(ctx, "candidates", { ...person, application: { job_id: jobId } }),
    wire.createdCandidate,
  );
  const version = made.application.updated_at?.toISOString() ?? "created";
  return { externalId: made.application.id, version, candidateExternalId: made.candidate.id };
}

async function push(
  ctx: GreenhouseCtx,
  resource: "candidates" | "applications",
  changes: readonly Change[],
): Promise<readonly PushResult[]> {
  const results: PushResult[] = [];
  for (const change of changes) {
    try {
      if (resource !== "applications")
        throw new IntegrationError("unsupported", "People travel with their application.");
      results.push(await pushOne(ctx, change as Change<"applications">));
    } catch (error) {
      if (
        !(error instanceof IntegrationError) ||
        ["auth-revoked", "rate-limited", "unavailable", "network"].includes(error.kind)
      )
        throw error;
      results.push({ localId: change.localId, ok: false, error });
    }
  }
  return results;
}

export const sync: Sync = { pull, fetch: fetchOne, push };
