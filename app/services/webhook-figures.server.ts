import { z } from "zod";
import { sql } from "#db/client.server.ts";

/** What is measured about sending webhooks, over all employers; nothing in it names one. */
export interface WebhookFigures {
  /** Seconds since the oldest delivery became due that could have gone out; 0 when nothing is due. */
  queueAgeSeconds: number;
  /** Deliveries for which an attempt is to come, by state. */
  waiting: Readonly<Record<string, number>>;
  /** Attempts of the last five minutes, by class. */
  attempts: Readonly<Record<string, number>>;
  /** Seconds from event to first attempt in the last five minutes: how many took at most so long. */
  firstAttempt: { buckets: readonly { le: number; count: number }[]; sum: number };
  /** Worker processes' pools, and how long ago each was last heard, seconds. */
  workers: readonly number[];
}

export const FIGURES_WINDOW_MS = 5 * 60_000;

const figure = z.object({ figure: z.string(), label: z.string(), value: z.number() });
const age = z.object({ seconds: z.number().nullable() });
const beat = z.object({ seconds: z.coerce.number() });

/** Reads all figures: for a collector that asks every quarter of a minute or so, not for every page. */
export async function webhookFigures(now: Date = new Date()): Promise<WebhookFigures> {
  const since = new Date(now.getTime() - FIGURES_WINDOW_MS);
  const [rows, queueAgeSeconds, beats] = await Promise.all([
    sql`select figure, label, value from webhook_figures(${now}, ${since})`,
    queueAge(now),
    sql`select extract(epoch from now() - seen_at) as seconds from worker_heartbeat`,
  ]);
  const read = rows.map((row) => figure.parse(row));
  const sumsOf = (name: string) => {
    const sums = new Map<string, number>();
    for (const row of read) if (row.figure === name) sums.set(row.label, (sums.get(row.label) ?? 0) + row.value);
    return sums;
  };
  return {
    queueAgeSeconds,
    waiting: Object.fromEntries(sumsOf("waiting")),
    attempts: Object.fromEntries(sumsOf("attempts")),
    firstAttempt: {
      buckets: [...sumsOf("first_attempt")]
        .map(([le, count]) => ({ le: Number(le), count }))
        .sort((one, other) => one.le - other.le),
      sum: sumsOf("first_attempt_sum").get("") ?? 0,
    },
    workers: beats.map((row) => beat.parse(row).seconds),
  };
}

/** Seconds since the oldest delivery became due that could have gone out; cheap enough for every few seconds. */
export async function queueAge(now: Date = new Date()): Promise<number> {
  const [row] = await sql`select webhook_queue_age(${now}) as seconds`;
  return age.parse(row).seconds ?? 0;
}
