import { newId } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { delivery } from "#db/schema/webhooks.ts";
import { wakeEndpoints } from "./delivery-wake.server.ts";

/** A delivery to be made of an event that is written already. */
export interface NewDelivery {
  endpointId: string;
  eventId: string;
  eventType: string;
  cause: "test" | "replay";
  /** The earlier delivery that it repeats. */
  replayOf: string | null;
  /** Its bytes, where they are other than the event's own. */
  body: string | null;
  recoveryId?: string;
}

/**
 * Writes deliveries that are due at once, each with a whole schedule before it, and tells the workers. They
 * exist exactly if the transaction commits. Returns their ids, in order.
 */
export async function queueDeliveries(
  tx: EmployerTx,
  employerId: string,
  wanted: readonly NewDelivery[],
): Promise<string[]> {
  if (wanted.length === 0) return [];
  const nextAttemptAt = new Date();
  const rows = wanted.map((one) => ({ ...one, employerId, id: newId(), nextAttemptAt }));
  await tx.insert(delivery).values(rows);
  await wakeEndpoints(tx, employerId, { endpointIds: rows.map((row) => row.endpointId), since: nextAttemptAt });
  return rows.map(({ id }) => id);
}

/** The word under which sendings-again to one endpoint take turns, so that no event gets two of them at once. */
export const resendLock = (endpointId: string): string => `resend:${endpointId}`;
