import { and, desc, eq, gt, inArray, or, sql } from "drizzle-orm";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { amongIds } from "#db/lists.server.ts";
import { delivery, endpoint } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { NO_BODY } from "./delivery-body.server.ts";
import { bodyNow, type Delivery, isId, loadDelivery, sourceOf } from "./delivery-log.server.ts";
import { queueDeliveries, resendLock } from "./delivery-queue.server.ts";
import { wakeEndpoints } from "./delivery-wake.server.ts";
import { ERASED } from "./erasure.server.ts";
import { AppError } from "./errors.ts";
import { lockWord } from "./lock.server.ts";
import { EXPIRED } from "./retention.server.ts";

const OFF = "The endpoint is switched off. Switch it on first.";

/** Asked for again within this time is one wish: a double click makes one attempt, however fast that one ended. */
const ONE_WISH_MS = 3_000;

/**
 * Sends a delivery again, with the same `webhook-id` and the same bytes: at once, and with the whole schedule before it
 * when that fails. While one of the same event to the same endpoint is still under way, that one goes out now and begins
 * its schedule anew, so that no two run at once. Kinds: not-found, conflict while the
 * endpoint is off or when the event is gone.
 */
export async function replayDelivery(actor: Actor, id: string): Promise<{ deliveryId: string }> {
  allow(actor, "webhooks:manage");
  return withEmployer(actor.employerId, async (tx) => {
    const { row, deliveryId } = await resend(tx, actor, id);
    await audit(tx, actor, "delivery.replayed", { kind: "delivery", id: row.id, name: row.eventType }, { deliveryId });
    return { deliveryId };
  });
}

/** What one wish may name. More belongs into a recovery. */
export const SELECTED_AT_MOST = 100;

/**
 * As `replayDelivery` for several, all or none; an event chosen twice is sent once. With an endpoint's id all must be its
 * own; null takes those of any. Returns how many deliveries go out. Kinds: invalid for none or too many, not-found, conflict
 * while an endpoint is off.
 */
export async function replaySelected(actor: Actor, endpointId: string | null, ids: readonly string[]): Promise<number> {
  allow(actor, "webhooks:manage");
  const chosen = [...new Set(ids)];
  if (chosen.length === 0) throw new AppError("invalid", "Tick the deliveries that you want to send again.");
  if (chosen.length > SELECTED_AT_MOST)
    throw new AppError("invalid", `At most ${SELECTED_AT_MOST} at once. Recover a whole time instead.`);
  return withEmployer(actor.employerId, async (tx) => {
    const sent = new Map<string, { deliveries: number; sent: Set<string> }>();
    for (const [own, mine] of await byEndpoint(tx, actor, chosen)) {
      if (endpointId !== null && own !== endpointId) throw new AppError("not-found", MISSING);
      const of = { deliveries: mine.length, sent: new Set<string>() };
      for (const id of mine) of.sent.add((await resend(tx, actor, id)).deliveryId);
      sent.set(own, of);
    }
    for (const [id, of] of sent) {
      const subject = { kind: "endpoint", id, name: null };
      const facts = { deliveries: of.deliveries, sent: of.sent.size };
      await audit(tx, actor, "delivery.replayed_many", subject, facts);
    }
    return [...sent.values()].reduce((sum, of) => sum + of.sent.size, 0);
  });
}

/**
 * What a button of a list of deliveries does, "replay" for one and "replay-ticked" for several: where it leads and what it
 * says. Null for a button that is none of these.
 */
export async function replayFrom(
  actor: Actor,
  endpointId: string | null,
  form: FormData,
  here: string,
): Promise<{ to: string; message: string } | null> {
  switch (form.get("intent")) {
    case "replay-ticked": {
      const sent = await replaySelected(actor, endpointId, form.getAll("ticked").map(String));
      return { to: here, message: `${sent === 1 ? "1 delivery is" : `${sent} deliveries are`} sent again.` };
    }
    case "replay": {
      const { deliveryId } = await replayDelivery(actor, String(form.get("deliveryId") ?? ""));
      const message = "It is sent again, with the same id and the same bytes.";
      return { to: `/webhooks/deliveries/${deliveryId}`, message };
    }
    default:
      return null;
  }
}

const MISSING = "This delivery does not exist.";

/** Ids by their endpoint, endpoints in the order of their ids: two wishes at once take the locks in the same order. */
async function byEndpoint(tx: EmployerTx, actor: Actor, ids: readonly string[]): Promise<[string, string[]][]> {
  const known = ids.every(isId)
    ? await tx
        .select({ id: delivery.id, endpointId: delivery.endpointId })
        .from(delivery)
        .where(and(eq(delivery.employerId, actor.employerId), amongIds(delivery.id, ids)))
    : [];
  const endpointOf = new Map(known.map((row) => [row.id, row.endpointId]));
  const groups = new Map<string, string[]>();
  for (const id of ids) {
    const own = endpointOf.get(id);
    if (own === undefined) throw new AppError("not-found", MISSING);
    groups.set(own, [...(groups.get(own) ?? []), id]);
  }
  return [...groups].sort(([left], [right]) => (left < right ? -1 : 1));
}

async function resend(tx: EmployerTx, actor: Actor, id: string): Promise<{ row: Delivery; deliveryId: string }> {
  const { delivery: row, endpoint: target } = await loadDelivery(tx, actor, id);
  await lockWord(tx, resendLock(target.id));
  if (target.state === "off") throw new AppError("conflict", OFF);
  const { bodyGone } = await sourceOf(tx, row);
  if (bodyGone !== null)
    throw new AppError("conflict", `${bodyGone === "erased" ? ERASED : EXPIRED} It cannot be sent again.`);
  const wished = await justSent(tx, row);
  if (wished) return { row, deliveryId: wished };
  await endRest(tx, row);
  const running = await hurry(tx, row);
  if (running) return { row, deliveryId: running };
  const { endpointId, eventId, eventType } = row;
  const body = row.body === NO_BODY ? await bodyNow(tx, row) : row.body;
  const [deliveryId = ""] = await queueDeliveries(tx, actor.employerId, [
    { endpointId, eventId, eventType, cause: "replay", replayOf: row.id, body },
  ]);
  return { row, deliveryId };
}

const sameMessage = ({ employerId, eventId, endpointId }: Delivery) =>
  and(eq(delivery.employerId, employerId), eq(delivery.eventId, eventId), eq(delivery.endpointId, endpointId));

/** The delivery that the same wish made or woke a moment ago. */
async function justSent(tx: EmployerTx, row: Delivery): Promise<string | null> {
  const since = new Date(Date.now() - ONE_WISH_MS);
  const [last] = await tx
    .select({ id: delivery.id })
    .from(delivery)
    .where(
      and(
        sameMessage(row),
        or(and(eq(delivery.cause, "replay"), gt(delivery.createdAt, since)), gt(delivery.resentAt, since)),
      ),
    )
    .orderBy(desc(delivery.id))
    .limit(1);
  return last?.id ?? null;
}

/** A person wants to know now: where the breaker is open, its next probe is due. */
async function endRest(tx: EmployerTx, { employerId, endpointId }: Delivery): Promise<void> {
  const now = new Date();
  await tx
    .update(endpoint)
    .set({ openUntil: now })
    .where(and(eq(endpoint.employerId, employerId), eq(endpoint.id, endpointId), gt(endpoint.openUntil, now)));
}

/** Sends the delivery of the same event and endpoint that is under way now, if there is one, and returns its id. */
async function hurry(tx: EmployerTx, row: Delivery): Promise<string | null> {
  const [running] = await tx
    .select({ id: delivery.id })
    .from(delivery)
    .where(and(sameMessage(row), inArray(delivery.state, ["queued", "sending", "retrying"])));
  if (!running) return null;
  const own = and(eq(delivery.employerId, row.employerId), eq(delivery.id, running.id));
  const now = new Date();
  // An attempt that is being made at this moment is the wish fulfilled; what it begins is a schedule from its start.
  await tx
    .update(delivery)
    .set({ scheduleFrom: sql`${delivery.attempts}`, resentAt: now })
    .where(own);
  await tx
    .update(delivery)
    .set({ nextAttemptAt: now })
    .where(and(own, inArray(delivery.state, ["queued", "retrying"])));
  const { employerId, endpointId } = row;
  await wakeEndpoints(tx, employerId, { endpointIds: [endpointId], since: now });
  return running.id;
}
