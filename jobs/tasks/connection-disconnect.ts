import { finishDisconnect } from "#app/services/connection-removal.server.ts";
import type { TaskPayload } from "../catalog.ts";
import type { TaskContext } from "../task.server.ts";

/** Waits for postings to come down, takes our access back from the vendor and removes the connection. */
export default async function connectionDisconnect(
  { employerId, connectionId, closingUntil }: TaskPayload<"connection-disconnect">,
  { signal, lastAttempt }: TaskContext,
): Promise<void> {
  await finishDisconnect(employerId, connectionId, { closingUntil: new Date(closingUntil), signal, lastAttempt });
}
