import { randomBytes } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { EmployerTx } from "#db/client.server.ts";
import { endpoint } from "#db/schema/webhooks.ts";
import { type DueRange, isDue, isLeased, rangeOf } from "./delivery-due.ts";

type Endpoint = typeof endpoint.$inferSelect;

/** Another worker is choosing for the same endpoint. */
const HELD_MS = 50;
/** All of an endpoint's places are taken; its own worker hears of a free one at once, the others look again. */
const FULL_MS = 250;
/** An open breaker's probe has this long, longer than any attempt. */
const PROBE_MS = 30_000;
/** The front of the queue in which leases are counted: they are taken from the front, so that all are in it. */
const FRONT = 1_000;

/** Whether an endpoint asked for anything that is kept by choosing its deliveries one claim at a time. */
export const isPaced = (one: Endpoint): boolean =>
  one.ratePerSecond !== null || one.concurrency !== null || one.ordering !== "none" || one.batchEvents !== null;

export interface Chosen {
  ids: string[];
  /** Nothing more before then; null when there is nothing or the room was the limit. */
  until: Date | null;
}

interface Wanted extends DueRange {
  room: number;
}

/**
 * Chooses for one endpoint under the lock of its row, so that what it asked for holds over all workers: who finds the row
 * locked looks again a moment later. Whatever is chosen must be taken in the same transaction. While the breaker is open
 * and its interval has passed, one delivery is chosen as the probe.
 */
export async function choosePaced(
  tx: EmployerTx,
  employerId: string,
  endpointId: string,
  wanted: Wanted,
): Promise<Chosen> {
  const { now } = wanted;
  const own = and(eq(endpoint.employerId, employerId), eq(endpoint.id, endpointId));
  const [row] = await tx.select().from(endpoint).where(own).for("update", { skipLocked: true });
  if (!row) return { ids: [], until: after(now, HELD_MS) };
  if (row.openUntil && row.openUntil > now) return { ids: [], until: row.openUntil };
  const rate = rateOf(row, now);
  if (rate && rate.room === 0) return { ids: [], until: rate.from };
  const free = row.concurrency === null ? Number.POSITIVE_INFINITY : row.concurrency - (await underWay(tx, row, now));
  if (free <= 0) return { ids: [], until: after(now, FULL_MS) };
  const requests = Math.min(wanted.room, free, rate?.room ?? wanted.room, row.openUntil ? 1 : wanted.room);
  const { ids, until } = await choose(tx, row, { ...wanted, room: requests });
  if (ids.length === 0) return { ids, until };
  const made = row.batchEvents === null ? ids.length : 1;
  const changes = {
    ...(rate ? { rateNextAt: new Date(rate.from.getTime() + made * rate.every) } : {}),
    ...(row.openUntil ? { openUntil: after(now, PROBE_MS) } : {}),
  };
  if (Object.keys(changes).length > 0) await tx.update(endpoint).set(changes).where(own);
  if (row.openUntil) return { ids, until: after(now, PROBE_MS) };
  return { ids, until: rate && made >= rate.room ? new Date(rate.from.getTime() + made * rate.every) : null };
}

const after = (now: Date, ms: number) => new Date(now.getTime() + ms);

/** Of what was asked for, so that requests which arrive closer together than they left still keep to it. */
const SHARE = 0.95;
/** Requests that were due within this and not made are made up for. */
const SLACK_MS = 200;

/**
 * A token bucket whose level is the instant at which the next request may leave, kept in the endpoint's row: over any ten
 * seconds at most ten times the rate and one leave, whoever sends them.
 */
export function rateOf(
  { ratePerSecond, rateNextAt }: Pick<Endpoint, "ratePerSecond" | "rateNextAt">,
  now: Date,
): { room: number; from: Date; every: number } | null {
  if (ratePerSecond === null) return null;
  const every = 1_000 / (ratePerSecond * SHARE);
  const from = new Date(Math.max(rateNextAt?.getTime() ?? 0, now.getTime() - SLACK_MS));
  const room = from > now ? 0 : Math.floor((now.getTime() - from.getTime()) / every) + 1;
  return { room, from, every };
}

async function underWay(tx: EmployerTx, row: Endpoint, now: Date): Promise<number> {
  const [counted] = await tx.execute(sql`
    select count(*)::int as busy from (
      select d.leased_until from delivery d
      where d.employer_id = ${row.employerId}::uuid and d.endpoint_id = ${row.id}::uuid and d.next_attempt_at is not null
      order by d.next_attempt_at limit ${FRONT}
    ) d where ${isLeased(now)}`);
  return z.object({ busy: z.number() }).parse(counted).busy;
}

const chosen = z.object({ id: z.string(), next_attempt_at: z.coerce.date() });

async function choose(tx: EmployerTx, row: Endpoint, wanted: Wanted): Promise<Chosen> {
  if (wanted.only === undefined && row.ordering !== "none") {
    // What was written while the order was being switched on, by somebody who did not see it yet.
    if (wanted.oldest !== undefined) await adoptStrays(tx, row);
    return { ids: await heads(tx, row, wanted), until: null };
  }
  const limit = row.batchEvents ?? wanted.room;
  const rows = await tx.execute(sql`
    select d.id, d.next_attempt_at from delivery d
    where ${rangeOf(row.employerId, wanted)} and d.endpoint_id = ${row.id}::uuid and ${isDue(wanted.now)}
    order by d.next_attempt_at limit ${limit} for update skip locked`);
  const found = rows.map((one) => chosen.parse(one));
  const ids = found.map((one) => one.id);
  const [first] = found;
  if (!first || row.batchEvents === null || wanted.only || ids.length >= row.batchEvents) return { ids, until: null };
  const full = after(first.next_attempt_at, (row.batchSeconds ?? 0) * 1_000);
  return full > wanted.now ? { ids: [], until: full } : { ids, until: null };
}

/**
 * The first unfinished delivery of each key, for keys of which none is under way: key after key by the index, as far as
 * there is room. It starts anywhere, so that no key waits behind all others.
 */
async function heads(tx: EmployerTx, row: Endpoint, { now, room }: Wanted): Promise<string[]> {
  const after = row.ordering === "subject" ? randomBytes(2).toString("hex") : "";
  const found = await headsAfter(tx, row, { now, room, after });
  if (found.length >= room || after === "") return found;
  return [...new Set([...found, ...(await headsAfter(tx, row, { now, room, after: "" }))])].slice(0, room);
}

async function headsAfter(
  tx: EmployerTx,
  row: Endpoint,
  { now, room, after }: { now: Date; room: number; after: string },
): Promise<string[]> {
  const open = sql`d.employer_id = ${row.employerId}::uuid and d.endpoint_id = ${row.id}::uuid
    and d.order_key is not null and d.next_attempt_at is not null`;
  const rows = await tx.execute(sql`
    with recursive head as (
      (select d.id, d.order_key, d.next_attempt_at, d.leased_until from delivery d
        where ${open} and d.order_key > ${after} order by d.order_key, d.order_number limit 1)
      union all
      select n.id, n.order_key, n.next_attempt_at, n.leased_until from head h cross join lateral (
        select d.id, d.order_key, d.next_attempt_at, d.leased_until from delivery d
        where ${open} and d.order_key > h.order_key order by d.order_key, d.order_number limit 1
      ) n
    )
    select d.id from head d where ${isDue(now)} limit ${room}`);
  return rows.map((one) => z.object({ id: z.string() }).parse(one).id);
}

async function adoptStrays(tx: EmployerTx, { employerId, id, ordering }: Endpoint): Promise<void> {
  await tx.execute(sql`
    with last as (
      select coalesce(max(d.order_number), 0) as number from delivery d
      where d.employer_id = ${employerId}::uuid and d.endpoint_id = ${id}::uuid and d.next_attempt_at is not null
    ), strays as (
      select d.id, coalesce(v.subject_id::text, '-') as subject, row_number() over (order by d.id) as place
      from delivery d left join event v on v.employer_id = d.employer_id and v.id = d.event_id
      where d.employer_id = ${employerId}::uuid and d.endpoint_id = ${id}::uuid and d.next_attempt_at is not null
        and d.order_key is null
    )
    update delivery d set order_key = case when ${ordering} = 'endpoint' then '*' else strays.subject end,
      order_number = last.number + strays.place
    from strays, last where d.employer_id = ${employerId}::uuid and d.id = strays.id`);
}
