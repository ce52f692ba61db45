import { and, eq, isNotNull, sql as statement } from "drizzle-orm";
import { z } from "zod";
import { manifestOf } from "#app/integrations/catalog.ts";
import { inWriting, momentWords } from "#app/platform/moments.ts";
import { type EmployerTx, sql, withEmployer } from "#db/client.server.ts";
import { connection, subscription } from "#db/schema/connections.ts";
import { calendarStream } from "#db/schema/interviews.ts";
import { syncStream } from "#db/schema/sync.ts";
import { inboundRhythm } from "#db/schema/webhooks.ts";
import { enqueueMany } from "#jobs/enqueue.server.ts";
import { applyOutcome } from "./connection-state.server.ts";
import { afterHour, isLearnt, lastHour, newRhythm, type Rhythm } from "./inbound-rhythm.ts";

/** The part of a connection that stands amber while its vendor is silent. */
const PART = "webhooks heard";
const HOUR_MS = 3_600_000;

const moment = z.coerce.date().nullable();
const heardRow = z.object({
  id: z.string(),
  vendor_id: z.string(),
  label: z.string(),
  last_at: moment,
  heard: moment,
  hours: z.array(z.number()).nullable(),
  looked_hours: z.number().nullable(),
  heard_hours: z.number().nullable(),
  looked_until: moment,
  surprise: z.number().nullable(),
  missed: z.number().nullable(),
  longest: z.number().nullable(),
  silent_since: moment,
});
type HeardRow = z.output<typeof heardRow>;

/**
 * Adds the hour that has ended to what is known of each running connection's rhythm: one look into an index per connection
 * and hour, however many deliveries there are. Says so where a vendor became silent or is heard again; returns how many
 * are silent. Hours in which nobody looked, and those of connections that do not run, are not counted as silence.
 */
export async function listenForSilence(now: Date = new Date()): Promise<number> {
  const hour = lastHour(now);
  const employers = await sql<{ id: string }[]>`select id from employer`;
  let silent = 0;
  for (const { id } of employers) silent += await withEmployer(id, (tx) => listenTo(tx, id, hour, now));
  return silent;
}

async function listenTo(tx: EmployerTx, employerId: string, hour: Date, now: Date): Promise<number> {
  const end = new Date(hour.getTime() + HOUR_MS);
  const rows = await tx.execute(statement`
    select c.id, c.vendor_id, c.label, r.last_at, r.hours, r.looked_hours, r.heard_hours, r.looked_until, r.surprise,
      r.missed, r.longest, r.silent_since, (
        select d.received_at from inbound_delivery d
        where d.employer_id = c.employer_id and d.connection_id = c.id and d.replay_of is null
          and d.id >= uuid_floor(${hour.toISOString()}::timestamptz) and d.id < uuid_floor(${end.toISOString()}::timestamptz)
        order by d.id desc limit 1) as heard
    from connection c
    left join inbound_rhythm r on r.employer_id = c.employer_id and r.connection_id = c.id
    where c.employer_id = ${employerId} and c.state in ('active', 'degraded')
      and (r.looked_until is null or r.looked_until < ${end.toISOString()}::timestamptz)`);
  let silent = 0;
  for (const row of rows.map((one) => heardRow.parse(one))) {
    if (row.hours === null && row.heard === null) continue;
    const before = rhythmOf(row, hour);
    const after = afterHour(before, hour, row.heard);
    const key = { employerId, connectionId: row.id };
    await tx
      .insert(inboundRhythm)
      .values({ ...key, ...after })
      .onConflictDoUpdate({ target: [inboundRhythm.employerId, inboundRhythm.connectionId], set: after });
    if (after.silentSince) silent += 1;
    if (after.silentSince) await tellSilence(tx, employerId, row, after, !before.silentSince, now);
    else if (before.silentSince) await applyOutcome(tx, employerId, row.id, { kind: "success", part: PART }, now);
  }
  return silent;
}

const rhythmOf = (row: HeardRow, hour: Date): Rhythm => ({
  ...newRhythm(hour),
  ...(row.hours === null
    ? {}
    : {
        ...{ hours: row.hours, lookedHours: row.looked_hours ?? 0, heardHours: row.heard_hours ?? 0 },
        ...{ lastAt: row.last_at, surprise: row.surprise ?? 0, missed: row.missed ?? 0, longest: row.longest ?? 0 },
        silentSince: row.silent_since,
      }),
});

/**
 * Turns the connection amber with what to do, reads what changed at once, and asks the vendor anew where we subscribed
 * ourselves. Told again each hour, so that a saved setting does not hide it for long.
 */
async function tellSilence(
  tx: EmployerTx,
  employerId: string,
  row: HeardRow,
  { lastAt, missed }: Rhythm,
  isNew: boolean,
  now: Date,
): Promise<void> {
  const { id: connectionId } = row;
  const mine = { employerId, connectionId };
  const subscribed = await tx
    .select({ id: subscription.id })
    .from(subscription)
    .where(and(eq(subscription.employerId, employerId), eq(subscription.connectionId, connectionId)));
  const vendor = manifestOf(row.vendor_id)?.name ?? row.label;
  const since = lastAt ? ` since ${momentWords(lastAt, "message", inWriting("UTC"))}` : "";
  const hours = Math.max(1, Math.round(missed));
  const next =
    subscribed.length > 0
      ? `We asked ${vendor} again to send. If it stays silent, look there whether the webhook is switched off.`
      : `Look in ${vendor} whether the webhook is still switched on and calls the address under Settings.`;
  const message = `${vendor} has sent nothing${since}, though it usually would have in about ${hours} of the hours since. We look for changes ourselves meanwhile, so nothing is lost. ${next}`;
  await applyOutcome(tx, employerId, connectionId, { kind: "failure", error: "config", message, part: PART }, now);
  if (!isNew) return;
  await enqueueMany(
    tx,
    subscribed.map(({ id }) => ({ name: "subscription-renew" as const, payload: { employerId, subscriptionId: id } })),
  );
  for (const table of [syncStream, calendarStream])
    await tx
      .update(table)
      .set({ nextRunAt: now })
      .where(
        and(eq(table.employerId, mine.employerId), eq(table.connectionId, connectionId), isNotNull(table.nextRunAt)),
      );
}

/** How much more rarely is polled what webhooks tell, while they come in their rhythm. */
const RARELY = 4;
/** A rhythm that nobody looked at for this long says nothing about now. */
const STALE_MS = 3 * HOUR_MS;

/**
 * By how much the time between two polls grows because the vendor tells every change, and is heard in its rhythm: 1 or 4.
 * Of synced records only those that the manifest calls told; null asks for calendars, which tell all they have.
 */
export async function pollFactor(
  tx: EmployerTx,
  { employerId, connectionId, resource }: { employerId: string; connectionId: string; resource: string | null },
  now: Date = new Date(),
): Promise<number> {
  const [known] = await tx
    .select({ rhythm: inboundRhythm, vendorId: connection.vendorId })
    .from(inboundRhythm)
    .innerJoin(
      connection,
      and(eq(connection.employerId, inboundRhythm.employerId), eq(connection.id, inboundRhythm.connectionId)),
    )
    .where(and(eq(inboundRhythm.employerId, employerId), eq(inboundRhythm.connectionId, connectionId)));
  if (!known) return 1;
  const { rhythm, vendorId } = known;
  const told = resource === null || manifestOf(vendorId)?.resources?.some((one) => one.name === resource && one.told);
  const looked = now.getTime() - rhythm.lookedUntil.getTime() < STALE_MS;
  return told && looked && isLearnt(rhythm) && rhythm.silentSince === null ? RARELY : 1;
}

/** A sentence about when a connection's vendor usually sends, for its deliveries; null while too little is known. */
export async function rhythmWords(employerId: string, connectionId: string): Promise<string | null> {
  const [rhythm] = await withEmployer(employerId, (tx) =>
    tx
      .select()
      .from(inboundRhythm)
      .where(and(eq(inboundRhythm.employerId, employerId), eq(inboundRhythm.connectionId, connectionId))),
  );
  if (!rhythm || !isLearnt(rhythm)) return null;
  const usual = Math.max(1, Math.round(rhythm.hours.reduce((sum, likely) => sum + likely, 0)));
  const week = `In a usual week something comes in ${usual === 1 ? "one hour" : `${usual} of the 168 hours`}.`;
  if (!rhythm.silentSince) return week;
  const hours = Math.max(1, Math.round(rhythm.missed));
  return `${week} Nothing has come now in about ${hours} hours in which it usually does.`;
}
