import { refreshAhead } from "#app/services/token-refresh.server.ts";
import type { TaskPayload } from "../catalog.ts";
import type { TaskContext } from "../task.server.ts";

/** Renews a token before it ends, so that nobody has to wait for it. */
export default async function tokenRefresh(
  { employerId, connectionId }: TaskPayload<"token-refresh">,
  { signal }: TaskContext,
): Promise<void> {
  await refreshAhead(employerId, connectionId, signal);
}
