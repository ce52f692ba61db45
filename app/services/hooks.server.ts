import { and, asc, desc, eq } from "drizzle-orm";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { endpoint, event } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { createEndpoint, deleteEndpoint, type Endpoint } from "./endpoints.server.ts";
import { AppError } from "./errors.ts";
import { eventBody } from "./event-body.ts";
import { type EventType, eventDefinition } from "./event-catalog.ts";

/* REST hooks: a program subscribes an address to one event and unsubscribes it, as Zapier and its like do. A hook is an
 * endpoint of the kind "hook"; it ends by DELETE or by answering 410. */

const ofHooks = (actor: Actor) => and(eq(endpoint.employerId, actor.employerId), eq(endpoint.kind, "hook"));

/** Hooks, oldest first, those that unsubscribed by 410 included. */
export async function listHooks(actor: Actor): Promise<Endpoint[]> {
  allow(actor, "webhooks:manage");
  return withEmployer(actor.employerId, (tx) =>
    tx.select().from(endpoint).where(ofHooks(actor)).orderBy(asc(endpoint.id)),
  );
}

/** One hook. Kind not-found, also for an endpoint that is none. */
export async function getHook(actor: Actor, id: string): Promise<Endpoint> {
  const found = (await listHooks(actor)).find((row) => row.id === id);
  if (!found) throw new AppError("not-found", "This hook does not exist, or was unsubscribed.");
  return found;
}

/**
 * Subscribes an address to one event. The same address and event again answers with the hook that is there, without its
 * secret. Kinds: invalid with fields, conflict at the limit, forbidden.
 */
export async function subscribeHook(
  actor: Actor,
  { targetUrl, type }: { targetUrl: string; type: EventType },
): Promise<{ hook: Endpoint; secret: string | null }> {
  const known = (await listHooks(actor)).find(
    (row) => row.state !== "off" && row.url === targetUrl && row.eventTypes.includes(type),
  );
  if (known) return { hook: known, secret: null };
  try {
    const input = { url: targetUrl, description: `Subscribed by ${actor.name}`.slice(0, 200), eventTypes: [type] };
    const { id, secret } = await createEndpoint(actor, input, "hook");
    return { hook: await getHook(actor, id), secret };
  } catch (error) {
    if (!(error instanceof AppError) || !error.info.fields?.url) throw error;
    throw new AppError("invalid", error.message, { fields: { targetUrl: error.info.fields.url } });
  }
}

/** Ends a hook. Kind not-found. */
export async function unsubscribeHook(actor: Actor, id: string): Promise<void> {
  const { id: known } = await getHook(actor, id);
  await deleteEndpoint(actor, known);
}

const SAMPLES = 3;

/** Bodies of a type as a hook gets them: the newest that happened, or the catalogue's sample while nothing did. */
export async function hookSamples(actor: Actor, type: EventType): Promise<Record<string, unknown>[]> {
  allow(actor, "webhooks:read");
  const { employerId } = actor;
  const rows = await withEmployer(employerId, (tx) =>
    tx
      .select({ body: event.body })
      .from(event)
      .where(and(eq(event.employerId, employerId), eq(event.type, type), eq(event.test, false)))
      .orderBy(desc(event.id))
      .limit(SAMPLES),
  );
  const sample = () =>
    eventBody({ id: newId(), type, at: new Date(), employerId, data: eventDefinition(type).sample, test: true });
  const bodies = rows.length > 0 ? rows.map(({ body }) => body) : [sample()];
  return bodies.map((body) => z.record(z.string(), z.unknown()).parse(JSON.parse(body)));
}
