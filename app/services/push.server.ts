import { and, eq } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { pushItem } from "#db/schema/sync.ts";
import { enqueue } from "#jobs/enqueue.server.ts";

export interface PushRequest {
  connectionId: string;
  resource: "candidates" | "applications";
  op: "create" | "update";
  /** Our row's id. */
  localId: string;
  /** What changed, e.g. `stageId` and `status`. */
  detail: Record<string, string>;
}

/**
 * Writes down that a change of ours goes to the ATS, in the transaction of that change. Nothing is queued when two-way is
 * off on the connection. Returns whether it was queued.
 */
export async function queuePush(tx: EmployerTx, employerId: string, request: PushRequest): Promise<boolean> {
  const [target] = await tx
    .select({ features: connection.features, state: connection.state })
    .from(connection)
    .where(and(eq(connection.employerId, employerId), eq(connection.id, request.connectionId)));
  if (target?.features.push !== true || target.state === "disconnecting") return false;
  await tx.insert(pushItem).values({ employerId, id: newId(), ...request });
  await enqueue(tx, "sync-push", { employerId, connectionId: request.connectionId });
  return true;
}
