import { sendPushes } from "#app/services/push-send.server.ts";
import { withEmployer } from "#db/client.server.ts";
import type { TaskPayload } from "../catalog.ts";
import { enqueue } from "../enqueue.server.ts";
import type { TaskContext } from "../task.server.ts";

export default async (payload: TaskPayload<"sync-push">, { signal }: TaskContext): Promise<void> => {
  const more = await sendPushes(payload.employerId, payload.connectionId, signal);
  if (more) await withEmployer(payload.employerId, (tx) => enqueue(tx, "sync-push", payload));
};
