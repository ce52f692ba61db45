import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { EmployerTx } from "#db/client.server.ts";
import { delivery, orderings } from "#db/schema/webhooks.ts";

export const RATE_AT_MOST = 1_000;
export const CONCURRENCY_AT_MOST = 100;
export const BATCH_AT_MOST = 100;
export const BATCH_SECONDS_AT_MOST = 60;

const number = (least: number, most: number) =>
  z
    .number(`A whole number from ${least} to ${most.toLocaleString("en-US")}.`)
    .int("A whole number.")
    .min(least, `At least ${least}.`)
    .max(most, `At most ${most.toLocaleString("en-US")}.`)
    .nullable()
    .default(null);

/** How fast, in which order and how many at once an endpoint wants its events. Null asks for nothing. */
export const paceFields = {
  ratePerSecond: number(1, RATE_AT_MOST).describe("Requests per second at most; null for no limit"),
  concurrency: number(1, CONCURRENCY_AT_MOST).describe("Requests under way at once at most; null for no limit"),
  ordering: z
    .enum(orderings)
    .default("none")
    .describe("none: as fast as possible; subject: those about one subject in order; endpoint: all in order"),
  batchEvents: number(2, BATCH_AT_MOST).describe("Events in one request at most; null sends each by itself"),
  batchSeconds: number(1, BATCH_SECONDS_AT_MOST).describe(
    "Seconds that a batch waits to fill; needed with batchEvents",
  ),
};

const paceShape = z.object(paceFields);
type Pace = z.output<typeof paceShape>;

/** Sentences by field for what cannot go together. */
export function refusePace({ ordering, batchEvents, batchSeconds }: Pace): Record<string, string> {
  if (batchEvents !== null && batchSeconds === null)
    return { batchSeconds: `Say how long a batch may wait to fill: 1 to ${BATCH_SECONDS_AT_MOST} seconds.` };
  if (batchEvents === null && batchSeconds !== null)
    return { batchEvents: `Say how many events a batch holds: 2 to ${BATCH_AT_MOST}.` };
  if (batchEvents !== null && ordering !== "none")
    return { ordering: "Batches carry no order. Choose either batches or an order." };
  return {};
}

/** Gives what waits for an endpoint the places of its new order, in the order in which it was written. */
export async function reorder(
  tx: EmployerTx,
  employerId: string,
  endpointId: string,
  ordering: Pace["ordering"],
): Promise<void> {
  if (ordering === "none") {
    await tx
      .update(delivery)
      .set({ orderKey: null, orderNumber: null })
      .where(
        and(
          eq(delivery.employerId, employerId),
          eq(delivery.endpointId, endpointId),
          sql`${delivery.nextAttemptAt} is not null`,
        ),
      );
    return;
  }
  await tx.execute(sql`
    with waiting as (
      select d.id, case when ${ordering} = 'endpoint' then '*' else coalesce(v.subject_id::text, '-') end as key
      from delivery d left join event v on v.employer_id = d.employer_id and v.id = d.event_id
      where d.employer_id = ${employerId}::uuid and d.endpoint_id = ${endpointId}::uuid and d.next_attempt_at is not null
    ), placed as (select id, key, row_number() over (partition by key order by id) as place from waiting)
    update delivery d set order_key = placed.key, order_number = placed.place
    from placed where d.employer_id = ${employerId}::uuid and d.id = placed.id`);
}
