import { and, asc, desc, eq, gte, ilike, lt, or, type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { attempt, delivery, type deliveryStates, endpoint, event } from "#db/schema/webhooks.ts";
import { type Actor, seesEndpoint } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { NO_BODY, ownBody, seenEvent } from "./delivery-body.server.ts";
import { queueDeliveries } from "./delivery-queue.server.ts";
import { AppError } from "./errors.ts";
import { eventBody } from "./event-body.ts";
import { type EventType, eventDefinition, isEventType } from "./event-catalog.ts";
import { idAt, madeAt, newestFirst } from "./newest-first.server.ts";

export type Delivery = typeof delivery.$inferSelect;
export type Attempt = typeof attempt.$inferSelect;
export type DeliveryState = (typeof deliveryStates)[number];

export interface DeliveryFilter {
  endpointId?: string;
  state?: DeliveryState;
  type?: string;
  eventId?: string;
  from?: Date;
  /** Exclusive. */
  until?: Date;
  /** An id, or part of the event's body, its type or the last error. Without `from` it is looked for in the last 7 days. */
  text?: string;
  /** Only deliveries older than this one. */
  before?: string;
  limit?: number;
}

const SEARCH_MS = 7 * 86_400_000;

/** Ids carry their time, so that a span of time is a span of ids and reads only the partitions it touches. */
function conditionOf(filter: DeliveryFilter): SQL | undefined {
  const from = filter.from ?? (filter.text ? new Date(Date.now() - SEARCH_MS) : undefined);
  return and(
    filter.endpointId ? eq(delivery.endpointId, filter.endpointId) : undefined,
    filter.state ? eq(delivery.state, filter.state) : undefined,
    filter.type ? eq(delivery.eventType, filter.type) : undefined,
    filter.eventId ? eq(delivery.eventId, filter.eventId) : undefined,
    from ? gte(delivery.id, idAt(from)) : undefined,
    filter.text ? containing(filter.text) : undefined,
  );
}

/** A guest whose link names one endpoint sees that one's rows. */
export const onlyOf = (actor: Actor, column: AnyPgColumn) =>
  actor.guest?.endpointId ? eq(column, actor.guest.endpointId) : undefined;

function containing(text: string): SQL | undefined {
  if (isId(text)) return or(eq(delivery.id, text), eq(delivery.eventId, text));
  const like = `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
  return or(
    ilike(delivery.eventType, like),
    ilike(delivery.lastError, like),
    sql`exists (select 1 from ${event} where ${event.employerId} = ${delivery.employerId}
      and ${event.id} = ${delivery.eventId} and ${event.body} ilike ${like})`,
  );
}

/** A page of deliveries, newest first; `older` is the id to pass as `before` for the next page. */
export async function listDeliveries(
  actor: Actor,
  filter: DeliveryFilter = {},
): Promise<{ deliveries: Delivery[]; older: string | null }> {
  allow(actor, "webhooks:read");
  const limit = filter.limit ?? 25;
  const before = filter.before && isId(filter.before) ? filter.before : undefined;
  const rows = await withEmployer(actor.employerId, (tx) =>
    newestFirst(delivery.id, { before, until: filter.until, limit: limit + 1 }, (within, missing) =>
      tx
        .select()
        .from(delivery)
        .where(
          and(
            eq(delivery.employerId, actor.employerId),
            within,
            conditionOf(filter),
            onlyOf(actor, delivery.endpointId),
          ),
        )
        .orderBy(desc(delivery.id))
        .limit(missing),
    ),
  );
  const deliveries = rows.slice(0, limit);
  return { deliveries, older: rows.length > limit ? (deliveries.at(-1)?.id ?? null) : null };
}

export const isId = (text: string) => z.uuid().safeParse(text).success;

export interface DeliveryDetail {
  delivery: Delivery;
  endpoint: { id: string; url: string; state: string };
  /** The bytes as they are sent; null when they are gone. */
  body: string | null;
  /** Why there is no body: its days are over, or the person it is about was deleted. */
  bodyGone: "expired" | "erased" | null;
  attempts: Attempt[];
}

/** One delivery with its attempts, oldest first. Kind not-found. */
export async function getDelivery(actor: Actor, id: string): Promise<DeliveryDetail> {
  allow(actor, "webhooks:read");
  return withEmployer(actor.employerId, async (tx) => {
    const found = await loadDelivery(tx, actor, id);
    const attempts = await tx
      .select()
      .from(attempt)
      .where(
        and(
          eq(attempt.employerId, actor.employerId),
          eq(attempt.deliveryId, id),
          gte(attempt.id, idAt(new Date(madeAt(id).getTime() - CLOCKS_MS))),
          lt(attempt.id, idAt(new Date((found.delivery.finishedAt?.getTime() ?? Date.now()) + CLOCKS_MS))),
        ),
      )
      .orderBy(asc(attempt.id));
    return { ...found, ...(await sourceOf(tx, found.delivery)), attempts };
  });
}

/** Attempts come between the making of a delivery and its end, by clocks that may differ by this much. */
const CLOCKS_MS = 3_600_000;

/** The bytes of a delivery's event, or why there are none: events are kept for their days, and people can be deleted. */
export async function sourceOf(tx: EmployerTx, of: Pick<Delivery, "employerId" | "eventId" | "body">) {
  if (of.body !== null && of.body !== NO_BODY) return { body: of.body, bodyGone: null };
  const [source] = await tx
    .select({ body: event.body, erasedAt: event.erasedAt })
    .from(event)
    .where(and(eq(event.employerId, of.employerId), eq(event.id, of.eventId)));
  if (!source) return { body: null, bodyGone: "expired" as const };
  return source.erasedAt
    ? { body: null, bodyGone: "erased" as const }
    : { body: of.body ?? source.body, bodyGone: null };
}

/** A delivery with what its endpoint is now, within a transaction. Kind not-found. */
export async function loadDelivery(tx: EmployerTx, actor: Actor, id: string) {
  const [row] = isId(id)
    ? await tx
        .select({ delivery, endpoint: { id: endpoint.id, url: endpoint.url, state: endpoint.state } })
        .from(delivery)
        .innerJoin(endpoint, and(eq(endpoint.employerId, delivery.employerId), eq(endpoint.id, delivery.endpointId)))
        .where(and(eq(delivery.employerId, actor.employerId), eq(delivery.id, id)))
    : [];
  if (!row || !seesEndpoint(actor, row.endpoint.id)) throw new AppError("not-found", "This delivery does not exist.");
  return row;
}

export interface AttemptFilter {
  deliveryId?: string;
  endpointId?: string;
  outcome?: string;
  from?: Date;
  until?: Date;
  before?: string;
  limit?: number;
}

/** Attempts, newest first; `older` as in `listDeliveries`. */
export async function listAttempts(
  actor: Actor,
  filter: AttemptFilter,
): Promise<{ attempts: Attempt[]; older: string | null }> {
  allow(actor, "webhooks:read");
  const limit = filter.limit ?? 25;
  const rows = await withEmployer(actor.employerId, (tx) =>
    newestFirst(attempt.id, { before: filter.before, until: filter.until, limit: limit + 1 }, (within, missing) =>
      tx
        .select()
        .from(attempt)
        .where(
          and(
            eq(attempt.employerId, actor.employerId),
            within,
            onlyOf(actor, attempt.endpointId),
            filter.deliveryId ? eq(attempt.deliveryId, filter.deliveryId) : undefined,
            filter.endpointId ? eq(attempt.endpointId, filter.endpointId) : undefined,
            filter.outcome ? eq(attempt.outcome, filter.outcome) : undefined,
            filter.from ? gte(attempt.id, idAt(filter.from)) : undefined,
          ),
        )
        .orderBy(desc(attempt.id))
        .limit(missing),
    ),
  );
  const attempts = rows.slice(0, limit);
  return { attempts, older: rows.length > limit ? (attempts.at(-1)?.id ?? null) : null };
}

/** One attempt. Kind not-found. */
export async function getAttempt(actor: Actor, id: string): Promise<Attempt> {
  allow(actor, "webhooks:read");
  const [row] = await withEmployer(actor.employerId, (tx) =>
    tx
      .select()
      .from(attempt)
      .where(and(eq(attempt.employerId, actor.employerId), eq(attempt.id, id))),
  );
  if (!row || !seesEndpoint(actor, row.endpointId)) throw new AppError("not-found", "This attempt does not exist.");
  return row;
}

const OFF = "The endpoint is switched off. Switch it on first.";

/**
 * The own bytes of a delivery by what its endpoint asks for now, where none were made before; null for the event's. Kind
 * conflict: they cannot be made.
 */
export async function bodyNow(
  tx: EmployerTx,
  { employerId, eventId, endpointId }: Pick<Delivery, "employerId" | "eventId" | "endpointId">,
): Promise<string | null> {
  const [found] = await tx
    .select({ endpoint, type: event.type, body: event.body })
    .from(endpoint)
    .innerJoin(event, and(eq(event.employerId, endpoint.employerId), eq(event.id, eventId)))
    .where(and(eq(endpoint.employerId, employerId), eq(endpoint.id, endpointId)));
  if (!found || !isEventType(found.type)) throw new AppError("conflict", "The event is kept no longer.");
  const made = ownBody(found.endpoint, seenEvent({ id: eventId, type: found.type, body: found.body }));
  if (made.failed !== null) throw new AppError("conflict", made.failed);
  return made.body;
}

/** Sends the sample of one type to one endpoint, marked as a test. Kinds: not-found, conflict while it is off. */
export async function sendTestEvent(
  actor: Actor,
  endpointId: string,
  type: EventType,
): Promise<{ eventId: string; deliveryId: string }> {
  allow(actor, "webhooks:manage");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const [target] = isId(endpointId)
      ? await tx
          .select()
          .from(endpoint)
          .where(and(eq(endpoint.employerId, employerId), eq(endpoint.id, endpointId)))
      : [];
    if (!target || !seesEndpoint(actor, endpointId)) throw new AppError("not-found", "This endpoint does not exist.");
    if (target.state === "off") throw new AppError("conflict", OFF);
    const id = newId();
    const at = new Date();
    const body = eventBody({ id, type, at, employerId, data: eventDefinition(type).sample, test: true });
    const made = ownBody(target, seenEvent({ id, type, body }));
    if (made.failed !== null) throw new AppError("conflict", made.failed);
    await tx.insert(event).values({ employerId, id, type, body, test: true, createdAt: at });
    const [deliveryId = ""] = await queueDeliveries(tx, employerId, [
      { endpointId, eventId: id, eventType: type, cause: "test", replayOf: null, body: made.body },
    ]);
    await audit(
      tx,
      actor,
      "endpoint.tested",
      { kind: "endpoint", id: endpointId, name: new URL(target.url).host },
      { type },
    );
    return { eventId: id, deliveryId };
  });
}
