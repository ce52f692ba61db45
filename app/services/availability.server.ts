import { and, asc, eq, gt, inArray, lt } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { calendarEvent, calendarStream } from "#db/schema/interviews.ts";
import { member, user } from "#db/schema/people.ts";
import type { Actor } from "./actor.ts";
import type { Lane, Span } from "./availability-slots.ts";
import { callVendor } from "./vendor-context.server.ts";

/** Somebody, or a room, that can be asked for. */
export interface Bookable {
  /** Calendar id; for a team member without a followed calendar the mail address. */
  key: string;
  name: string;
  /** Whose it is, where a person has several calendars. */
  person: string | null;
  /** Where an invitation goes; null for calendars that belong to nobody. */
  email: string | null;
  /** Whose calendar list it is on; null: asked for through any calendar connection. */
  connectionId: string | null;
  vendorId: string | null;
}

interface CalendarConnection {
  id: string;
  vendorId: string;
  label: string;
  runs: boolean;
  bookingCalendarId: string | null;
  /** Whether it makes video links. */
  makesMeetings: boolean;
  /** The mail address of whoever signed in, where the vendor names one. */
  owner: string | null;
}

const ASK_MS = 12_000;
/** A copy older than this says nothing about now. */
const MIRROR_MS = 2 * 3_600_000;
/** Our copy holds the occurrences of series about half a year ahead, and says nothing about later. */
const MIRROR_AHEAD_MS = 170 * 86_400_000;

/** Calendar connections, running ones first. */
export async function calendarConnections(tx: EmployerTx, employerId: string): Promise<CalendarConnection[]> {
  const rows = await tx
    .select()
    .from(connection)
    .where(eq(connection.employerId, employerId))
    .orderBy(asc(connection.createdAt));
  return rows
    .filter((row) => manifestOf(row.vendorId)?.capabilities.includes("calendar"))
    .map((row) => ({
      id: row.id,
      vendorId: row.vendorId,
      label: row.label,
      runs: row.state === "active" || row.state === "degraded",
      owner: row.accountName === null ? null : mailboxOf(row.accountName),
      makesMeetings: manifestOf(row.vendorId)?.makesMeetings ?? false,
      bookingCalendarId: typeof row.setup.bookingCalendarId === "string" ? row.setup.bookingCalendarId : null,
    }))
    .sort((one, two) => Number(two.runs) - Number(one.runs));
}

/** Everybody and everything that can be looked at: followed calendars, then team members without one. */
export async function listBookables(tx: EmployerTx, employerId: string): Promise<Bookable[]> {
  const connections = await calendarConnections(tx, employerId);
  const team = await tx
    .select({ name: user.name, email: user.email })
    .from(member)
    .innerJoin(user, eq(user.id, member.userId))
    .where(eq(member.employerId, employerId))
    .orderBy(asc(user.name));
  const streams = await tx
    .select()
    .from(calendarStream)
    .where(eq(calendarStream.employerId, employerId))
    .orderBy(asc(calendarStream.name));
  const found = new Map<string, Bookable>();
  for (const { id, vendorId, owner } of connections)
    for (const stream of streams.filter((row) => row.connectionId === id)) {
      const isAddress = URL.canParse(stream.calendarId);
      const key = isAddress ? stream.calendarId : stream.calendarId.toLowerCase();
      const email = isAddress ? owner : mailboxOf(stream.calendarId);
      const person = team.find((one) => one.email.toLowerCase() === (isAddress ? email : key)?.toLowerCase());
      const name = person && isAddress ? `${person.name} · ${stream.name}` : (person?.name ?? stream.name);
      if (!found.has(key))
        found.set(key, {
          ...{ key: stream.calendarId, name, person: person?.name ?? null, email },
          ...{ connectionId: id, vendorId },
        });
    }
  const known = new Set([...found.values()].map(({ email }) => email?.toLowerCase()));
  for (const { name, email } of team)
    if (!known.has(email.toLowerCase()))
      found.set(email, { key: email, name, person: name, email, connectionId: null, vendorId: null });
  return [...found.values()];
}

/** A calendar's id is a mailbox unless it is an address on a calendar server or one of Google's group calendars. */
const mailboxOf = (calendarId: string): string | null =>
  /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(calendarId) && !/@group\./i.test(calendarId) ? calendarId : null;

/**
 * When the asked-for calendars are busy between two moments, over all connections: asked at the vendors now, from our copy
 * where a vendor does not answer, unknown where neither says. Never throws for a vendor's failure. Keys that are not
 * bookable are unknown. Kind forbidden.
 */
export async function readLanes(actor: Actor, keys: readonly string[], from: Date, to: Date): Promise<Lane[]> {
  allow(actor, "interviews:manage");
  const { employerId } = actor;
  const { bookables, connections } = await withEmployer(employerId, async (tx) => ({
    bookables: await listBookables(tx, employerId),
    connections: await calendarConnections(tx, employerId),
  }));
  const anyone = connections.find(({ runs }) => runs);
  const wanted = keys.map(
    (key) =>
      bookables.find((one) => one.key === key) ?? {
        key,
        name: key,
        person: null,
        email: null,
        connectionId: null,
        vendorId: null,
      },
  );
  const ways = new Map<string, Bookable[]>();
  const lanes = new Map<string, Lane>();
  for (const one of wanted) {
    const way = one.connectionId ?? (one.email ? anyone?.id : undefined);
    if (way) ways.set(way, [...(ways.get(way) ?? []), one]);
    else lanes.set(one.key, unknownLane(one, "No calendar is connected for them."));
  }
  await Promise.all(
    [...ways].map(async ([connectionId, group]) => {
      for (const lane of await askConnection(employerId, connectionId, group, from, to)) lanes.set(lane.key, lane);
    }),
  );
  return wanted.flatMap((one) => lanes.get(one.key) ?? []);
}

const unknownLane = ({ key, name, vendorId }: Bookable, reason: string): Lane => ({
  ...{ key, name, vendorId, reason },
  state: "unknown",
  readAt: null,
  busy: [],
});

async function askConnection(
  employerId: string,
  connectionId: string,
  group: readonly Bookable[],
  from: Date,
  to: Date,
): Promise<Lane[]> {
  const options = {
    signal: AbortSignal.timeout(ASK_MS),
    idempotencyKey: newId(),
    interactive: true,
    part: "availability",
  };
  const calendarIds = group.map(({ key }) => key);
  try {
    const answer = await callVendor(employerId, connectionId, options, async ({ adapter, ctx }) => {
      if (!adapter.calendar) throw new IntegrationError("unsupported", "This tool has no calendars.");
      return adapter.calendar.freeBusy(ctx, { calendarIds, from, to });
    });
    const now = new Date();
    return group.map((one) => {
      const problem = answer.unknown.find(({ calendarId }) => calendarId === one.key);
      if (problem) return unknownLane(one, problem.reason);
      const busy = answer.busy
        .filter(({ calendarId }) => calendarId === one.key)
        .map(({ start, end }) => ({ start, end }));
      const { key, name, vendorId } = one;
      return { key, name, vendorId, state: "live" as const, readAt: now, reason: null, busy };
    });
  } catch (error) {
    const why =
      error instanceof IntegrationError
        ? error.message
        : options.signal.aborted
          ? "The calendar did not answer in time."
          : null;
    if (why === null) throw error;
    return mirroredLanes(employerId, connectionId, group, from, to, why);
  }
}

/** What our copy says. Only a copy that was complete and is young enough counts. */
async function mirroredLanes(
  employerId: string,
  connectionId: string,
  group: readonly Bookable[],
  from: Date,
  to: Date,
  why: string,
): Promise<Lane[]> {
  const ids = group.map(({ key }) => key);
  const { streams, events } = await withEmployer(employerId, async (tx) => ({
    streams: await tx
      .select()
      .from(calendarStream)
      .where(and(eq(calendarStream.employerId, employerId), eq(calendarStream.connectionId, connectionId))),
    events: await tx
      .select()
      .from(calendarEvent)
      .where(
        and(
          eq(calendarEvent.employerId, employerId),
          eq(calendarEvent.connectionId, connectionId),
          inArray(calendarEvent.calendarId, ids),
          lt(calendarEvent.startsAt, to),
          gt(calendarEvent.endsAt, from),
        ),
      ),
  }));
  return group.map((one) => {
    const readAt = streams.find((row) => row.calendarId === one.key)?.lastSyncedAt ?? null;
    if (!readAt || Date.now() - readAt.getTime() > MIRROR_MS || to.getTime() - Date.now() > MIRROR_AHEAD_MS)
      return unknownLane(one, why);
    const busy = events.flatMap(({ calendarId, startsAt, endsAt }): Span[] =>
      calendarId === one.key && startsAt && endsAt ? [{ start: startsAt, end: endsAt }] : [],
    );
    const { key, name, vendorId } = one;
    return { key, name, vendorId, state: "mirrored" as const, readAt, reason: why, busy };
  });
}
