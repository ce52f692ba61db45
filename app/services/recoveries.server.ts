import { and, desc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { delivery, endpoint, recoverableStates, recovery } from "#db/schema/webhooks.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { type Actor, seesEndpoint } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { getEndpoint } from "./endpoints.server.ts";
import { AppError } from "./errors.ts";
import { eventTypes, isEventType } from "./event-catalog.ts";
import { notifyLive } from "./live.server.ts";
import { finish } from "./recovery-page.server.ts";

type Row = typeof recovery.$inferSelect;

/** A recovery as pages and API show it. */
export interface Recovery extends Omit<Row, "employerId" | "cursor" | "updatedAt"> {
  /** How far it is through its time, 0 to 1. */
  progress: number;
}

export const recoveryInput = z.object({
  since: z.iso.datetime({ offset: true }).describe("Deliveries made from then on are looked at"),
  until: z.iso.datetime({ offset: true }).optional().describe("Absent or in the future: now"),
  states: z
    .array(z.enum(recoverableStates))
    .min(1)
    .default(["failed", "not_sent"])
    .describe("Ends to look for. With `delivered`, events are sent again that arrived already"),
  eventTypes: z
    .array(z.string().refine(isEventType, "There is no such event."))
    .max(100)
    .default([])
    .describe("Empty means every type"),
});
export type RecoveryInput = z.input<typeof recoveryInput>;

const OFF = "The endpoint is switched off. Switch it on first.";
const RUNNING = "A recovery of this endpoint is running. Wait for its end or cancel it.";

const isId = (text: string) => z.uuid().safeParse(text).success;

/**
 * Starts sending again what was made since a time and did not arrive, each event once, in the background; see
 * `recoverPage` for what is left alone. There is no limit to time or number. Kinds: invalid with fields, not-found,
 * conflict while the endpoint is off or another recovery of it runs.
 */
export async function startRecovery(actor: Actor, endpointId: string, input: RecoveryInput): Promise<Recovery> {
  allow(actor, "webhooks:manage");
  const parsed = recoveryInput.safeParse(input);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => [String(issue.path[0] ?? "since"), issue.message] as const);
    throw new AppError("invalid", "This cannot be recovered.", { fields: Object.fromEntries(fields) });
  }
  return withEmployer(actor.employerId, (tx) => beginRecovery(tx, actor, endpointId, parsed.data));
}

/** As `startRecovery`, within a transaction that also does something else. */
export async function beginRecovery(
  tx: EmployerTx,
  actor: Actor,
  endpointId: string,
  input: z.output<typeof recoveryInput>,
): Promise<Recovery> {
  const { employerId } = actor;
  const now = new Date();
  const since = new Date(input.since);
  const asked = input.until === undefined ? now : new Date(input.until);
  const until = asked < now ? asked : now;
  if (since >= until)
    throw new AppError("invalid", "The time to recover has no length.", {
      fields: { since: "This is not before its end." },
    });
  const target = await loadEndpoint(tx, actor, endpointId);
  if (target.state === "off") throw new AppError("conflict", OFF);
  const [row] = await tx
    .insert(recovery)
    .values({
      ...{ employerId, id: newId(), endpointId, since, until, createdBy: actor.name },
      ...{ states: [...new Set(input.states)], eventTypes: input.eventTypes },
      cursor: sql`uuid_floor(${since.toISOString()}::timestamptz)`,
    })
    .onConflictDoNothing()
    .returning();
  if (!row) throw new AppError("conflict", RUNNING);
  await enqueue(tx, "recovery-page", { employerId, recoveryId: row.id, after: row.cursor });
  await notifyLive(tx, employerId, "delivery", endpointId);
  await audit(tx, actor, "endpoint.recovery_started", subjectOf(target), {
    ...{ recoveryId: row.id, since: since.toISOString(), until: until.toISOString() },
    ...{ states: row.states, eventTypes: row.eventTypes },
  });
  return shown(row);
}

/** Ends a recovery between two pages; what it sent already goes its way. Kinds: not-found, conflict when it has ended. */
export async function cancelRecovery(actor: Actor, endpointId: string, id: string): Promise<Recovery> {
  allow(actor, "webhooks:manage");
  return withEmployer(actor.employerId, async (tx) => {
    const target = await loadEndpoint(tx, actor, endpointId);
    await loadRecovery(tx, actor, endpointId, id);
    await tx
      .select({ id: recovery.id })
      .from(recovery)
      .where(own(actor, endpointId, id))
      .for("update");
    const row = await loadRecovery(tx, actor, endpointId, id);
    if (row.state !== "running") throw new AppError("conflict", "This recovery has ended.");
    await finish(tx, row, "cancelled", `Cancelled by ${actor.name}.`);
    await audit(tx, actor, "endpoint.recovery_cancelled", subjectOf(target), { recoveryId: id });
    return shown(await loadRecovery(tx, actor, endpointId, id));
  });
}

/** One recovery of an endpoint. Kind not-found. */
export async function getRecovery(actor: Actor, endpointId: string, id: string): Promise<Recovery> {
  allow(actor, "webhooks:read");
  return withEmployer(actor.employerId, async (tx) => shown(await loadRecovery(tx, actor, endpointId, id)));
}

/** The newest recoveries of an endpoint, newest first. */
export async function listRecoveries(actor: Actor, endpointId: string, limit = 20): Promise<Recovery[]> {
  allow(actor, "webhooks:read");
  return withEmployer(actor.employerId, async (tx) => {
    await loadEndpoint(tx, actor, endpointId);
    const rows = await tx
      .select()
      .from(recovery)
      .where(and(eq(recovery.employerId, actor.employerId), eq(recovery.endpointId, endpointId)))
      .orderBy(desc(recovery.id))
      .limit(limit);
    return rows.map(shown);
  });
}

const COUNT_AT_MOST = 100_000;

/** How many deliveries ended as asked in a time, tests apart; counted up to 100,000. */
export async function countRecoverable(
  actor: Actor,
  endpointId: string,
  { since, states }: { since: Date; states: readonly Row["states"][number][] },
): Promise<{ count: number; more: boolean }> {
  allow(actor, "webhooks:read");
  const rows = await withEmployer(actor.employerId, (tx) =>
    tx.execute(sql`
      select count(*)::int as count from (
        select from ${delivery} where ${delivery.employerId} = ${actor.employerId}::uuid
          and ${delivery.endpointId} = ${endpointId}::uuid
          and ${delivery.id} >= uuid_floor(${since.toISOString()}::timestamptz)
          and ${delivery.state} in ${states} and ${delivery.cause} <> 'test'
        limit ${COUNT_AT_MOST + 1}::int
      ) found`),
  );
  const { count } = z.object({ count: z.number() }).parse(rows[0]);
  return { count: Math.min(count, COUNT_AT_MOST), more: count > COUNT_AT_MOST };
}

async function loadEndpoint(tx: EmployerTx, actor: Actor, id: string) {
  const [row] = isId(id)
    ? await tx
        .select({ id: endpoint.id, url: endpoint.url, state: endpoint.state })
        .from(endpoint)
        .where(and(eq(endpoint.employerId, actor.employerId), eq(endpoint.id, id)))
    : [];
  if (!row || !seesEndpoint(actor, row.id)) throw new AppError("not-found", "This endpoint does not exist.");
  return row;
}

const own = (actor: Actor, endpointId: string, id: string) =>
  and(eq(recovery.employerId, actor.employerId), eq(recovery.id, id), eq(recovery.endpointId, endpointId));

async function loadRecovery(tx: EmployerTx, actor: Actor, endpointId: string, id: string): Promise<Row> {
  const [row] =
    isId(id) && isId(endpointId)
      ? await tx
          .select()
          .from(recovery)
          .where(own(actor, endpointId, id))
      : [];
  if (!row || !seesEndpoint(actor, endpointId)) throw new AppError("not-found", "This recovery does not exist.");
  return row;
}

const subjectOf = (row: { id: string; url: string }) => ({
  kind: "endpoint",
  id: row.id,
  name: new URL(row.url).host,
});

/** The time that a UUIDv7 carries, milliseconds. */
const timeOf = (id: string): number => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);

function shown({ employerId: _employer, cursor, updatedAt: _updated, ...row }: Row): Recovery {
  const [from, to] = [row.since.getTime(), row.until.getTime()];
  const share = (timeOf(cursor) - from) / Math.max(1, to - from);
  return { ...row, progress: row.state === "done" ? 1 : Math.min(1, Math.max(0, share)) };
}

const SHOWN_DAYS = 30;

/** What the recover page of an endpoint shows. Kind not-found. */
export async function recoverPageData(actor: Actor, endpointId: string) {
  const { id, state, missedSince } = await getEndpoint(actor, endpointId);
  const since = new Date(Date.now() - SHOWN_DAYS * 86_400_000);
  const [recoveries, recoverable] = await Promise.all([
    listRecoveries(actor, id),
    countRecoverable(actor, id, { since, states: ["failed", "not_sent"] }),
  ]);
  return {
    ...{ recoveries, recoverable, endpoint: { id, state, missedSince }, types: eventTypes() },
    canManage: actor.permissions.has("webhooks:manage"),
  };
}
