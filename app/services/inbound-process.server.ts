import { and, asc, eq, inArray, lt, ne, sql as statement } from "drizzle-orm";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import type { AnyAdapter } from "#app/integrations/contract/adapter.ts";
import type { InboundEvent, RawRequest, Webhook } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { provesBody } from "#app/integrations/kit/signed-content.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { amongIds } from "#db/lists.server.ts";
import { connection } from "#db/schema/connections.ts";
import { inboundDedupe, inboundDelivery } from "#db/schema/webhooks.ts";
import { enqueueMany } from "#jobs/enqueue.server.ts";
import { batched } from "./batch.server.ts";
import { dedupeKeyOf, inboundPlace, openRequest } from "./inbound-envelope.server.ts";
import { effectOf, type InboundTargets, inboundTargets } from "./inbound-targets.server.ts";
import { notifyLiveSoon } from "./live.server.ts";
import type { Connection } from "./vendor-context.server.ts";

type Row = typeof inboundDelivery.$inferSelect;

/** What begins or ends at the same moment goes to Postgres together. */
const TOGETHER = { windowMs: 0, most: 100 };

const mine = (employerId: string, deliveryId: string) =>
  and(eq(inboundDelivery.employerId, employerId), eq(inboundDelivery.id, deliveryId));

/**
 * Does what a stored request asks for, event by event, and writes on it what came of it. Only a request in state
 * received is touched, so that a repeated job changes nothing; while the connection is paused, or nobody takes one of
 * its events, it stays received. Errors that may pass are thrown, for the queue to try again.
 */
export async function processInbound(
  employerId: string,
  deliveryId: string,
  signal: AbortSignal,
  targets: InboundTargets = inboundTargets,
): Promise<void> {
  const claim = await begin(employerId, deliveryId);
  if (!claim) return;
  const { row, connection } = claim;
  if (!connection) throw new IntegrationError("not-found", "This connection does not exist any more.");
  const end = async (outcome: Outcome): Promise<void> => void (await finish(row, outcome));
  if (connection.state === "paused_by_user")
    return end({ note: "Waits until the connection is resumed.", state: null });
  const adapter = await loadAdapter(row.vendorId);
  const { webhook } = adapter ?? {};
  if (!adapter || !webhook) return end({ state: "failed", note: "This instance no longer knows the vendor." });
  const request = openRequest(row, inboundPlace(employerId, deliveryId));
  const events = await ownEvents(row, eventsOf({ ...adapter, webhook }, request));
  const effects = events.map((event) => effectOf(targets, event));
  if (effects.includes(null))
    return end({ state: null, note: "Waits: this instance does not handle such events yet." });
  const notes: string[] = [];
  for (const [index, effect] of effects.entries()) {
    const idempotencyKey = `inbound:${row.replayOf ?? row.id}:${events[index]?.dedupeId || index}`;
    notes.push((await effect?.({ connection, idempotencyKey, signal })) ?? "");
  }
  const ignored = events.every((event) => event.kind === "ignored");
  await end({ state: ignored ? "ignored" : "processed", note: summary(notes) });
}

interface Claim {
  row: Row;
  connection: Connection | null;
}

/** Counts the attempt and brings the row with its connection; requests whose jobs start together share one transaction. */
const begin = batched<string, Claim | null>(
  (employerId, ids) =>
    withEmployer(employerId, async (tx) => {
      const rows = await tx
        .update(inboundDelivery)
        .set({ attempts: statement`${inboundDelivery.attempts} + 1` })
        .where(
          and(
            eq(inboundDelivery.employerId, employerId),
            amongIds(inboundDelivery.id, ids),
            eq(inboundDelivery.state, "received"),
          ),
        )
        .returning();
      const owners = [...new Set(rows.map(({ connectionId }) => connectionId))];
      const connections =
        owners.length === 0
          ? []
          : await tx
              .select()
              .from(connection)
              .where(and(eq(connection.employerId, employerId), amongIds(connection.id, owners)));
      return ids.map((id) => {
        const row = rows.find((one) => one.id === id);
        return row ? { row, connection: connections.find((one) => one.id === row.connectionId) ?? null } : null;
      });
    }),
  TOGETHER,
);

/**
 * The events of a stored request. What the adapter cannot read is the vendor's contract broken, never worth a retry; so is
 * content from a vendor that does not sign it, of whose events only those count that end in a fetch.
 */
function eventsOf(adapter: AnyAdapter & { webhook: Webhook }, request: RawRequest): readonly InboundEvent[] {
  const { manifest, webhook } = adapter;
  const events = read(adapter, request);
  const unproved = provesBody(webhook.signature) ? undefined : events.find(({ kind }) => !LOOKS.has(kind));
  if (!unproved) return events;
  const said = `${manifest.name} does not sign what it sends, so “${unproved.type}” is not taken at its word.`;
  throw new IntegrationError("contract", said);
}

/** Events that only say where to look. */
const LOOKS: ReadonlySet<InboundEvent["kind"]> = new Set(["changed", "stale", "calendar", "ignored"]);

function read(adapter: AnyAdapter & { webhook: Webhook }, request: RawRequest): readonly InboundEvent[] {
  try {
    return adapter.webhook.parse(request);
  } catch (error) {
    if (error instanceof IntegrationError) throw error;
    throw new IntegrationError("contract", `${adapter.manifest.name} sent something we cannot read.`, { cause: error });
  }
}

/** The events that this delivery brought first; a replay by a person takes them all. */
async function ownEvents(row: Row, events: readonly InboundEvent[]): Promise<readonly InboundEvent[]> {
  if (row.replayOf !== null || events.length < 2) return events;
  const keys = events.map((event) => dedupeKeyOf(event)).filter((key) => key !== null);
  const others = await withEmployer(row.employerId, (tx) =>
    tx
      .select({ key: inboundDedupe.dedupeKey })
      .from(inboundDedupe)
      .where(
        and(
          eq(inboundDedupe.employerId, row.employerId),
          eq(inboundDedupe.connectionId, row.connectionId),
          inArray(inboundDedupe.dedupeKey, keys),
          ne(inboundDedupe.deliveryId, row.id),
        ),
      ),
  );
  const taken = new Set(others.map(({ key }) => key));
  return events.filter((event) => !taken.has(dedupeKeyOf(event) ?? ""));
}

interface Outcome {
  /** Null: it stays received. */
  state: "processed" | "ignored" | "failed" | null;
  note: string;
}

const finish = (row: Row, { state, note }: Outcome): Promise<null> =>
  writeDown(row.employerId, {
    ...{ id: row.id, connectionId: row.connectionId, state },
    note: note.replaceAll("\0", "").slice(0, 1_000),
  });

/** Writes what came of requests whose jobs end together in one statement. */
const writeDown = batched<Outcome & { id: string; connectionId: string }, null>(async (employerId, done) => {
  const rows = done.map(({ id, state, note }) => ({ id, state, note }));
  await withEmployer(employerId, (tx) =>
    tx.execute(statement`
      update inbound_delivery d set note = p.note, state = coalesce(p.state, d.state),
        processed_at = case when p.state is null then d.processed_at else now() end
      from json_to_recordset(${JSON.stringify(rows)}::json) as p (id uuid, state text, note text)
      where d.employer_id = ${employerId}::uuid and d.id = p.id`),
  );
  notifyLiveSoon(
    employerId,
    "delivery",
    done.map(({ connectionId }) => connectionId),
  );
  return done.map(() => null);
}, TOGETHER);

const summary = (notes: readonly string[]): string => [...new Set(notes)].join(" ") || "Nothing to do.";

/** Writes on a delivery why it will not be tried again by itself. */
export async function giveUpInbound(employerId: string, deliveryId: string, error: unknown): Promise<void> {
  const note =
    error instanceof IntegrationError ? error.message : "It could not be processed. Our log has the details.";
  const [row] = await withEmployer(employerId, (tx) =>
    tx.select().from(inboundDelivery).where(mine(employerId, deliveryId)),
  );
  if (row?.state === "received") await finish(row, { state: "failed", note });
}

const ROUND = 1_000;
const PATIENCE_MS = 2 * 60_000;

/** Gives a job to every stored request that has waited for minutes. Two jobs of one request are one, by its key. */
export async function wakeInbound(now: Date = new Date()): Promise<number> {
  const employers = await sql<{ id: string }[]>`select id from employer`;
  let woken = 0;
  for (const { id: employerId } of employers) {
    woken += await withEmployer(employerId, async (tx) => {
      const waiting = await tx
        .select({ id: inboundDelivery.id })
        .from(inboundDelivery)
        .where(
          and(
            eq(inboundDelivery.employerId, employerId),
            eq(inboundDelivery.state, "received"),
            lt(inboundDelivery.receivedAt, new Date(now.getTime() - PATIENCE_MS)),
          ),
        )
        .orderBy(asc(inboundDelivery.id))
        .limit(ROUND);
      await enqueueMany(
        tx,
        waiting.map(({ id }) => ({ name: "inbound-process" as const, payload: { employerId, deliveryId: id } })),
      );
      return waiting.length;
    });
  }
  return woken;
}
