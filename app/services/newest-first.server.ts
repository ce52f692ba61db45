import { and, gte, lt, type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

const DAY_MS = 86_400_000;
/** Ids are made by the clocks of many machines: what looks like the day after tomorrow may be there already. */
const AHEAD_MS = 2 * DAY_MS;
/** How far back each look reaches, in days; the last one reaches to the beginning. */
const LOOKS = [2, 14, null] as const;

/** The smallest id that a row made at this instant can have. */
export const idAt = (at: Date): SQL => sql`uuid_floor(${at.toISOString()}::timestamptz)`;

/** When a UUIDv7 was made. */
export const madeAt = (id: string): Date => new Date(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16));

interface Span {
  /** Only rows older than this one. */
  before?: string | undefined;
  /** Only rows made before this instant. */
  until?: Date | undefined;
  limit: number;
  now?: Date;
}

/**
 * The newest rows of a table with daily partitions, at most `limit`, older than the row `before` if one is given. `read`
 * gets the bounds of one look and how many rows are still missing; it orders by id, newest first. Most pages are full
 * after the first look, which opens the partitions of a few days and not of a quarter of a year.
 */
export async function newestFirst<Row>(
  id: AnyPgColumn,
  { before, until, limit, now = new Date() }: Span,
  read: (within: SQL | undefined, missing: number) => Promise<Row[]>,
): Promise<Row[]> {
  const found: Row[] = [];
  const newest = before === undefined ? new Date(now.getTime() + AHEAD_MS) : madeAt(before);
  const top = until && until < newest ? until : newest;
  let upper = and(lt(id, before ?? idAt(newest)), until ? lt(id, idAt(until)) : undefined);
  for (const days of LOOKS) {
    const from = days === null ? null : idAt(new Date(Math.min(top.getTime(), now.getTime()) - days * DAY_MS));
    found.push(...(await read(from ? and(upper, gte(id, from)) : upper, limit - found.length)));
    if (found.length >= limit || !from) break;
    upper = lt(id, from);
  }
  return found;
}
