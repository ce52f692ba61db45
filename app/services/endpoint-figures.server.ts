import { and, count, eq, inArray, isNotNull, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { idArray } from "#db/lists.server.ts";
import { delivery } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { idAt } from "./newest-first.server.ts";

export interface EndpointFigures {
  delivered: number;
  failed: number;
  /** Deliveries that wait for an attempt. */
  waiting: number;
  /** Half of the answers came within this many milliseconds. */
  typicalMs: number | null;
  /** Of all attempts, the milliseconds within which so many of a hundred ended; null while there were none. */
  latency: { p50: number; p95: number; p99: number } | null;
  hours: { at: string; good: number; bad: number }[];
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Attempts of the last 24 hours in figures, for one endpoint or for all. */
export async function endpointFigures(
  actor: Actor,
  endpointIds: readonly string[],
  now: Date = new Date(),
): Promise<Map<string, EndpointFigures>> {
  allow(actor, "webhooks:read");
  if (endpointIds.length === 0) return new Map();
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const rows = (await tx.execute(attemptsByHour(employerId, endpointIds, now))).map((row) => figureRow.parse(row));
    const waiting = await tx
      .select({ endpointId: delivery.endpointId, count: count() })
      .from(delivery)
      .where(
        and(
          eq(delivery.employerId, employerId),
          inArray(delivery.endpointId, [...endpointIds]),
          // Led by the index of what is due, which holds little else: of a million that are done none is read.
          isNotNull(delivery.nextAttemptAt),
          inArray(delivery.state, ["queued", "retrying", "sending"]),
        ),
      )
      .groupBy(delivery.endpointId);
    return new Map(
      endpointIds.map((id) => {
        const own = rows.filter((row) => row.endpoint_id === id);
        const mine = own.filter((row) => row.hour !== null);
        const byHour = new Map(mine.map((row) => [row.hour, row]));
        const hours = Array.from({ length: 24 }, (_, index) => {
          const at = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS - (23 - index) * HOUR_MS);
          const key = `${at.toISOString().slice(0, 13)}:00:00Z`;
          return { at: key, good: byHour.get(key)?.good ?? 0, bad: byHour.get(key)?.bad ?? 0 };
        });
        return [
          id,
          {
            delivered: mine.reduce((sum, row) => sum + row.good, 0),
            failed: mine.reduce((sum, row) => sum + row.bad, 0),
            waiting: waiting.find((row) => row.endpointId === id)?.count ?? 0,
            ...latencyOf(own.find((row) => row.hour === null)?.ms),
            hours,
          },
        ];
      }),
    );
  });
}

const figureRow = z.object({
  endpoint_id: z.string(),
  /** Null in the row of the whole day, which alone has `ms`: the percentiles, with commas between them. */
  hour: z.string().nullable(),
  good: z.number(),
  bad: z.number(),
  ms: z.string().nullable(),
});

/** The attempts are read once; hours are told apart as numbers, because words for each of thousands cost more than reading them. */
const attemptsByHour = (employerId: string, endpointIds: readonly string[], now: Date): SQL => sql`
  with seen as materialized (
    select a.endpoint_id, date_bin('1 hour', a.started_at, 'epoch'::timestamptz) as hour, a.outcome = 'delivered' as good, a.milliseconds as ms
    from attempt a where a.employer_id = ${employerId}::uuid and a.endpoint_id = any(${idArray(endpointIds)})
      and a.id >= ${idAt(new Date(now.getTime() - DAY_MS))}::uuid and a.id < ${idAt(new Date(now.getTime() + DAY_MS))}::uuid
  )
  select endpoint_id, to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:00:00"Z"') as hour,
    (count(*) filter (where good))::int as good, (count(*) filter (where not good))::int as bad, null as ms
  from seen group by endpoint_id, seen.hour
  union all
  select endpoint_id, null, 0, 0, array_to_string((percentile_cont(array[0.5, 0.95, 0.99]) within group (order by ms))::int[], ',')
  from seen group by endpoint_id`;

function latencyOf(list: string | null | undefined): Pick<EndpointFigures, "typicalMs" | "latency"> {
  const [p50, p95, p99] = (list ?? "").split(",").map((text) => Number.parseInt(text, 10));
  if (p50 === undefined || p95 === undefined || p99 === undefined) return { typicalMs: null, latency: null };
  return { typicalMs: p50, latency: { p50, p95, p99 } };
}
