import { type SQL, sql } from "drizzle-orm";

/** A delivery may be taken this much early: the clocks of Postgres and the workers differ. */
const EARLY_MS = 250;
/** Ids of what is due are not younger than this; made by machines whose clocks differ. */
const AHEAD_MS = 3_600_000;
/** How far back a claim looks for what nobody named: the sweep says when there is something older. */
const RECENT_MS = 24 * 3_600_000;

/** Which deliveries a claim looks at. */
export interface DueRange {
  now: Date;
  /** The oldest id to look for, where one is known to wait that is more than a day old. */
  oldest?: string | undefined;
  /** Only this delivery. */
  only?: string | undefined;
}

/** The smallest UUIDv7 of an instant. */
const floorId = (at: number): string => {
  const hex = Math.max(0, at).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

/** The ids among which a claim looks, so that only partitions which can hold them are opened. */
export function rangeOf(employerId: string, { now, oldest, only }: DueRange): SQL {
  const recent = floorId(Math.min(now.getTime(), Date.now()) - RECENT_MS);
  const from = only ?? (oldest && oldest < recent ? oldest : recent);
  const to = only ?? floorId(now.getTime() + AHEAD_MS);
  return sql`d.employer_id = ${employerId}::uuid and d.id between ${from}::uuid and ${to}::uuid`;
}

const instant = (at: number): SQL => sql`${new Date(at).toISOString()}::timestamptz`;

/** Due, and nobody is making the attempt. */
export const isDue = (now: Date): SQL => sql`d.next_attempt_at <= ${instant(now.getTime() + EARLY_MS)}
  and (d.leased_until is null or d.leased_until <= ${instant(now.getTime())})`;

/** An attempt of it is under way. */
export const isLeased = (now: Date): SQL => sql`d.leased_until > ${instant(now.getTime())}`;
