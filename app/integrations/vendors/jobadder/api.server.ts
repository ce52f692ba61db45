import { z } from "zod";
import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx } from "../../contract/ctx.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { readPosition } from "../../kit/position.server.ts";
import { changedSince, everyPage } from "../../kit/pull.server.ts";
import type { manifest } from "./manifest.ts";

export type JobadderCtx = Ctx<ConfigOf<typeof manifest>>;

/**
 * A URL of the account's own API. Accounts live on regional instances: each token answer names the right one in `api`, and
 * on any other every record answers 404. The host is checked against the manifest with each call.
 */
export const apiUrl = (ctx: JobadderCtx, path: string): string =>
  `${(ctx.grant.api ?? "https://api.jobadder.com/v2").replace(/\/+$/, "")}/${path}`;

/** Rows of a list; `Embed=self` makes each the full record, so bodies are kept small. */
const PAGE = 200;

const position = z.object({ since: z.string().nullable(), offset: z.number().int(), seen: z.array(z.string()) });
type Position = z.output<typeof position>;

interface Changed {
  id: string;
  updatedAt: Date;
}

const secondBefore = (time: Date) => new Date(Math.floor(time.getTime() / 1000) * 1000 - 1000).toISOString();

/**
 * One page of what changed since the checkpoint, oldest change first. Offsets over a list that changes skip rows, so the
 * next page asks again from the last change seen and leaves out what came already; only rows of one and the same second
 * are paged by offset. Kind cursor-expired for a position that cannot be read.
 */
export async function changedPage<S extends z.ZodType>(
  ctx: JobadderCtx,
  path: string,
  item: S,
  markOf: (row: z.output<S>) => Changed,
  query: { cursor: string | null; checkpoint: string | null },
) {
  const at = query.cursor === null ? startOf(query.checkpoint) : readPosition(position, query.cursor);
  const list = z.object({ items: z.array(item).nullish(), totalCount: z.number() });
  const answer = await ctx.http.json(
    {
      url: apiUrl(ctx, path),
      query: {
        Embed: "self",
        Sort: "updatedAt",
        Limit: PAGE,
        Offset: at.offset,
        ...(at.since ? { UpdatedAt: `>${at.since}` } : {}),
      },
    },
    list,
  );
  const all = answer.items ?? [];
  const known = new Set(at.seen);
  const rows = all.filter((row) => !known.has(markOf(row).id));
  const next = all.length < PAGE ? null : after(at, all.map(markOf));
  return {
    rows,
    cursor: next && JSON.stringify(next),
    ...(query.cursor === null ? { total: answer.totalCount } : {}),
  };
}

const startOf = (checkpoint: string | null): Position => ({
  since: changedSince(checkpoint)?.toISOString() ?? null,
  offset: 0,
  seen: [],
});

function after(at: Position, page: readonly Changed[]): Position {
  const last = page.at(-1);
  if (!last) return at;
  const since = secondBefore(last.updatedAt);
  if (at.since !== null && since <= at.since)
    return { since: at.since, offset: at.offset + page.length, seen: [...at.seen, ...page.map((row) => row.id)] };
  const again = page.filter((row) => row.updatedAt.getTime() >= Date.parse(since)).map((row) => row.id);
  return { since, offset: 0, seen: at.offset > 0 ? [...at.seen, ...again] : again };
}

/** A list that is read whole, page by page. */
export function wholeList<S extends z.ZodType>(ctx: JobadderCtx, path: string, item: S, size: number) {
  const list = z.object({ items: z.array(item) });
  const how = { by: "offset", param: "Offset", size, sizeParam: "Limit", itemsAt: "items" } as const;
  return everyPage<z.output<S>>(async (cursor) => {
    const { body, next } = await ctx.http.page({ url: apiUrl(ctx, path), query: { Embed: "self" }, cursor }, list, how);
    return { rows: body.items, next };
  });
}

/**
 * What a 404 on one record means. A wrong region or a lost right looks the same as a deletion: the record is gone when it
 * is on the list of deletions, or when the account shows other records of its kind. Kind not-found otherwise.
 */
export async function provenGone(ctx: JobadderCtx, path: string, deletedIds: readonly string[], id: string) {
  if (deletedIds.includes(id)) return null;
  const { totalCount } = await ctx.http.json(
    { url: apiUrl(ctx, path), query: { Limit: 0 } },
    z.object({ totalCount: z.number() }),
  );
  if (totalCount > 0) return null;
  throw new IntegrationError("not-found", `JobAdder shows no ${path} at all, so nothing is taken for deleted.`);
}
