import { setEnvironment } from "#app/platform/env.server.ts";
import { type Actor, systemActor } from "#app/services/actor.ts";
import { type AttemptOptions, attemptDelivery } from "#app/services/deliveries.server.ts";
import { type Delivery, getDelivery, listDeliveries } from "#app/services/delivery-log.server.ts";
import { createEndpoint, type EndpointInput } from "#app/services/endpoints.server.ts";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { makeEmployer } from "./connections.ts";

/** Lets deliveries reach these `host:port` on loopback, and nothing else of the inside. */
export const allowEgress = (...hosts: string[]): void =>
  setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: hosts.join(",") });

/** An employer whose events go to one endpoint, and what a test does with it. */
export interface Sender {
  actor: Actor;
  endpointId: string;
  secret: string;
  /** Lets something happen; returns the delivery that was written for it. */
  emit(): Promise<Delivery>;
  /** The attempt of a delivery, made here and now. */
  attempt(delivery: Delivery, options?: AttemptOptions): Promise<void>;
  /** The delivery as it stands, with its attempts. */
  look(delivery: Delivery): ReturnType<typeof getDelivery>;
}

/** A new employer with one endpoint at this address, which must be one that may be saved. */
export async function makeSender(url: string, input: Partial<EndpointInput> = {}): Promise<Sender> {
  const employerId = await makeEmployer("Hollin");
  const actor = systemActor(employerId, "Mara");
  const made = await createEndpoint(actor, { url, ...input });
  return {
    ...{ actor, endpointId: made.id, secret: made.secret },
    async emit() {
      const eventId = await withEmployer(employerId, (tx) =>
        emitEvent(tx, employerId, "job.closed", null, eventCatalog["job.closed"].sample),
      );
      const { deliveries } = await listDeliveries(actor, { endpointId: made.id, limit: 100 });
      const written = deliveries.find((one) => one.eventId === eventId);
      if (!written) throw new Error("No delivery was written.");
      return written;
    },
    attempt: ({ id, endpointId }, options = {}) => attemptDelivery({ employerId, deliveryId: id, endpointId }, options),
    look: ({ id }) => getDelivery(actor, id),
  };
}
