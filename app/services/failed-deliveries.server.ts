import { and, desc, eq, gt, gte, isNotNull, isNull, lt, not, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { delivery, endpoint } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { type Delivery, isId, onlyOf } from "./delivery-log.server.ts";
import { idAt } from "./newest-first.server.ts";

export interface FailedFilter {
  endpointId?: string;
  type?: string;
  from?: Date;
  /** Exclusive. */
  until?: Date;
  /** Only deliveries older than this one. */
  before?: string;
  limit?: number;
}

export type FailedDelivery = Delivery & { endpoint: { id: string; url: string; state: string } };

/**
 * What ran out of attempts over all endpoints, newest first, each event once for each endpoint: what was sent again since is
 * its newest delivery's business. One statement, led by the index of what ended without arriving, so that of a million
 * deliveries that arrived none is read. `older` is the id to pass as `before` for the next page.
 */
export async function listFailed(
  actor: Actor,
  filter: FailedFilter = {},
): Promise<{ deliveries: FailedDelivery[]; older: string | null }> {
  allow(actor, "webhooks:read");
  const limit = filter.limit ?? 25;
  const { endpointId, type, from, until, before } = filter;
  if (endpointId !== undefined && !isId(endpointId)) return { deliveries: [], older: null };
  const rows = await withEmployer(actor.employerId, (tx) => {
    const later = alias(delivery, "later");
    const sentAgain = tx
      .select({ one: sql`1` })
      .from(later)
      .where(
        and(
          eq(later.employerId, delivery.employerId),
          eq(later.eventId, delivery.eventId),
          eq(later.endpointId, delivery.endpointId),
          gt(later.id, delivery.id),
        ),
      );
    return tx
      .select({ delivery, endpoint: { id: endpoint.id, url: endpoint.url, state: endpoint.state } })
      .from(delivery)
      .innerJoin(endpoint, and(eq(endpoint.employerId, delivery.employerId), eq(endpoint.id, delivery.endpointId)))
      .where(
        and(
          eq(delivery.employerId, actor.employerId),
          isNull(delivery.nextAttemptAt),
          isNotNull(delivery.lastError),
          eq(delivery.state, "failed"),
          onlyOf(actor, delivery.endpointId),
          endpointId ? eq(delivery.endpointId, endpointId) : undefined,
          type ? eq(delivery.eventType, type) : undefined,
          from ? gte(delivery.id, idAt(from)) : undefined,
          until ? lt(delivery.id, idAt(until)) : undefined,
          before && isId(before) ? lt(delivery.id, before) : undefined,
          // Within a select of its own it is asked row by row, until the page is full, and not of all that ever failed.
          not(sql`(select exists ${sentAgain})`),
        ),
      )
      .orderBy(desc(delivery.id))
      .limit(limit + 1);
  });
  const deliveries = rows.slice(0, limit).map((row) => ({ ...row.delivery, endpoint: row.endpoint }));
  return { deliveries, older: rows.length > limit ? (deliveries.at(-1)?.id ?? null) : null };
}
