import { drainDeliveries } from "#app/services/delivery-engine.server.ts";
import type { TaskPayload } from "../catalog.ts";

/** Something is due for these endpoints: this process sends it, in rounds. The rows say what, so a lost wake-up loses nothing. */
export default async function deliveryDrain(payload: TaskPayload<"delivery-drain">): Promise<void> {
  const { employerId, endpointIds, since } = payload;
  const known = since === undefined ? {} : { since: new Date(since) };
  drainDeliveries(endpointIds.map((endpointId) => ({ employerId, endpointId, ...known })));
}
