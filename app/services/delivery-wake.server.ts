import { z } from "zod";
import { type EmployerTx, sql } from "#db/client.server.ts";
import { enqueue } from "#jobs/enqueue.server.ts";

/** Endpoints of one employer for which something is due. */
export interface Due {
  employerId: string;
  endpointId: string;
  /** An id of what waits, where it may be more than a day old. */
  oldest?: string;
}

/**
 * Wakes a worker, when the transaction commits, for what is due for these endpoints. The job is a wake-up and no more: the
 * rows say what is due, and a wake-up that got lost is made good by the next sweep within seconds.
 */
export async function wakeEndpoints(tx: EmployerTx, employerId: string, endpointIds: readonly string[]): Promise<void> {
  if (endpointIds.length === 0) return;
  await enqueue(tx, "delivery-drain", { employerId, endpointIds: [...new Set(endpointIds)] });
}

const found = z.object({ employer: z.string(), endpoint: z.string(), oldest: z.string() });

/** Every endpoint for which something is due and not under way, over all employers. */
export async function dueEndpoints(now: Date = new Date()): Promise<Due[]> {
  const rows = await sql`select employer, endpoint, oldest from due_endpoints(${now})`;
  return rows
    .map((one) => found.parse(one))
    .map(({ employer, endpoint, oldest }) => ({ employerId: employer, endpointId: endpoint, oldest }));
}
