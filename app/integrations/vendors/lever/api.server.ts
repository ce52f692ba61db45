import { z } from "zod";
import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx, HttpRequest } from "../../contract/ctx.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { changedSince, everyPage, pageAt } from "../../kit/pull.server.ts";
import type { manifest } from "./manifest.ts";

export type LeverCtx = Ctx<ConfigOf<typeof manifest>>;

/** Accounts of all regions are reached by the one host. */
export const apiUrl = (path: string): string => `https://api.lever.co/v1/${path}`;

export const listOf = <S extends z.ZodType>(item: S) =>
  z.object({ data: z.array(item), hasNext: z.boolean().nullish() });
export const oneOf = <S extends z.ZodType>(item: S) => z.object({ data: item });

/** The time filter of a list, in milliseconds; no filter on a first copy. */
export const changedOnly = (checkpoint: string | null): HttpRequest["query"] => ({
  updated_at_start: changedSince(checkpoint)?.getTime(),
});

/** One page; the token of the next is opaque. Lever answers 400 to one that it no longer takes: kind cursor-expired. */
export async function listPage<S extends z.ZodType>(
  ctx: LeverCtx,
  path: string,
  item: S,
  query: HttpRequest["query"],
  cursor: string | null,
) {
  const request = { url: apiUrl(path), query: { limit: 100, ...query }, cursor };
  const how = { by: "cursor", at: "next", param: "offset" } as const;
  const { body, next } = await pageAt(cursor, "Lever", () => ctx.http.page(request, listOf(item), how));
  return { rows: body.data, next: body.hasNext ? next : null };
}

/** The ids that Lever says were deleted since the checkpoint; none on a first copy, which reads everything. */
export async function deletedSince(
  ctx: LeverCtx,
  path: "postings" | "opportunities",
  checkpoint: string | null,
): Promise<string[]> {
  const since = changedSince(checkpoint);
  if (since === null) return [];
  const query = { deleted_at_start: since.getTime() };
  const row = z.object({ id: z.string() });
  return (await everyPage((cursor) => listPage(ctx, `${path}/deleted`, row, query, cursor))).map(({ id }) => id);
}

/** A write in the name of the acting user. Kind config without one. */
export function write(ctx: LeverCtx, method: "POST" | "PUT", path: string, body: unknown): HttpRequest {
  const { actingUserId } = ctx.config;
  if (actingUserId) return { method, url: apiUrl(path), query: { perform_as: actingUserId }, body };
  throw new IntegrationError("config", "Lever takes no change without an acting user.", { field: "actingUserId" });
}
