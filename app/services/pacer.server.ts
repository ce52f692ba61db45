import type { RateBucket } from "#app/integrations/contract/manifest.ts";
import type { PaceAsk, Pacer } from "#app/integrations/kit/pacer.server.ts";
import { sql } from "#db/client.server.ts";

/** Share of every bucket that background work leaves to people who are waiting. */
const RESERVE = 0.2;
/** A vendor that names no limit can still tell us to stop, and that needs a row to hold it. */
const UNLIMITED: readonly RateBucket[] = [{ limit: 1_000_000, seconds: 60 }];
/** Longer stops than this are a mistake of clocks or units. */
const LONGEST_STOP_MS = 24 * 3_600_000;

/**
 * The budget shared by all workers, in Postgres: taken before the call, from every bucket or from none. `interactive`
 * callers may spend the reserve. What an answer teaches (429, nothing remaining) stops everybody on the same budget.
 */
export function createPacer(options: { per: "connection" | "app"; world: string; interactive: boolean }): Pacer {
  const world = options.per === "app" && options.world === "sandbox" ? "sandbox:" : "";
  const scopeOf = (ask: PaceAsk) => `${options.per}:${ask.key}:${world}${ask.class ?? "all"}`;
  const bucketsOf = (ask: PaceAsk) => (ask.buckets.length > 0 ? ask.buckets : UNLIMITED);
  return {
    async take(ask) {
      const buckets = bucketsOf(ask);
      const [row] = await sql<{ until: Date | null }[]>`select take_budget(
        ${scopeOf(ask)}, ${buckets.map((bucket) => bucket.seconds)}::int[], ${buckets.map((bucket) => bucket.limit)}::int[],
        1, ${options.interactive ? 0 : RESERVE}) as until`;
      return row?.until ? { ok: false, retryAfter: row.until } : { ok: true };
    },
    async learn(ask, news) {
      const until = news.blockedUntil ?? (news.remaining === 0 ? news.resetAt : undefined);
      if (until === undefined || until.getTime() <= Date.now()) return;
      const capped = new Date(Math.min(until.getTime(), Date.now() + LONGEST_STOP_MS));
      await sql`update rate_budget set blocked_until = greatest(blocked_until, ${capped}) where scope = ${scopeOf(ask)}`;
    },
  };
}
