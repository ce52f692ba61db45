import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { inboundDelivery, inboundRefusal, type inboundStates } from "#db/schema/webhooks.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { inboundPlace, openRequest, sealRequest } from "./inbound-envelope.server.ts";

export type InboundState = (typeof inboundStates)[number];

/** One line of the log: a request that was taken, or one that was turned away. */
export interface InboundLine {
  id: string;
  at: Date;
  type: string;
  state: InboundState | "refused";
  note: string | null;
  bytes: number | null;
  replayed: boolean;
}

export interface InboundFilter {
  state?: InboundState | "refused";
  before?: string;
  limit?: number;
}

const isId = (text: string | undefined): text is string => z.uuid().safeParse(text).success;

/** What a connection's vendor sent us, newest first, refusals among them. Kinds: not-found, forbidden. */
export async function listInbound(
  actor: Actor,
  connectionId: string,
  filter: InboundFilter = {},
): Promise<{ lines: InboundLine[]; older: string | null }> {
  allow(actor, "connections:read");
  if (!isId(connectionId)) throw new AppError("not-found", "This connection does not exist.");
  const { employerId } = actor;
  const limit = filter.limit ?? 25;
  const before = isId(filter.before) ? filter.before : null;
  return withEmployer(employerId, async (tx) => {
    const [known] = await tx
      .select({ id: connection.id })
      .from(connection)
      .where(and(eq(connection.employerId, employerId), eq(connection.id, connectionId)));
    if (!known) throw new AppError("not-found", "This connection does not exist.");
    const taken =
      filter.state === "refused"
        ? []
        : await tx
            .select({
              id: inboundDelivery.id,
              at: inboundDelivery.receivedAt,
              type: inboundDelivery.type,
              state: inboundDelivery.state,
              note: inboundDelivery.note,
              bytes: inboundDelivery.bytes,
              replayOf: inboundDelivery.replayOf,
            })
            .from(inboundDelivery)
            .where(
              and(
                eq(inboundDelivery.employerId, employerId),
                eq(inboundDelivery.connectionId, connectionId),
                filter.state ? eq(inboundDelivery.state, filter.state) : undefined,
                before ? lt(inboundDelivery.id, before) : undefined,
              ),
            )
            .orderBy(desc(inboundDelivery.id))
            .limit(limit + 1);
    const refused =
      filter.state && filter.state !== "refused"
        ? []
        : await tx
            .select()
            .from(inboundRefusal)
            .where(
              and(
                eq(inboundRefusal.employerId, employerId),
                eq(inboundRefusal.connectionId, connectionId),
                before ? lt(inboundRefusal.id, before) : undefined,
              ),
            )
            .orderBy(desc(inboundRefusal.id))
            .limit(limit + 1);
    const lines: InboundLine[] = [
      ...taken.map(({ replayOf, ...row }) => ({ ...row, replayed: replayOf !== null })),
      ...refused.map((row) => ({
        ...{ id: row.id, at: row.at, type: "–", state: "refused" as const },
        ...{ note: row.reason, bytes: null, replayed: false },
      })),
    ].sort((a, b) => (a.id < b.id ? 1 : -1));
    const page = lines.slice(0, limit);
    return { lines: page, older: lines.length > limit ? (page.at(-1)?.id ?? null) : null };
  });
}

/**
 * Has a stored request processed again: a new row with the same bytes, linked to the original, so that both stay
 * readable. Kinds: not-found, forbidden.
 */
export async function replayInbound(actor: Actor, connectionId: string, deliveryId: string): Promise<string> {
  allow(actor, "connections:manage");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const [row] =
      isId(deliveryId) && isId(connectionId)
        ? await tx
            .select()
            .from(inboundDelivery)
            .where(
              and(
                eq(inboundDelivery.employerId, employerId),
                eq(inboundDelivery.connectionId, connectionId),
                eq(inboundDelivery.id, deliveryId),
              ),
            )
        : [];
    if (!row) throw new AppError("not-found", "This delivery does not exist.");
    const id = newId();
    const request = openRequest(row, inboundPlace(employerId, row.id));
    await tx.insert(inboundDelivery).values({
      ...{ employerId, id, connectionId, vendorId: row.vendorId, type: row.type, bytes: row.bytes },
      ...sealRequest(request, inboundPlace(employerId, id)),
      dedupeKey: `replay:${id}`,
      replayOf: row.replayOf ?? row.id,
    });
    await enqueue(tx, "inbound-process", { employerId, deliveryId: id });
    await audit(
      tx,
      actor,
      "inbound.replayed",
      { kind: "inbound-delivery", id: row.id, name: row.type },
      { replay: id },
    );
    return id;
  });
}

export interface InboundRequestShown {
  line: InboundLine;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Headers that prove who is calling are not shown again. */
const HIDDEN = /auth|cookie|token|secret|signature/i;

/** One stored request in the clear, for people who may manage the connection. Kinds: not-found, forbidden. */
export async function readInbound(
  actor: Actor,
  connectionId: string,
  deliveryId: string,
): Promise<InboundRequestShown> {
  allow(actor, "connections:manage");
  const { employerId } = actor;
  const [row] =
    isId(deliveryId) && isId(connectionId)
      ? await withEmployer(employerId, (tx) =>
          tx
            .select()
            .from(inboundDelivery)
            .where(
              and(
                eq(inboundDelivery.employerId, employerId),
                eq(inboundDelivery.connectionId, connectionId),
                eq(inboundDelivery.id, deliveryId),
              ),
            ),
        )
      : [];
  if (!row) throw new AppError("not-found", "This delivery does not exist.");
  const request = openRequest(row, inboundPlace(employerId, row.id));
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    HIDDEN.test(name) ? "(hidden)" : value,
  ]);
  const { id, receivedAt: at, type, state, note, bytes, replayOf } = row;
  return {
    line: { id, at, type, state, note, bytes, replayed: replayOf !== null },
    method: request.method,
    headers: Object.fromEntries(headers),
    body: new TextDecoder().decode(request.body).slice(0, 64 * 1024),
  };
}

/** How many came and how many were turned away in the last 24 hours. */
export async function inboundCounts(
  actor: Actor,
  connectionId: string,
  now: Date = new Date(),
): Promise<{ taken: number; refused: number }> {
  allow(actor, "connections:read");
  const since = sql`uuid_floor(${new Date(now.getTime() - 86_400_000).toISOString()}::timestamptz)`;
  const number = sql<number>`count(*)::int`;
  const { employerId } = actor;
  if (!isId(connectionId)) return { taken: 0, refused: 0 };
  return withEmployer(employerId, async (tx) => {
    const of = (table: typeof inboundDelivery | typeof inboundRefusal) =>
      and(eq(table.employerId, employerId), eq(table.connectionId, connectionId), gte(table.id, since));
    const [taken] = await tx.select({ number }).from(inboundDelivery).where(of(inboundDelivery));
    const [refused] = await tx.select({ number }).from(inboundRefusal).where(of(inboundRefusal));
    return { taken: taken?.number ?? 0, refused: refused?.number ?? 0 };
  });
}
