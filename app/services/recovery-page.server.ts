import { and, eq, inArray, isNotNull, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { type EmployerTx, withEmployer, sql as withoutTenant } from "#db/client.server.ts";
import { textArray } from "#db/lists.server.ts";
import { delivery, endpoint, recovery } from "#db/schema/webhooks.ts";
import { enqueue, enqueueMany } from "#jobs/enqueue.server.ts";
import { NO_BODY } from "./delivery-body.server.ts";
import { bodyNow } from "./delivery-log.server.ts";
import { queueDeliveries, resendLock } from "./delivery-queue.server.ts";

import { AppError } from "./errors.ts";
import { notifyLive } from "./live.server.ts";
import { lockWord } from "./lock.server.ts";

type Recovery = typeof recovery.$inferSelect;

/** Deliveries that one page looks at. */
const PAGE = 500;
/** With this many already waiting for the endpoint, a recovery adds no more until some have gone. */
const WAITING_AT_MOST = 20_000;
const PAUSE_MS = 5_000;

export interface RecoveryJob {
  employerId: string;
  recoveryId: string;
  /** The cursor that this page begins behind. */
  after: string;
}

export interface PageOptions {
  /** Instead of 500: for tests. */
  rows?: number;
}

/**
 * Goes through the next deliveries of a recovery: what is sent again, the counts, the cursor and the job of the next page
 * commit together, so that a page whose worker died was never made. A job that comes twice or late finds another cursor
 * and does nothing. An event is sent at most once per recovery, and not while a delivery of it is under way or, unless
 * the recovery asks for what arrived too, once one of its deliveries arrived, and not when it is kept no longer.
 */
export async function recoverPage(job: RecoveryJob, { rows = PAGE }: PageOptions = {}): Promise<void> {
  const { employerId, recoveryId, after } = job;
  await withEmployer(employerId, async (tx) => {
    const endpointId = await endpointOf(tx, employerId, recoveryId);
    if (endpointId === null) return;
    await lockWord(tx, resendLock(endpointId));
    const [row] = await tx
      .select()
      .from(recovery)
      .where(and(eq(recovery.employerId, employerId), eq(recovery.id, recoveryId)))
      .for("update");
    if (row?.state !== "running" || row.cursor !== after) return;
    if (await isOff(tx, row)) return finish(tx, row, "cancelled", "The endpoint was switched off.");
    if (await isFull(tx, row)) {
      await enqueue(tx, "recovery-page", job, { runAt: new Date(Date.now() + PAUSE_MS) });
      return;
    }
    await takePage(tx, row, rows);
  });
}

async function endpointOf(tx: EmployerTx, employerId: string, id: string): Promise<string | null> {
  const [row] = await tx
    .select({ endpointId: recovery.endpointId })
    .from(recovery)
    .where(and(eq(recovery.employerId, employerId), eq(recovery.id, id)));
  return row?.endpointId ?? null;
}

async function isOff(tx: EmployerTx, { employerId, endpointId }: Recovery): Promise<boolean> {
  const [row] = await tx
    .select({ state: endpoint.state })
    .from(endpoint)
    .where(and(eq(endpoint.employerId, employerId), eq(endpoint.id, endpointId)));
  return row?.state === "off";
}

async function isFull(tx: EmployerTx, { employerId, endpointId }: Recovery): Promise<boolean> {
  const waiting = await tx
    .select({ id: delivery.id })
    .from(delivery)
    .where(
      and(eq(delivery.employerId, employerId), isNotNull(delivery.nextAttemptAt), eq(delivery.endpointId, endpointId)),
    )
    .limit(WAITING_AT_MOST);
  return waiting.length >= WAITING_AT_MOST;
}

async function takePage(tx: EmployerTx, row: Recovery, rows: number): Promise<void> {
  const { employerId, endpointId, id } = row;
  const { last, events } = await look(tx, row, rows);
  const again = await sendable(
    tx,
    row,
    events.filter((one) => !one.taken),
  );
  await queueDeliveries(
    tx,
    employerId,
    again.map((one) => ({
      ...{ endpointId, eventId: one.event_id, eventType: one.event_type },
      ...{ cause: "replay" as const, replayOf: one.id, recoveryId: id, body: one.body },
    })),
  );
  // An event counts once: on the page of its first delivery, or where it is sent.
  const sent = new Set(again.map((one) => one.id));
  const fresh = events.filter((one) => !one.seen || sent.has(one.id));
  const counts = {
    found: row.found + fresh.length,
    enqueued: row.enqueued + again.length,
    skipped: row.skipped + fresh.length - again.length,
  };
  if (last === null) return finish(tx, { ...row, ...counts }, "done", null);
  await tx
    .update(recovery)
    .set({ ...counts, cursor: last, updatedAt: new Date() })
    .where(and(eq(recovery.employerId, employerId), eq(recovery.id, id)));
  await enqueue(tx, "recovery-page", { employerId, recoveryId: id, after: last });
  await notifyLive(tx, employerId, "delivery", endpointId);
}

/** Those with bytes to send: where they could not be made before and still cannot, nothing can be sent again. */
async function sendable(tx: EmployerTx, { employerId, endpointId }: Recovery, events: readonly LookedAt[]) {
  const kept: LookedAt[] = [];
  for (const one of events) {
    const body = one.body === NO_BODY ? await mended(tx, { employerId, endpointId, eventId: one.event_id }) : one.body;
    if (body !== NO_BODY) kept.push({ ...one, body });
  }
  return kept;
}

async function mended(tx: EmployerTx, of: { employerId: string; endpointId: string; eventId: string }) {
  try {
    return await bodyNow(tx, of);
  } catch (error) {
    if (error instanceof AppError) return NO_BODY;
    throw error;
  }
}

type LookedAt = z.output<typeof lookedAt>;
const lookedAt = z.object({
  id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  body: z.string().nullable(),
  taken: z.boolean(),
  seen: z.boolean(),
});
const pageEnd = z.object({ last: z.string().nullable() });

/**
 * The events of the next deliveries that ended as the recovery asks, each once by its newest of them; whether it needs
 * nothing, and whether an earlier page counted it. `last` is where the page ends, null when nothing is left.
 */
async function look(tx: EmployerTx, row: Recovery, rows: number) {
  const { employerId, endpointId, id, cursor, since, until } = row;
  const from = sql`${employerId}::uuid`;
  const to = sql`${endpointId}::uuid`;
  const after = sql`${cursor}::uuid`;
  const [end] = await tx.execute(sql`
    select max(page.id::text) as last from (
      select d.id from delivery d where d.employer_id = ${from} and d.endpoint_id = ${to} and d.id > ${after}
        and d.id < uuid_floor(${until.toISOString()}::timestamptz)
      order by d.id limit ${rows}::int
    ) page`);
  const { last } = pageEnd.parse(end);
  if (last === null) return { last, events: [] };
  const states = textArray(row.states);
  const done = row.states.includes("delivered") ? sql`false` : sql`o.state = 'delivered'`;
  const types = row.eventTypes.length === 0 ? sql`true` : sql`d.event_type = any(${textArray(row.eventTypes)})`;
  const found = await tx.execute(sql`
    with wanted as materialized (
      select distinct on (d.event_id) d.id, d.event_id, d.event_type, d.body from delivery d
      where d.employer_id = ${from} and d.endpoint_id = ${to} and d.id > ${after} and d.id <= ${last}::uuid
        and d.state = any(${states}) and d.cause <> 'test' and ${types}
      order by d.event_id, d.id desc
    )
    select w.id, w.event_id, w.event_type, w.body, coalesce(others.taken, false) or (
      coalesce(w.body, '') = '' and not exists (select from event e
        where e.employer_id = ${from} and e.id = w.event_id and e.erased_at is null)
    ) as taken, coalesce(others.seen, false) as seen
    from wanted w cross join lateral (
      select bool_or(o.recovery_id = ${id}::uuid or o.state in ('queued', 'sending', 'retrying') or ${done}) as taken,
        bool_or(o.id <= ${after} and o.id >= uuid_floor(${since.toISOString()}::timestamptz)
          and o.state = any(${states}) and o.cause <> 'test') as seen
      from delivery o where o.employer_id = ${from} and o.event_id = w.event_id and o.endpoint_id = ${to}
    ) others
    order by w.id`);
  return { last, events: found.map((one) => lookedAt.parse(one)) };
}

/** Ends a recovery; what it sent already goes its way. */
export async function finish(
  tx: EmployerTx,
  row: Pick<Recovery, "employerId" | "id" | "endpointId" | "found" | "enqueued" | "skipped">,
  state: "done" | "cancelled",
  note: string | null,
): Promise<void> {
  const { employerId, id, endpointId, found, enqueued, skipped } = row;
  const now = new Date();
  await tx
    .update(recovery)
    .set({ ...{ found, enqueued, skipped, state, note }, updatedAt: now, finishedAt: now })
    .where(and(eq(recovery.employerId, employerId), eq(recovery.id, id)));
  await notifyLive(tx, employerId, "delivery", endpointId);
}

/** A running recovery that did nothing for this long has lost its job. */
const SILENT_MS = 30_000;

/** Gives their next job back to recoveries that run without one. */
export async function wakeRecoveries(now: Date = new Date()): Promise<void> {
  const employers = await withoutTenant<{ id: string }[]>`select id from employer`;
  for (const { id: employerId } of employers) {
    await withEmployer(employerId, async (tx) => {
      const silent = await tx
        .select({ id: recovery.id, cursor: recovery.cursor })
        .from(recovery)
        .where(
          and(
            eq(recovery.employerId, employerId),
            inArray(recovery.state, ["running"]),
            lt(recovery.updatedAt, new Date(now.getTime() - SILENT_MS)),
          ),
        );
      await enqueueMany(
        tx,
        silent.map(({ id, cursor }) => ({
          name: "recovery-page" as const,
          payload: { employerId, recoveryId: id, after: cursor },
        })),
      );
    });
  }
}
