import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { textArray } from "#db/lists.server.ts";
import { delivery, endpoint, event } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { ownBody, seenEvent } from "./delivery-body.server.ts";
import { sendTestEvent } from "./delivery-log.server.ts";
import { queueDeliveries } from "./delivery-queue.server.ts";
import { replayDelivery } from "./delivery-replay.server.ts";
import { AppError } from "./errors.ts";
import { eventBody } from "./event-body.ts";
import { type EventType, eventDefinition, isEventType } from "./event-catalog.ts";

/* Events as they are read over the API, for systems that cannot be reached by a webhook. */

/** One event with the bytes that endpoints get. */
export interface EventRow {
  id: string;
  type: string;
  test: boolean;
  body: string;
  createdAt: Date;
}

export interface EventPage {
  events: EventRow[];
  /** Pass it as `after` next time; it is there on an empty page too. */
  cursor: string;
  /** Whether another page can be read at once. */
  more: boolean;
}

export interface EventFilter {
  /** A cursor, "latest" for what comes from now on, or absent for the oldest kept. */
  after?: string | undefined;
  types?: readonly string[] | undefined;
  /** Also samples that somebody sent. */
  tests?: boolean | undefined;
  limit?: number | undefined;
}

const BEFORE_ALL = { written: 0, id: "00000000-0000-0000-0000-000000000000" };
const LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

interface Place {
  written: number;
  id: string;
}

const placeSchema = z.tuple([z.coerce.number().int().min(0), z.uuid().or(z.literal([LAST_ID, BEFORE_ALL.id]))]);
const encode = ({ written, id }: Place): string => Buffer.from(`${written}.${id}`).toString("base64url");

function decode(cursor: string): Place {
  const parsed = placeSchema.safeParse(Buffer.from(cursor, "base64url").toString("utf8").split("."));
  if (!parsed.success)
    throw new AppError("invalid", "This cursor is none of ours.", {
      fields: { after: "Start again without it, or with `latest`." },
    });
  const [written, id] = parsed.data;
  return { written, id };
}

const rowSchema = z.object({
  id: z.string(),
  type: z.string(),
  test: z.boolean(),
  body: z.string(),
  written: z.coerce.number(),
  created_at: z.coerce.date(),
});

/**
 * Events in the order of the transactions that wrote them, after a cursor. Only transactions older than any that still
 * runs are shown, so that an event which commits late is never skipped; a long transaction makes readers wait for it.
 */
export async function readEvents(actor: Actor, filter: EventFilter = {}): Promise<EventPage> {
  allow(actor, "webhooks:read");
  const { employerId } = actor;
  const limit = filter.limit ?? 25;
  return withEmployer(employerId, async (tx) => {
    if (filter.after === "latest") return { events: [], cursor: encode(await newest(tx)), more: false };
    const place = filter.after === undefined ? BEFORE_ALL : decode(filter.after);
    const types = filter.types?.length ? sql`and e.type = any(${textArray(filter.types)})` : sql``;
    const tests = filter.tests ? sql`` : sql`and not e.test`;
    const found = await tx.execute(sql`
      select e.id, e.type, e.test, e.body, e.written, e.created_at from event e
      where e.employer_id = ${employerId}::uuid and e.erased_at is null and (e.written, e.id) > (${place.written}::bigint, ${place.id}::uuid)
        and e.written < (select (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint) ${types} ${tests}
      order by e.written, e.id limit ${limit + 1}`);
    const rows = found.map((row) => rowSchema.parse(row));
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      events: shown.map(({ created_at, written: _written, ...row }) => ({ ...row, createdAt: created_at })),
      cursor: encode(last ?? place),
      more: rows.length > limit,
    };
  });
}

/** The place before which everything is settled. */
async function newest(tx: EmployerTx): Promise<Place> {
  const [row] = await tx.execute(sql`select (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint - 1 as written`);
  return { ...z.object({ written: z.coerce.number() }).parse(row), id: LAST_ID };
}

const LOOK_MS = 400;

/** As `readEvents`, but an empty page is held back until something comes, the time is over, or the caller has gone. */
export async function awaitEvents(
  actor: Actor,
  filter: EventFilter,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<EventPage> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const page = await readEvents(actor, filter);
    const left = until - Date.now();
    if (page.events.length > 0 || filter.after === "latest" || left <= 0 || signal.aborted) return page;
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, left)));
  }
}

export interface EventDetail extends EventRow {
  deliveries: { id: string; endpointId: string; state: string }[];
}

const isId = (text: string) => z.uuid().safeParse(text).success;

async function load(tx: EmployerTx, actor: Actor, id: string) {
  const [row] = isId(id)
    ? await tx
        .select({ id: event.id, type: event.type, test: event.test, body: event.body, createdAt: event.createdAt })
        .from(event)
        .where(and(eq(event.employerId, actor.employerId), eq(event.id, id), isNull(event.erasedAt)))
    : [];
  if (!row) throw new AppError("not-found", "This event does not exist.");
  return row;
}

const deliveriesOf = (tx: EmployerTx, actor: Actor, eventId: string) =>
  tx
    .select({ id: delivery.id, endpointId: delivery.endpointId, state: delivery.state })
    .from(delivery)
    .where(and(eq(delivery.employerId, actor.employerId), eq(delivery.eventId, eventId)))
    .orderBy(delivery.id);

/** One event with where it went. Kind not-found. */
export async function getEvent(actor: Actor, id: string): Promise<EventDetail> {
  allow(actor, "webhooks:read");
  return withEmployer(actor.employerId, async (tx) => {
    const row = await load(tx, actor, id);
    return { ...row, deliveries: await deliveriesOf(tx, actor, id) };
  });
}

/**
 * Sends an event again with the same id and bytes: to one endpoint, whether or not it got it before, or to every
 * endpoint that it went to and that is on. Kinds: not-found, conflict when there is nowhere to send it.
 */
export async function replayEvent(
  actor: Actor,
  id: string,
  endpointId?: string | undefined,
): Promise<{ deliveryIds: string[] }> {
  allow(actor, "webhooks:manage");
  const { employerId } = actor;
  const { row, targets, latest } = await withEmployer(employerId, async (tx) => {
    const row = await load(tx, actor, id);
    const before = await deliveriesOf(tx, actor, id);
    const wanted = endpointId === undefined ? before.map((one) => one.endpointId) : [endpointId];
    const targets = await tx
      .select()
      .from(endpoint)
      .where(and(eq(endpoint.employerId, employerId), inArray(endpoint.id, [...new Set(wanted)])));
    return { row, targets, latest: new Map(before.map((one) => [one.endpointId, one.id])) };
  });
  const [only] = targets;
  if (endpointId !== undefined && !only) throw new AppError("not-found", "This endpoint does not exist.");
  const on = targets.filter((target) => target.state !== "off");
  if (on.length === 0) {
    throw new AppError(
      "conflict",
      endpointId === undefined
        ? "This event went to no endpoint that is switched on."
        : "The endpoint is switched off. Switch it on first.",
      { next: "Name an endpoint that is on in `endpointId`." },
    );
  }
  const deliveryIds: string[] = [];
  for (const target of on) {
    const known = latest.get(target.id);
    if (known !== undefined) deliveryIds.push((await replayDelivery(actor, known)).deliveryId);
    else deliveryIds.push(await sendFirst(actor, row, target));
  }
  return { deliveryIds };
}

async function sendFirst(actor: Actor, row: EventRow, target: typeof endpoint.$inferSelect): Promise<string> {
  const { employerId } = actor;
  if (!isEventType(row.type)) throw new AppError("conflict", "This event is of a type that is sent no more.");
  const made = ownBody(target, seenEvent({ id: row.id, type: row.type, body: row.body }));
  if (made.failed !== null) throw new AppError("conflict", made.failed);
  return withEmployer(employerId, async (tx) => {
    const [deliveryId = ""] = await queueDeliveries(tx, employerId, [
      { endpointId: target.id, eventId: row.id, eventType: row.type, cause: "replay", replayOf: null, body: made.body },
    ]);
    const name = new URL(target.url).host;
    await audit(
      tx,
      actor,
      "event.replayed",
      { kind: "endpoint", id: target.id, name },
      { eventId: row.id, deliveryId },
    );
    return deliveryId;
  });
}

/**
 * Writes a sample of one type, marked as a test: to one endpoint, or to nobody but those who read events over the API
 * and ask for tests. Kinds: not-found, conflict while the endpoint is off.
 */
export async function triggerTest(
  actor: Actor,
  type: EventType,
  endpointId?: string | undefined,
): Promise<{ eventId: string; deliveryId: string | null }> {
  allow(actor, "webhooks:manage");
  if (endpointId !== undefined) return sendTestEvent(actor, endpointId, type);
  const { employerId } = actor;
  const id = newId();
  const at = new Date();
  const body = eventBody({ id, type, at, employerId, data: eventDefinition(type).sample, test: true });
  await withEmployer(employerId, async (tx) => {
    await tx.insert(event).values({ employerId, id, type, body, test: true, createdAt: at });
    await audit(tx, actor, "event.tested", { kind: "event", id, name: type });
  });
  return { eventId: id, deliveryId: null };
}
