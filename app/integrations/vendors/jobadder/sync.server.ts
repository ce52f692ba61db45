import { z } from "zod";
import type { Page, PullQuery, Sync, Upsert } from "../../contract/capabilities.ts";
import type { OwnResource } from "../../contract/manifest.ts";
import { pageOf, unlessMissing } from "../../kit/pull.server.ts";
import { apiUrl, changedPage, type JobadderCtx, provenGone, wholeList } from "./api.server.ts";
import type { manifest } from "./manifest.ts";
import { push } from "./push.server.ts";
import * as wire from "./wire.ts";

type Own = OwnResource<typeof manifest>;

const idNames = { jobs: "jobId", candidates: "candidateId", applications: "applicationId" } as const;
type Listed = keyof typeof idNames;

/** Ads have no filter and no update time: they are read whole and joined by their job. */
const ads = (ctx: JobadderCtx) => wholeList(ctx, "jobads", wire.jobAd, 500);

/** What was deleted in the last 14 days; the vendor remembers no longer. */
async function deletedOf(ctx: JobadderCtx, resource: Listed): Promise<string[]> {
  const row = z.object({ [idNames[resource]]: z.number().int() });
  const request = { url: apiUrl(ctx, `${resource}/deleted`) };
  const { items } = await ctx.http.json(request, z.object({ items: z.array(row).nullish() }));
  return (items ?? []).flatMap((one) => Object.values(one).map(String));
}

type Rows = { upserts: readonly Upsert[]; cursor: string | null; total?: number };

const lists: Readonly<Record<Listed, (ctx: JobadderCtx, query: PullQuery<Own>) => Promise<Rows>>> = {
  async jobs(ctx, query) {
    const { rows, ...page } = await changedPage(ctx, "jobs", wire.job, wire.markOfJob, query);
    const texts = rows.length > 0 ? await ads(ctx) : [];
    return { ...page, upserts: rows.map((row) => wire.jobToDomain(row, texts, ctx.now())) };
  },
  async candidates(ctx, query) {
    const { rows, ...page } = await changedPage(ctx, "candidates", wire.candidate, wire.markOfCandidate, query);
    return { ...page, upserts: rows.map(wire.candidateToDomain) };
  },
  async applications(ctx, query) {
    const { rows, ...page } = await changedPage(ctx, "applications", wire.application, wire.markOfApplication, query);
    return { ...page, upserts: rows.flatMap((row) => wire.applicationToDomain(row) ?? []) };
  },
};

async function stages(ctx: JobadderCtx): Promise<Upsert<"stages">[]> {
  const request = { url: apiUrl(ctx, "applications/lists/status") };
  const { items } = await ctx.http.json(request, z.object({ items: z.array(wire.applicationStatus) }));
  return items.map(wire.stageToDomain);
}

async function pull(ctx: JobadderCtx, query: PullQuery<Own>): Promise<Page> {
  if (query.resource === "stages") return pageOf(await stages(ctx), null);
  const { upserts, cursor, ...more } = await lists[query.resource](ctx, query);
  // Deletions come with the last page, when everything older has been read.
  const deletedIds = cursor === null ? await deletedOf(ctx, query.resource) : [];
  return pageOf(upserts, cursor, { ...more, deletedIds });
}

const reads: Readonly<Record<Listed, (ctx: JobadderCtx, id: string) => Promise<Upsert | null>>> = {
  async jobs(ctx, id) {
    const row = await ctx.http.json({ url: apiUrl(ctx, `jobs/${id}`) }, wire.job);
    return wire.jobToDomain(row, await ads(ctx), ctx.now());
  },
  async candidates(ctx, id) {
    return wire.candidateToDomain(await ctx.http.json({ url: apiUrl(ctx, `candidates/${id}`) }, wire.candidate));
  },
  async applications(ctx, id) {
    return wire.applicationToDomain(await ctx.http.json({ url: apiUrl(ctx, `applications/${id}`) }, wire.application));
  },
};

/** An event about an ad names the ad (`ad:5550`); what it changes is the ad's job. */
async function jobOfAd(ctx: JobadderCtx, id: string): Promise<string | null> {
  if (!id.startsWith("ad:")) return id;
  const ad = await ctx.http.json({ url: apiUrl(ctx, `jobads/${id.slice(3)}`) }, wire.jobAd);
  return ad.job?.jobId ?? null;
}

async function fetchOne(ctx: JobadderCtx, resource: Own, externalId: string): Promise<Upsert | null> {
  if (resource === "stages") return (await stages(ctx)).find((stage) => stage.externalId === externalId) ?? null;
  const found = await unlessMissing(async () => {
    const id = resource === "jobs" ? await jobOfAd(ctx, externalId) : externalId;
    return { row: id === null ? null : await reads[resource](ctx, id) };
  });
  return found ? found.row : provenGone(ctx, resource, await deletedOf(ctx, resource), externalId);
}

export const sync: Sync = { pull, fetch: fetchOne, push };
