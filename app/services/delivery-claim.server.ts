import { and, eq, lte, sql } from "drizzle-orm";
import { z } from "zod";
import type { EmployerTx } from "#db/client.server.ts";
import { amongIds, idArray } from "#db/lists.server.ts";
import { delivery, endpoint } from "#db/schema/webhooks.ts";
import { type LiveSecrets, liveSecrets } from "./endpoint-secrets.server.ts";

/** A claimed delivery belongs to its claimant for this long: the deadline of one attempt and time to write it down. */
const LEASE_MS = 30_000;
/** A delivery may be taken this much early: the clocks of Postgres and the workers differ. */
const EARLY_MS = 250;
/** Ids of what is due are not younger than this; made by machines whose clocks differ. */
const AHEAD_MS = 3_600_000;
/** How far back a claim looks for what nobody named: the sweep says when there is something older. */
const RECENT_MS = 24 * 3_600_000;

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
}

export interface ClaimRequest {
  now: Date;
  wishes: readonly Wish[];
  /** The oldest id to look for, where one is known to wait that is more than a day old. */
  oldest?: string | undefined;
  /** Only this delivery. */
  only?: string | undefined;
}

export interface Claimed {
  sendings: Sending[];
  /** Endpoints whose breaker is open, and until when nothing is taken for them. */
  resting: Map<string, Date>;
}

/**
 * Takes deliveries that are due for one attempt each, over several endpoints in one statement: the rows become "sending"
 * with a lease, and whoever looks meanwhile passes over them. Rows are chosen endpoint by endpoint, so that a long queue
 * of one never stands before another. An open breaker lets one probe through per interval; what is due for an endpoint
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
    takeRows(tx, employerId, { ...request, probing: false }),
  ]);
  const resting = new Map<string, Date>();
  for (const one of endpoints) {
    if (one.state === "off") await closeDue(tx, employerId, one.id, now);
    else if (one.openUntil && one.openUntil > now) resting.set(one.id, one.openUntil);
    else if (one.openUntil) {
      const { probe, until } = await takeProbe(tx, employerId, one.id, request);
      rows.push(...probe);
      if (until) resting.set(one.id, until);
    }
  }
  const byId = new Map(endpoints.map((one) => [one.id, one]));
  const sendings = rows.flatMap((row) => sendingOf(row, byId.get(row.endpoint_id), secrets.get(row.endpoint_id)));
  if (sendings.length < rows.length) await giveUp(tx, employerId, rows, sendings);
  return { sendings, resting };
}

const row = z.object({
  id: z.string(),
  endpoint_id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  attempts: z.number(),
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

/** The smallest UUIDv7 of an instant. */
const floorId = (at: number): string => {
  const hex = Math.max(0, at).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

/** The ids among which a claim looks, so that only partitions which can hold them are opened. */
function rangeOf({ now, oldest, only }: ClaimRequest): { from: string; to: string } {
  if (only) return { from: only, to: only };
  const recent = floorId(Math.min(now.getTime(), Date.now()) - RECENT_MS);
  return { from: oldest && oldest < recent ? oldest : recent, to: floorId(now.getTime() + AHEAD_MS) };
}

/**
 * Locks, marks and loads in one statement. The ids are an array, because a join would read the partition for each of
 * them while the table has no statistics; the body is a sub-select, so that it is always one look into an index.
 */
async function takeRows(
  tx: EmployerTx,
  employerId: string,
  request: ClaimRequest & { probing: boolean },
): Promise<Row[]> {
  const { now, wishes, probing } = request;
  const at = sql`${now.toISOString()}::timestamptz`;
  const soon = sql`${new Date(now.getTime() + EARLY_MS).toISOString()}::timestamptz`;
  const lease = sql`${new Date(now.getTime() + LEASE_MS).toISOString()}::timestamptz`;
  const { from, to } = rangeOf(request);
  const range = sql`d.employer_id = ${employerId}::uuid and d.id between ${from}::uuid and ${to}::uuid`;
  const rows = await tx.execute(sql`
    with wish as materialized (
      select w.id, w.room from json_to_recordset(${JSON.stringify(wishes.map(({ endpointId: id, room }) => ({ id, room })))}::json) as w(id uuid, room int)
    ), due as materialized (
      select d.id from wish w
      join endpoint e on e.employer_id = ${employerId}::uuid and e.id = w.id and e.state <> 'off'
        and (e.open_until is null or ${probing})
      cross join lateral (
        select d.id from delivery d
        where ${range} and d.endpoint_id = w.id and d.next_attempt_at <= ${soon}
          and (d.leased_until is null or d.leased_until <= ${at})
        order by d.next_attempt_at limit w.room for update skip locked
      ) d
    )
    update delivery d set state = 'sending', leased_until = ${lease}
    where ${range} and d.id = any(array(select due.id from due))
    returning d.id, d.endpoint_id, d.event_id, d.event_type, d.attempts,
      coalesce(d.body, (select v.body from event v where v.employer_id = ${employerId}::uuid and v.id = d.event_id)) as body`);
  return rows.map((one) => row.parse(one));
}

/** The interval of an open breaker has passed: exactly one claimant anywhere gets the probe, if there is what to send. */
async function takeProbe(
  tx: EmployerTx,
  employerId: string,
  endpointId: string,
  request: ClaimRequest,
): Promise<{ probe: Row[]; until: Date | null }> {
  const { now } = request;
  const own = and(eq(endpoint.employerId, employerId), eq(endpoint.id, endpointId));
  const [before] = await tx
    .select({ openUntil: endpoint.openUntil })
    .from(endpoint)
    .where(and(own, lte(endpoint.openUntil, now)))
    .for("update");
  if (!before) return { probe: [], until: new Date(now.getTime() + LEASE_MS) };
  const probe = await takeRows(tx, employerId, { ...request, wishes: [{ endpointId, room: 1 }], probing: true });
  if (probe.length === 0) return { probe, until: null };
  const until = new Date(now.getTime() + LEASE_MS);
  await tx.update(endpoint).set({ openUntil: until }).where(own);
  return { probe, until };
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
