import { activateConnection } from "#app/services/connection-activation.server.ts";
import type { TaskPayload } from "../catalog.ts";
import type { TaskContext } from "../task.server.ts";

/** Starts schedules, followed calendars and the vendor's webhooks of a connection that runs. */
export default async function connectionActivate(
  { employerId, connectionId }: TaskPayload<"connection-activate">,
  { signal }: TaskContext,
): Promise<void> {
  await activateConnection(employerId, connectionId, signal);
}
