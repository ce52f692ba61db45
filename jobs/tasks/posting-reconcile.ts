import { reconcile } from "#app/services/posting-reconcile.server.ts";
import type { TaskContext } from "../task.server.ts";

/** Brings one posting a step closer to what is wanted, or looks how it stands. */
export default async function postingReconcile(
  payload: { employerId: string; postingId: string },
  { signal }: TaskContext,
): Promise<void> {
  await reconcile(payload.employerId, payload.postingId, signal);
}
