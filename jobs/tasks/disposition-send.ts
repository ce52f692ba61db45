import { sendDispositions } from "#app/services/dispositions.server.ts";
import { withEmployer } from "#db/client.server.ts";
import type { TaskPayload } from "../catalog.ts";
import { enqueue } from "../enqueue.server.ts";
import type { TaskContext } from "../task.server.ts";

export default async (payload: TaskPayload<"disposition-send">, { signal }: TaskContext): Promise<void> => {
  const more = await sendDispositions(payload.employerId, payload.connectionId, signal);
  if (more) await withEmployer(payload.employerId, (tx) => enqueue(tx, "disposition-send", payload));
};
