import { wakeDeliveries } from "#app/services/deliveries.server.ts";

/** Every minute: wakes the deliveries that come due, also those whose job was lost. */
export default async function deliveryWake(): Promise<void> {
  await wakeDeliveries();
}
