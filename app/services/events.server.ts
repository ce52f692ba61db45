import { and, eq, ne, or } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { delivery, endpoint, event } from "#db/schema/webhooks.ts";
import { ownBody, passes, type SeenEvent, seenEvent } from "./delivery-body.server.ts";
import { wakeEndpoints } from "./delivery-wake.server.ts";
import { eventBody } from "./event-body.ts";
import type { EventData, EventType } from "./event-catalog.ts";
import { queueNotifications } from "./notifications.server.ts";

/**
 * Says that something happened, inside the transaction that made it happen: the event with its final bytes, a delivery
 * for every endpoint that wants the type, the hint to the workers, and the chat messages that rules ask for. All of it exists
 * exactly if the transaction commits. An endpoint that is switched off gets a delivery marked not sent, which can be
 * replayed. Returns the event's id, which is also the `webhook-id`. The endpoint `notTo` is left out: it need not
 * be told of its own trouble.
 */
export async function emitEvent<Type extends EventType>(
  tx: EmployerTx,
  employerId: string,
  type: Type,
  subjectId: string | null,
  data: EventData<Type>,
  { notTo }: { notTo?: string | undefined } = {},
): Promise<string> {
  const at = new Date();
  const id = newId();
  const body = eventBody({ id, type, at, employerId, data });
  await tx.insert(event).values({ employerId, id, type, subjectId, body, createdAt: at });
  await addDeliveries(tx, { employerId, id, type, body, at, notTo });
  await queueNotifications(tx, employerId, { id, type, at, data });
  return id;
}

interface NewEvent extends Pick<SeenEvent, "id" | "type" | "body"> {
  employerId: string;
  at: Date;
  notTo: string | undefined;
}

const wants = (types: readonly string[], type: string) => types.length === 0 || types.includes(type);

/**
 * One row per endpoint that wants it in one statement; what an endpoint's filter turns away costs nothing. The ids are
 * made here, because they carry the time that partitions the table.
 */
async function addDeliveries(tx: EmployerTx, { employerId, at, notTo, ...event }: NewEvent): Promise<void> {
  const { id: eventId, type: eventType } = event;
  const endpoints = await tx
    .select({
      ...{ id: endpoint.id, state: endpoint.state, eventTypes: endpoint.eventTypes },
      ...{ payload: endpoint.payload, template: endpoint.template, conditions: endpoint.conditions },
    })
    .from(endpoint)
    // A hook that is off has unsubscribed: nobody will ask for what it misses.
    .where(and(eq(endpoint.employerId, employerId), or(ne(endpoint.kind, "hook"), ne(endpoint.state, "off"))));
  const seen = seenEvent(event);
  const rows = endpoints
    .filter((one) => one.id !== notTo && wants(one.eventTypes, eventType) && passes(one, seen))
    .map((one) => {
      const { body, failed } = ownBody(one, seen);
      const notSent = one.state === "off" ? "The endpoint was switched off." : failed;
      return {
        ...{ employerId, id: newId(), endpointId: one.id, eventId, eventType, body, createdAt: at },
        ...(notSent === null
          ? { state: "queued" as const, nextAttemptAt: at }
          : { state: "not_sent" as const, lastError: notSent, finishedAt: at }),
      };
    });
  if (rows.length === 0) return;
  await tx.insert(delivery).values(rows);
  const queued = rows.filter((row) => row.state === "queued").map((row) => row.endpointId);
  await wakeEndpoints(tx, employerId, { endpointIds: queued, since: at });
}
