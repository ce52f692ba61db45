import { and, eq, inArray, isNotNull, isNull, like, lt, sql as statement } from "drizzle-orm";
import type { CalendarChanges } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { calendarEvent, calendarStream } from "#db/schema/interviews.ts";
import { enqueueMany } from "#jobs/enqueue.server.ts";
import { pollFactor } from "./inbound-silence.server.ts";
import { noticeChanges, noticeMissing } from "./interview-changes.server.ts";
import { callVendor, type OpenVendor } from "./vendor-context.server.ts";

type Stream = typeof calendarStream.$inferSelect;

/** How long a calendar that nobody reports on is left alone. Notifications get lost by design. */
const POLL_MS = 15 * 60_000;
/** Rows of one insert: the number of parameters of a statement is limited. */
const CHUNK = 1_000;

const keyOf = (employerId: string, connectionId: string, calendarId: string) =>
  and(
    eq(calendarStream.employerId, employerId),
    eq(calendarStream.connectionId, connectionId),
    eq(calendarStream.calendarId, calendarId),
  );

/** Reads a calendar, or every followed one, as soon as possible: somebody said that it changed. Returns how many. */
export async function queueCalendarPull(
  employerId: string,
  connectionId: string,
  calendarId: string | null,
): Promise<number> {
  return withEmployer(employerId, async (tx) => {
    const rows = await tx
      .select({ calendarId: calendarStream.calendarId })
      .from(calendarStream)
      .where(
        and(
          eq(calendarStream.employerId, employerId),
          eq(calendarStream.connectionId, connectionId),
          isNotNull(calendarStream.nextRunAt),
          calendarId === null ? undefined : eq(calendarStream.calendarId, calendarId),
        ),
      );
    await enqueueMany(
      tx,
      rows.map((row) => ({ name: "calendar-pull" as const, payload: { employerId, connectionId, ...row } })),
    );
    return rows.length;
  });
}

/**
 * Reads what changed in one calendar, page by page. Each page's events, what they mean for interviews and the token
 * commit together, so a crash repeats at most a page; of two readers one goes on. A dead token starts a full read, at
 * whose end everything it did not meet is gone. Kinds: all of `changes` but cursor-expired.
 */
export async function pullCalendar(
  employerId: string,
  connectionId: string,
  calendarId: string,
  signal: AbortSignal,
): Promise<void> {
  const first = await begin(employerId, connectionId, calendarId);
  if (!first) return;
  const part = `calendar:${calendarId}`;
  await callVendor(employerId, connectionId, { signal, idempotencyKey: part, part }, async (vendor) => {
    let at: Stream | null = first;
    for (let resets = 0; at !== null; ) {
      signal.throwIfAborted();
      const here: Stream = at;
      try {
        const page = await calendarOf(vendor).changes(vendor.ctx, calendarId, here.token);
        const next = await keepPage(vendor, here, page);
        at = page.more ? next : null;
      } catch (error) {
        if (!(error instanceof IntegrationError) || error.kind !== "cursor-expired" || resets > 0) throw error;
        resets += 1;
        at = await startOver(here);
      }
    }
  });
}

function calendarOf({ adapter }: OpenVendor) {
  if (!adapter.calendar) throw new IntegrationError("unsupported", "This tool has no calendars.");
  return adapter.calendar;
}

/** Sets the next poll first, so that a calendar that cannot be read is not asked every minute. */
async function begin(employerId: string, connectionId: string, calendarId: string): Promise<Stream | undefined> {
  const now = new Date();
  const [row] = await withEmployer(employerId, async (tx) => {
    const wait = POLL_MS * (await pollFactor(tx, { employerId, connectionId, resource: null }, now));
    return tx
      .update(calendarStream)
      .set({
        nextRunAt: new Date(now.getTime() + wait + Math.random() * 60_000),
        fullSince: statement`case when ${calendarStream.token} is null then coalesce(${calendarStream.fullSince}, ${now.toISOString()}::timestamptz) else ${calendarStream.fullSince} end`,
      })
      .where(keyOf(employerId, connectionId, calendarId))
      .returning();
  });
  return row;
}

async function startOver(at: Stream): Promise<Stream | null> {
  const [row] = await withEmployer(at.employerId, (tx) =>
    tx
      .update(calendarStream)
      .set({ token: null, fullSince: new Date() })
      .where(and(keyOf(at.employerId, at.connectionId, at.calendarId), tokenIs(at.token)))
      .returning(),
  );
  return row ?? null;
}

const tokenIs = (token: string | null) =>
  token === null ? isNull(calendarStream.token) : eq(calendarStream.token, token);

/** One page in one transaction; null when somebody else has read it meanwhile. */
async function keepPage(vendor: OpenVendor, at: Stream, page: CalendarChanges): Promise<Stream | null> {
  const { employerId } = at;
  return withEmployer(employerId, async (tx) => {
    const now = new Date();
    const [next] = await tx
      .update(calendarStream)
      .set({ token: page.token, ...(page.more ? {} : { lastSyncedAt: now, fullSince: null, error: null }) })
      .where(and(keyOf(employerId, at.connectionId, at.calendarId), tokenIs(at.token)))
      .returning();
    if (!next) return null;
    const standing = page.upserts.filter(({ status }) => status !== "cancelled");
    const gone = [
      ...page.removedIds,
      ...page.upserts.filter(({ status }) => status === "cancelled").map(({ ref }) => ref.id),
    ];
    await mirror(tx, at, standing, gone, now);
    const scope = { employerId, connectionId: at.connectionId, calendarId: at.calendarId };
    const vendorName = vendor.adapter.manifest.name;
    await noticeChanges(tx, { ...scope, vendorName }, standing, gone);
    if (!page.more && at.fullSince) {
      await tx.delete(calendarEvent).where(and(eventsOf(at), lt(calendarEvent.updatedAt, at.fullSince)));
      await noticeMissing(tx, { ...scope, vendorName }, at.fullSince);
    }
    return next;
  });
}

const eventsOf = (at: Stream) =>
  and(
    eq(calendarEvent.employerId, at.employerId),
    eq(calendarEvent.connectionId, at.connectionId),
    eq(calendarEvent.calendarId, at.calendarId),
  );

async function mirror(
  tx: EmployerTx,
  at: Stream,
  standing: CalendarChanges["upserts"],
  gone: readonly string[],
  now: Date,
): Promise<void> {
  const { employerId, connectionId, calendarId } = at;
  const rows = new Map(
    standing.map(({ ref, event, status }) => [
      ref.id,
      {
        ...{ employerId, connectionId, calendarId, externalId: ref.id, status, etag: ref.etag, updatedAt: now },
        startsAt: event?.start ?? null,
        endsAt: event?.end ?? null,
        attendees: event?.attendees.map(({ email }) => email) ?? [],
      },
    ]),
  );
  await forgetOccurrences(tx, at, standing, gone);
  const all = [...rows.values()];
  for (let start = 0; start < all.length; start += CHUNK) {
    await tx
      .insert(calendarEvent)
      .values(all.slice(start, start + CHUNK))
      .onConflictDoUpdate({
        target: [
          calendarEvent.employerId,
          calendarEvent.connectionId,
          calendarEvent.calendarId,
          calendarEvent.externalId,
        ],
        set: {
          status: statement`excluded.status`,
          startsAt: statement`excluded.starts_at`,
          endsAt: statement`excluded.ends_at`,
          etag: statement`excluded.etag`,
          attendees: statement`excluded.attendees`,
          updatedAt: statement`excluded.updated_at`,
        },
      });
  }
  if (gone.length > 0)
    await tx.delete(calendarEvent).where(and(eventsOf(at), inArray(calendarEvent.externalId, [...gone])));
}

/** A series that was told anew brings its occurrences with it, and one that is gone has none: earlier ones are dropped. */
async function forgetOccurrences(
  tx: EmployerTx,
  at: Stream,
  standing: CalendarChanges["upserts"],
  gone: readonly string[],
): Promise<void> {
  const series = [...standing.filter((one) => one.occurrenceOf === undefined).map(({ ref }) => ref.id), ...gone];
  for (let start = 0; start < series.length; start += CHUNK)
    await tx
      .delete(calendarEvent)
      .where(
        and(
          eventsOf(at),
          like(calendarEvent.externalId, "%#%"),
          inArray(statement`split_part(${calendarEvent.externalId}, '#', 1)`, series.slice(start, start + CHUNK)),
        ),
      );
}

/** Writes on a calendar why it could not be read; the next poll tries again. */
export async function noteCalendarTrouble(
  employerId: string,
  connectionId: string,
  calendarId: string,
  error: unknown,
): Promise<void> {
  const words = error instanceof IntegrationError ? error.message : "It could not be read. Our log has the details.";
  await withEmployer(employerId, (tx) =>
    tx
      .update(calendarStream)
      .set({ error: words })
      .where(keyOf(employerId, connectionId, calendarId)),
  );
}
