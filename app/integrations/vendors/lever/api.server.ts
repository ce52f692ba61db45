import { z } from "zod";
import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx, HttpRequest } from "../../contract/ctx.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { changedSince } from "../../kit/pull.server.ts";
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
  try {
    const { body, next } = await ctx.http.page(request, listOf(item), { by: "cursor", at: "next", param: "offset" });
    return { rows: body.data, next: body.hasNext ? next : null };
  } catch (error) {
    if (cursor === null || !(error instanceof IntegrationError) || error.kind !== "validation") throw error;
    throw new IntegrationError("cursor-expired", "Lever no longer knows where this sync stopped.", { cause: error });
  }
}

/** The ids that Lever says were deleted since the checkpoint; none on a first copy, which reads everything. */
export async function deletedSince(
  ctx: LeverCtx,
  path: "postings" | "opportunities",
  checkpoint: string | null,
): Promise<string[]> {
  const since = changedSince(checkpoint);
  if (since === null) return [];
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const query = { deleted_at_start: since.getTime() };
    const page: { rows: { id: string }[]; next: string | null } = await listPage(
      ctx,
      `${path}/deleted`,
      z.object({ id: z.string() }),
      query,
      cursor,
    );
    ids.push(...page.rows.map((row) => row.id));
    cursor = page.next;
  } while (cursor !== null);
  return ids;
}

/** A write in the name of the acting user. Kind config without one. */
export function write(ctx: LeverCtx, method: "POST" | "PUT", path: string, body: unknown): HttpRequest {
  const { actingUserId } = ctx.config;
  if (actingUserId) return { method, url: apiUrl(path), query: { perform_as: actingUserId }, body };
  throw new IntegrationError("config", "Lever takes no change without an acting user.", { field: "actingUserId" });
}
