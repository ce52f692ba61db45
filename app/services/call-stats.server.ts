import { sql } from "drizzle-orm";
import type { CallRecord } from "#app/integrations/kit/http.server.ts";
import { log } from "#app/platform/log.server.ts";
import { withEmployer } from "#db/client.server.ts";

interface Tally {
  connection_id: string;
  hour: string;
  succeeded: number;
  failed: number;
  milliseconds: number;
}

const FLUSH_MS = 2_000;
/** Answers of a vendor that works: a look-up that finds nothing is no failure. */
const ordinary: ReadonlySet<CallRecord["kind"]> = new Set(["not-found", "conflict", "validation", "cursor-expired"]);
/** Employer → connection and hour → what was counted since the last flush. */
let waiting = new Map<string, Map<string, Tally>>();
let timer: NodeJS.Timeout | undefined;

/** Counts one call for the sparkline and the success rate. Written in batches, so a crash loses at most two seconds of counts. */
export function countCall(employerId: string, call: CallRecord, at: Date = new Date()): void {
  const hour = `${at.toISOString().slice(0, 13)}:00:00Z`;
  const own = waiting.get(employerId) ?? new Map<string, Tally>();
  waiting.set(employerId, own);
  const key = `${call.connectionId} ${hour}`;
  const tally = own.get(key) ?? {
    connection_id: call.connectionId,
    hour,
    succeeded: 0,
    failed: 0,
    milliseconds: 0,
  };
  own.set(key, tally);
  if (call.kind === null || ordinary.has(call.kind)) tally.succeeded += 1;
  else tally.failed += 1;
  tally.milliseconds += call.ms;
  timer ??= setTimeout(() => {
    flushCallStats().catch((error: unknown) => log().warn({ err: error }, "Call counts were not written."));
  }, FLUSH_MS).unref();
}

/** Writes what was counted: one statement per employer. Counts of connections that are gone are dropped. */
export async function flushCallStats(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  const batch = waiting;
  waiting = new Map();
  for (const [employerId, tallies] of batch) {
    const counted = JSON.stringify([...tallies.values()]);
    await withEmployer(employerId, (tx) =>
      tx.execute(sql`
        insert into call_stat (employer_id, connection_id, hour, succeeded, failed, milliseconds)
        select c.employer_id, c.id, t.hour, t.succeeded, t.failed, t.milliseconds
        from jsonb_to_recordset(${counted}::jsonb)
          as t(connection_id uuid, hour timestamptz, succeeded int, failed int, milliseconds bigint)
        join connection c on c.employer_id = ${employerId} and c.id = t.connection_id
        on conflict (employer_id, connection_id, hour) do update set
          succeeded = call_stat.succeeded + excluded.succeeded,
          failed = call_stat.failed + excluded.failed,
          milliseconds = call_stat.milliseconds + excluded.milliseconds`),
    );
  }
}
