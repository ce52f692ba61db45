import { and, eq, lte, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { EmployerTx } from "#db/client.server.ts";
import { amongIds, idArray } from "#db/lists.server.ts";
import { delivery, endpoint } from "#db/schema/webhooks.ts";
import { type DueRange, isDue, rangeOf } from "./delivery-due.ts";
import { choosePaced, isPaced } from "./delivery-pace.server.ts";
import { type LiveSecrets, liveSecrets } from "./endpoint-secrets.server.ts";

/** A claimed delivery belongs to its claimant for this long: the deadline of one attempt and time to write it down. */
const LEASE_MS = 30_000;

export type Endpoint = typeof endpoint.$inferSelect;

export interface Sending {
  deliveryId: string;
  endpointId: string;
  eventId: string;
  eventType: string;
  /** Of the attempt now due; 1 for the first. */
  number: number;
  url: string;
  legacySignature: boolean;
  secrets: LiveSecrets;
  /** The bytes as they were made when it happened: the event's, or this delivery's own. */
  body: string;
  /** Its endpoint as it stood at the claim. */
  endpoint: Endpoint;
}

/** How many deliveries of an endpoint may be taken now. */
export interface Wish {
  endpointId: string;
  room: number;
  /** How many of them can begin at once: an endpoint with a pace of its own gets no more. */
  free: number;
  /** Nothing is looked for that became due before this. */
  since?: Date | undefined;
}

export interface ClaimRequest extends DueRange {
  wishes: readonly Wish[];
}

export interface Claimed {
  sendings: Sending[];
  /** Endpoints for which nothing more is taken until then: their breaker is open, or their pace does not allow it. */
  resting: Map<string, Date>;
  /** Up to when what is due was taken, by endpoint, as far as anything was: whatever is left became due then or later. */
  reached: Map<string, Date>;
}

/**
 * Takes deliveries that are due for one attempt each, over several endpoints in one statement: the rows become "sending"
 * with a lease, and whoever looks meanwhile passes over them. Rows are chosen endpoint by endpoint, so that a long queue
 * of one never stands before another. What an endpoint asked for (rate, cap, order, batches) is kept over all workers. An
 * open breaker lets one probe through per interval; what is due for an endpoint
 * that is off is marked not sent.
 */
export async function claimDue(tx: EmployerTx, employerId: string, request: ClaimRequest): Promise<Claimed> {
  const { now, wishes } = request;
  const ids = wishes.map((wish) => wish.endpointId);
  const [endpoints, secrets, rows] = await Promise.all([
    tx
      .select()
      .from(endpoint)
      .where(and(eq(endpoint.employerId, employerId), amongIds(endpoint.id, ids))),
    liveSecrets(tx, employerId, ids, now),
    takeRows(tx, employerId, request),
  ]);
  const reached = new Map<string, Date>();
  for (const { endpoint_id: id, next_attempt_at: at } of rows) if (at > (reached.get(id) ?? 0)) reached.set(id, at);
  const resting = new Map<string, Date>();
  for (const one of endpoints) {
    if (one.state === "off") await closeDue(tx, employerId, one.id, now);
    else if (one.openUntil && one.openUntil > now) resting.set(one.id, one.openUntil);
    else if (one.openUntil || isPaced(one)) {
      const room = wishes.find((wish) => wish.endpointId === one.id)?.free ?? 0;
      const paced = await choosePaced(tx, employerId, one.id, { ...request, room });
      rows.push(...(await takeThese(tx, employerId, paced.ids, request)));
      if (paced.until) resting.set(one.id, paced.until);
    }
  }
  const byId = new Map(endpoints.map((one) => [one.id, one]));
  const sendings = rows.flatMap((row) => sendingOf(row, byId.get(row.endpoint_id), secrets.get(row.endpoint_id)));
  if (sendings.length < rows.length) await giveUp(tx, employerId, rows, sendings);
  return { sendings, resting, reached };
}

const row = z.object({
  id: z.string(),
  endpoint_id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  attempts: z.number(),
  next_attempt_at: z.coerce.date(),
  body: z.string().nullable(),
});
type Row = z.output<typeof row>;

function sendingOf(taken: Row, own: Endpoint | undefined, secrets: LiveSecrets | undefined): Sending[] {
  if (taken.body === null || !own || !secrets) return [];
  return [
    {
      ...{ deliveryId: taken.id, endpointId: taken.endpoint_id, eventId: taken.event_id, eventType: taken.event_type },
      ...{ number: taken.attempts + 1, url: own.url, legacySignature: own.legacySignature },
      ...{ secrets, body: taken.body, endpoint: own },
    },
  ];
}

const lease = (now: Date): SQL => sql`${new Date(now.getTime() + LEASE_MS).toISOString()}::timestamptz`;

/** What a claim gives back of a row. The body is a sub-select, so that it is always one look into an index. */
const returned = (employerId: string): SQL => sql`
  d.id, d.endpoint_id, d.event_id, d.event_type, d.attempts, d.next_attempt_at,
  coalesce(d.body, (select v.body from event v where v.employer_id = ${employerId}::uuid and v.id = d.event_id)) as body`;

/**
 * Locks, marks and loads in one statement, for endpoints that are well and ask for no pace of their own. The ids are an
 * array, because a join would read the partition for each of them while the table has no statistics.
 */
async function takeRows(tx: EmployerTx, employerId: string, request: ClaimRequest): Promise<Row[]> {
  const { now, wishes } = request;
  const wish = JSON.stringify(
    wishes.map(({ endpointId: id, room, since }) => ({ id, room, since: since ?? "-infinity" })),
  );
  const inRange = rangeOf(employerId, request);
  const rows = await tx.execute(sql`
    with wish as materialized (
      select w.id, w.room, w.since from json_to_recordset(${wish}::json) as w(id uuid, room int, since timestamptz)
    ), due as materialized (
      select d.id from wish w
      join endpoint e on e.employer_id = ${employerId}::uuid and e.id = w.id and e.state <> 'off' and e.open_until is null
        and e.rate_per_second is null and e.concurrency is null and e.ordering = 'none' and e.batch_events is null
      cross join lateral (
        select d.id from delivery d where ${inRange} and d.endpoint_id = w.id and d.next_attempt_at >= w.since and ${isDue(now)}
        order by d.next_attempt_at limit w.room for update skip locked
      ) d
    )
    update delivery d set state = 'sending', leased_until = ${lease(now)}
    where ${inRange} and d.id = any(array(select due.id from due))
    returning ${returned(employerId)}`);
  return rows.map((one) => row.parse(one));
}

/** Marks and loads what was chosen, if it is still due. */
async function takeThese(
  tx: EmployerTx,
  employerId: string,
  ids: readonly string[],
  { now }: ClaimRequest,
): Promise<Row[]> {
  if (ids.length === 0) return [];
  const rows = await tx.execute(sql`
    update delivery d set state = 'sending', leased_until = ${lease(now)}
    where d.employer_id = ${employerId}::uuid and d.id = any(${idArray(ids)}) and ${isDue(now)}
    returning ${returned(employerId)}`);
  const taken = new Map(rows.map((one) => row.parse(one)).map((one) => [one.id, one]));
  return ids.flatMap((id) => taken.get(id) ?? []);
}

/** What became due for an endpoint that is off: kept as not sent. */
async function closeDue(tx: EmployerTx, employerId: string, endpointId: string, now: Date): Promise<void> {
  await tx
    .update(delivery)
    .set({ state: "not_sent", nextAttemptAt: null, leasedUntil: null, finishedAt: now, lastError: OFF })
    .where(
      and(
        eq(delivery.employerId, employerId),
        eq(delivery.endpointId, endpointId),
        lte(delivery.nextAttemptAt, now),
        sql`(${delivery.leasedUntil} is null or ${delivery.leasedUntil} <= ${now.toISOString()}::timestamptz)`,
      ),
    );
}

const OFF = "The endpoint was switched off.";

/** Taken, but with nothing to send: the event is older than what is kept. */
async function giveUp(tx: EmployerTx, employerId: string, rows: readonly Row[], sent: readonly Sending[]) {
  const good = new Set(sent.map((one) => one.deliveryId));
  const ids = rows.map((one) => one.id).filter((id) => !good.has(id));
  await tx
    .update(delivery)
    .set({
      ...{ state: "not_sent", nextAttemptAt: null, leasedUntil: null, finishedAt: new Date() },
      lastError: "The event is older than what is kept.",
    })
    .where(and(eq(delivery.employerId, employerId), amongIds(delivery.id, ids)));
}

/** Gives claims back as they were found: nothing was sent. A row that moved on meanwhile keeps what it says. */
export async function releaseDeliveries(
  tx: EmployerTx,
  employerId: string,
  sendings: readonly Pick<Sending, "deliveryId">[],
): Promise<void> {
  const ids = idArray(sendings.map((one) => one.deliveryId));
  await tx.execute(sql`
    update delivery set state = case when attempts > 0 then 'retrying' else 'queued' end, leased_until = null
    where employer_id = ${employerId}::uuid and id = any(${ids}) and state = 'sending'`);
}

/** An endpoint is being deleted: what is under way to it ends here, because its row will not be found again. */
export async function endUnderWay(tx: EmployerTx, employerId: string, endpointId: string, now: Date): Promise<void> {
  await tx
    .update(delivery)
    .set({ state: "not_sent", nextAttemptAt: null, leasedUntil: null, finishedAt: now, lastError: OFF })
    .where(
      and(eq(delivery.employerId, employerId), eq(delivery.endpointId, endpointId), eq(delivery.state, "sending")),
    );
}
