import { z } from "zod";
import { type EmployerTx, sql } from "#db/client.server.ts";
import { enqueue } from "#jobs/enqueue.server.ts";

/** Endpoints of one employer for which something is due. */
export interface Due {
  employerId: string;
  endpointId: string;
  /** An id of what waits, where it may be more than a day old. */
  oldest?: string;
  /** When the first of it became due, where that is known: what died before it need not be looked through. */
  since?: Date;
}

/**
 * Wakes a worker, when the transaction commits, for what is due for these endpoints from `since` on. The job is a wake-up and no more: the
 * rows say what is due, and a wake-up that got lost is made good by the next sweep within seconds.
 */
export async function wakeEndpoints(
  tx: EmployerTx,
  employerId: string,
  { endpointIds, since }: { endpointIds: readonly string[]; since: Date },
): Promise<void> {
  if (endpointIds.length === 0) return;
  const payload = { employerId, endpointIds: [...new Set(endpointIds)], since: since.toISOString() };
  await enqueue(tx, "delivery-drain", payload);
}

const found = z.object({ employer: z.string(), endpoint: z.string(), oldest: z.string(), since: z.coerce.date() });

/** Every endpoint for which something is due and not under way, over all employers. */
export async function dueEndpoints(now: Date = new Date()): Promise<Due[]> {
  const rows = await sql`select employer, endpoint, oldest, since from due_endpoints(${now})`;
  return rows
    .map((one) => found.parse(one))
    .map(({ employer, endpoint, oldest, since }) => ({ employerId: employer, endpointId: endpoint, oldest, since }));
}
