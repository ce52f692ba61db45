import { attemptDelivery } from "#app/services/deliveries.server.ts";
import type { TaskContext } from "../task.server.ts";

/** Sends one webhook to one endpoint, if it is due, and writes the attempt down. */
export default async function deliveryAttempt(
  payload: { employerId: string; deliveryId: string; endpointId: string },
  { signal }: TaskContext,
): Promise<void> {
  await attemptDelivery(payload, { signal });
}
