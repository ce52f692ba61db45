import { setTimeout as sleep } from "node:timers/promises";
import { and, eq, isNotNull, isNull, lt } from "drizzle-orm";
import { env } from "#app/platform/env.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { attempt, delivery, event, inboundDedupe, inboundDelivery } from "#db/schema/webhooks.ts";
import { idAt } from "./newest-first.server.ts";

const tables = { event, delivery, attempt, inbound_delivery: inboundDelivery } as const;
type KeptTable = keyof typeof tables;
const names: readonly KeptTable[] = ["attempt", "delivery", "event", "inbound_delivery"];

const DAY_MS = 86_400_000;

/** How many days each is kept, as the settings say. */
function keptDays(): Record<KeptTable, number> {
  const settings = env();
  return {
    event: settings.PATCHBAY_KEEP_EVENTS_DAYS,
    delivery: settings.PATCHBAY_KEEP_DELIVERIES_DAYS,
    attempt: settings.PATCHBAY_KEEP_ATTEMPTS_DAYS,
    inbound_delivery: settings.PATCHBAY_KEEP_INBOUND_DAYS,
  };
}

/** The first midnight (UTC) whose day is still kept. */
const keptSince = (days: number, now: Date): Date => new Date((Math.floor(now.getTime() / DAY_MS) - days) * DAY_MS);

interface Expired {
  /** Partitions taken out of their tables, by name. */
  partitions: string[];
  /** Deliveries that still waited and whose event is gone now. */
  settled: number;
}

/**
 * Lets go of what is older than its days: whole partitions are taken out and dropped, so that no row is deleted and
 * nothing is left to vacuum. A delivery that still waits for an event that goes is marked not sent first. Throws when
 * a table was busy all the time; what is left then goes the next time.
 */
export async function expireRecords(now: Date = new Date()): Promise<Expired> {
  const days = keptDays();
  const settled = await settleWaiting(keptSince(days.event, now));
  const partitions: string[] = [];
  for (const table of names) {
    for (const child of await expiredPartitions(table, keptSince(days[table], now)))
      if (await detach(child, days[table])) partitions.push(child);
  }
  await sql`select drop_detached()`;
  for (const table of names) await sweepOther(table, keptSince(days[table], now));
  await forgetKeys(keptSince(days.inbound_delivery, now));
  return { partitions, settled };
}

async function expiredPartitions(table: KeptTable, since: Date): Promise<string[]> {
  const oldest = `${table}_${since.toISOString().slice(0, 10).replaceAll("-", "")}`;
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = ${table}::regclass and c.relname ~ ${`^${table}_[0-9]{8}$`} and c.relname < ${oldest} order by 1`;
  return rows.map(({ name }) => name);
}

const LOCK_NOT_FREE = "55P03";
const TRIES = 50;

/** Each try asks for the table's lock for a tenth of a second; between tries everybody else goes on. */
async function detach(child: string, days: number): Promise<boolean> {
  for (let left = TRIES; ; left -= 1) {
    try {
      const [row] = await sql<{ done: boolean }[]>`select detach_partition(${child}, ${days}::int) as done`;
      return row?.done ?? false;
    } catch (error) {
      if (left <= 1 || !isLockNotFree(error)) throw error;
      await sleep(100 + Math.random() * 400);
    }
  }
}

export const isLockNotFree = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === LOCK_NOT_FREE;

const employers = async (): Promise<string[]> =>
  (await sql<{ id: string }[]>`select id from employer`).map(({ id }) => id);

export const EXPIRED = "The event is older than its days and is gone.";

async function settleWaiting(since: Date): Promise<number> {
  let settled = 0;
  for (const employerId of await employers()) {
    const rows = await withEmployer(employerId, (tx) =>
      tx
        .update(delivery)
        .set({ state: "not_sent", nextAttemptAt: null, leasedUntil: null, finishedAt: new Date(), lastError: EXPIRED })
        .where(
          and(
            eq(delivery.employerId, employerId),
            isNotNull(delivery.nextAttemptAt),
            isNull(delivery.body),
            lt(delivery.eventId, idAt(since)),
          ),
        )
        .returning({ id: delivery.id }),
    );
    settled += rows.length;
  }
  return settled;
}

/** What came while its day had no partition is few and lies in the default one: there rows are deleted. */
async function sweepOther(table: KeptTable, since: Date): Promise<void> {
  const [other] = await sql<{ bytes: string }[]>`select pg_relation_size(${`${table}_other`}::regclass)::text as bytes`;
  if (!other || other.bytes === "0") return;
  const { employerId: owner, id } = tables[table];
  for (const employerId of await employers())
    await withEmployer(employerId, (tx) =>
      tx.delete(tables[table]).where(and(eq(owner, employerId), lt(id, idAt(since)))),
    );
}

/** A vendor's event id is known as long as its delivery is kept. */
async function forgetKeys(since: Date): Promise<void> {
  for (const employerId of await employers())
    await withEmployer(employerId, (tx) =>
      tx.delete(inboundDedupe).where(and(eq(inboundDedupe.employerId, employerId), lt(inboundDedupe.at, since))),
    );
}
