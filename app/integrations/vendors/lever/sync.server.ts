import type { z } from "zod";
import type { Page, PullQuery, Sync, Upsert } from "../../contract/capabilities.ts";
import type { OwnResource } from "../../contract/manifest.ts";
import { lostPosition } from "../../kit/position.server.ts";
import { pageOf, unlessMissing } from "../../kit/pull.server.ts";
import { apiUrl, changedOnly, deletedSince, type LeverCtx, listOf, listPage, oneOf } from "./api.server.ts";
import type { manifest } from "./manifest.ts";
import { push } from "./push.server.ts";
import * as wire from "./wire.ts";

type Own = OwnResource<typeof manifest>;
type Pull = (ctx: LeverCtx, query: PullQuery<Own>) => Promise<Page>;

/** Reads the reasons only where a row was archived: only their type tells a hire from a rejection. */
export async function reasonsFor(ctx: LeverCtx, rows: readonly wire.Expanded[]): Promise<wire.ArchiveReason[]> {
  if (!rows.some((row) => row.archived)) return [];
  return (await ctx.http.json({ url: apiUrl("archive_reasons") }, listOf(wire.archiveReason))).data;
}

/** Whether Lever lists archived opportunities unasked is not certain: the open ones are read first, then the archived. */
const halves = { open: { archived: false }, archived: { archived: true } } as const;

/** Where a list of opportunities goes on. Kind cursor-expired for a position of another form. */
function halfAt(cursor: string | null) {
  const found = /^(open|archived):(.*)$/s.exec(cursor ?? "open:");
  if (!found) throw lostPosition();
  return { own: found[1] === "archived" ? "archived" : "open", token: found[2] ?? "" } as const;
}

async function opportunityPage<S extends z.ZodType>(
  ctx: LeverCtx,
  schema: S,
  query: PullQuery<Own>,
  expand: { expand?: string } = {},
) {
  const { own, token } = halfAt(query.cursor);
  const filter = { ...changedOnly(query.checkpoint), ...halves[own], ...expand };
  const { rows, next } = await listPage(ctx, "opportunities", schema, filter, token === "" ? null : token);
  return { rows, cursor: next !== null ? `${own}:${next}` : own === "open" ? "archived:" : null };
}

const pulls: Readonly<Record<Own, Pull>> = {
  async jobs(ctx, { cursor, checkpoint }) {
    const { rows, next } = await listPage(ctx, "postings", wire.posting, changedOnly(checkpoint), cursor);
    const gone = next === null ? await deletedSince(ctx, "postings", checkpoint) : [];
    return pageOf(rows.map(wire.jobToDomain), next, { deletedIds: gone });
  },
  async stages(ctx) {
    return pageOf(await stages(ctx), null);
  },
  /** A person who was anonymised in Lever is wiped here as one who was deleted. */
  async candidates(ctx, query) {
    const { rows, cursor } = await opportunityPage(ctx, wire.opportunity, query);
    const wiped = rows.filter((row) => row.isAnonymized).map((row) => row.id);
    const gone = cursor === null ? await deletedSince(ctx, "opportunities", query.checkpoint) : [];
    const kept = rows.filter((row) => !row.isAnonymized);
    return pageOf(kept.map(wire.candidateToDomain), cursor, { deletedIds: [...wiped, ...gone] });
  },
  async applications(ctx, query) {
    const { rows, cursor } = await opportunityPage(ctx, wire.expanded, query, { expand: "applications" });
    const reasons = await reasonsFor(ctx, rows);
    return pageOf(
      rows.flatMap((row) => wire.applicationsToDomain(row, reasons)),
      cursor,
    );
  },
};

const stages = async (ctx: LeverCtx): Promise<Upsert<"stages">[]> =>
  (await ctx.http.json({ url: apiUrl("stages") }, listOf(wire.stage))).data.map(wire.stageToDomain);

const reads: Readonly<Record<Own, (ctx: LeverCtx, id: string) => Promise<Upsert | null>>> = {
  async jobs(ctx, id) {
    return wire.jobToDomain((await ctx.http.json({ url: apiUrl(`postings/${id}`) }, oneOf(wire.posting))).data);
  },
  async stages(ctx, id) {
    return (await stages(ctx)).find((stage) => stage.externalId === id) ?? null;
  },
  async candidates(ctx, id) {
    const { data } = await ctx.http.json({ url: apiUrl(`opportunities/${id}`) }, oneOf(wire.opportunity));
    return data.isAnonymized ? null : wire.candidateToDomain(data);
  },
  async applications(ctx, id) {
    const request = { url: apiUrl(`opportunities/${id.split("/")[0]}`), query: { expand: "applications" } };
    const { data } = await ctx.http.json(request, oneOf(wire.expanded));
    const all = wire.applicationsToDomain(data, await reasonsFor(ctx, [data]));
    return all.find((one) => one.externalId === id) ?? null;
  },
};

export const sync: Sync = {
  pull: (ctx, query: PullQuery<Own>) => pulls[query.resource](ctx, query),
  fetch: (ctx, resource: Own, externalId) => unlessMissing(() => reads[resource](ctx, externalId)),
  push,
};
