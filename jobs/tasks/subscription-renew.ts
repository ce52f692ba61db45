import { renewSubscription } from "#app/services/subscriptions.server.ts";
import type { TaskPayload } from "../catalog.ts";
import type { TaskContext } from "../task.server.ts";

/** Renews one webhook subscription before it ends. */
export default async function subscriptionRenew(
  { employerId, subscriptionId }: TaskPayload<"subscription-renew">,
  { signal }: TaskContext,
): Promise<void> {
  await renewSubscription(employerId, subscriptionId, signal);
}
