import { sql as statement } from "drizzle-orm";
import { z } from "zod";
import { type EmployerTx, listen, sql } from "#db/client.server.ts";

/** Endpoints of one employer for which something is due. */
export interface Due {
  employerId: string;
  endpointId: string;
  /** An id of what waits, where it may be more than a day old. */
  oldest?: string;
}

const CHANNEL = "deliveries";
/** Postgres takes 8,000 bytes: what does not fit is said in several notes. */
const MOST_IDS = 200;

/**
 * Tells the workers, when the transaction commits, that something is due for these endpoints. It is a hint and no more:
 * the rows say what is due, and a hint that nobody heard is made good by the next sweep within seconds.
 */
export async function wakeEndpoints(tx: EmployerTx, employerId: string, endpointIds: readonly string[]): Promise<void> {
  const ids = [...new Set(endpointIds)];
  for (let start = 0; start < ids.length; start += MOST_IDS) {
    const note = [employerId, ...ids.slice(start, start + MOST_IDS)].join(" ");
    await tx.execute(statement`select pg_notify(${CHANNEL}, ${note})`);
  }
}

/** Hears the hints on a connection of its own; after a lost connection `onGap` says that some were missed. */
export const followWakes = (onDue: (due: Due[]) => void, onGap: () => void): Promise<{ stop(): Promise<void> }> =>
  listen(CHANNEL, {
    onMessage: (note) => {
      const [employerId = "", ...endpointIds] = note.split(" ");
      onDue(endpointIds.map((endpointId) => ({ employerId, endpointId })));
    },
    onReconnect: onGap,
  });

const found = z.object({ employer: z.string(), endpoint: z.string(), oldest: z.string() });

/** Every endpoint for which something is due and not under way, over all employers. */
export async function dueEndpoints(now: Date = new Date()): Promise<Due[]> {
  const rows = await sql`select employer, endpoint, oldest from due_endpoints(${now})`;
  return rows
    .map((one) => found.parse(one))
    .map(({ employer, endpoint, oldest }) => ({ employerId: employer, endpointId: endpoint, oldest }));
}
