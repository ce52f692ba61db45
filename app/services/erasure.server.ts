import { and, eq, isNotNull, isNull } from "drizzle-orm";
import type { EmployerTx } from "#db/client.server.ts";
import { amongIds } from "#db/lists.server.ts";
import { attempt, delivery, event } from "#db/schema/webhooks.ts";

export const ERASED = "The event's content was erased together with the person it is about.";

interface Erased {
  events: number;
  attempts: number;
}

/**
 * Empties every event about these subjects (a candidate, their applications, interviews and messages) and what
 * receivers answered to them, in the transaction that deletes the person. That something was sent, when, to whom and
 * how it ended stays: event, delivery and attempt rows keep their ids, times and outcomes. What still waited is not sent.
 */
export async function erasePayloads(
  tx: EmployerTx,
  employerId: string,
  subjectIds: readonly string[],
  now: Date = new Date(),
): Promise<Erased> {
  if (subjectIds.length === 0) return { events: 0, attempts: 0 };
  const events = await tx
    .update(event)
    .set({ body: "", erasedAt: now })
    .where(and(eq(event.employerId, employerId), amongIds(event.subjectId, subjectIds), isNull(event.erasedAt)))
    .returning({ id: event.id });
  if (events.length === 0) return { events: 0, attempts: 0 };
  const deliveries = await tx
    .select({ id: delivery.id, nextAttemptAt: delivery.nextAttemptAt })
    .from(delivery)
    .where(
      and(
        eq(delivery.employerId, employerId),
        amongIds(
          delivery.eventId,
          events.map(({ id }) => id),
        ),
      ),
    );
  const ids = deliveries.map(({ id }) => id);
  const waiting = deliveries.filter((row) => row.nextAttemptAt !== null).map(({ id }) => id);
  await tx
    .update(delivery)
    .set({ state: "not_sent", nextAttemptAt: null, leasedUntil: null, finishedAt: now, lastError: ERASED })
    .where(and(eq(delivery.employerId, employerId), amongIds(delivery.id, waiting)));
  await tx
    .update(delivery)
    .set({ body: null })
    .where(and(eq(delivery.employerId, employerId), amongIds(delivery.id, ids), isNotNull(delivery.body)));
  const attempts = await tx
    .update(attempt)
    .set({ responseHeaders: {}, responseBody: null })
    .where(and(eq(attempt.employerId, employerId), amongIds(attempt.deliveryId, ids)))
    .returning({ id: attempt.id });
  return { events: events.length, attempts: attempts.length };
}
