import { z } from "zod";
import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx, HttpRequest } from "../../contract/ctx.ts";
import { pageAt } from "../../kit/pull.server.ts";
import type { manifest } from "./manifest.ts";

export type GreenhouseCtx = Ctx<ConfigOf<typeof manifest>>;

/** Harvest v3, or v1 for connections that still hold an old key. */
export function baseUrl(ctx: GreenhouseCtx): string {
  return `https://harvest.greenhouse.io/${ctx.config.apiVersion === "v1" ? "v1" : "v3"}`;
}

export const isV1 = (ctx: GreenhouseCtx): boolean => ctx.config.apiVersion === "v1";

/**
 * One page of a list; the next page is the Link header's URL as given, because v3 allows no parameter beside its cursor.
 * Harvest answers 422 to a cursor that it no longer knows: kind cursor-expired.
 */
export async function listPage<S extends z.ZodType>(
  ctx: GreenhouseCtx,
  path: string,
  item: S,
  query: HttpRequest["query"],
  cursor: string | null,
) {
  const request = { url: `${baseUrl(ctx)}/${path}`, query: { per_page: 100, ...query }, cursor };
  return pageAt(cursor, "Greenhouse", () => ctx.http.page(request, z.array(item), { by: "link-header" }));
}

/** All rows whose `param` is among `ids`, at most 50 a call as Harvest allows. */
export async function listByIds<S extends z.ZodType>(
  ctx: GreenhouseCtx,
  path: string,
  item: S,
  param: string,
  ids: readonly string[],
) {
  const unique = [...new Set(ids)];
  const rows: z.output<S>[] = [];
  for (let start = 0; start < unique.length; start += 50) {
    const query = { per_page: 500, [param]: unique.slice(start, start + 50).join(",") };
    rows.push(...(await ctx.http.json({ url: `${baseUrl(ctx)}/${path}`, query }, z.array(item))));
  }
  return rows;
}

/** A write; v1 wants the acting user named on each. */
export function write(ctx: GreenhouseCtx, path: string, body: unknown): HttpRequest {
  const headers = isV1(ctx) && ctx.config.actingUserId ? { "On-Behalf-Of": ctx.config.actingUserId } : {};
  return { method: "POST", url: `${baseUrl(ctx)}/${path}`, body, headers };
}
