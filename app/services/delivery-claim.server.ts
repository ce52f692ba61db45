import { and, eq, isNotNull, lte, sql } from "drizzle-orm";
import { z } from "zod";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { amongIds, idArray } from "#db/lists.server.ts";
import { delivery, endpoint, event } from "#db/schema/webhooks.ts";
import { batched } from "./batch.server.ts";
import { type LiveSecrets, liveSecrets } from "./endpoint-secrets.server.ts";

/** A claimed delivery belongs to its claimant for this long: the deadline of one attempt and time to write it down. */
const LEASE_MS = 30_000;
/** A wake-up may come this much early: the clocks of Postgres and the worker differ. */
const EARLY_MS = 250;
/** What waited for a closed breaker does not come back in one stroke. */
const SPREAD_MS = 10_000;
/** When to look again at a row that another transaction was changing. */
const HELD_MS = 1_000;

export interface Sending {
  deliveryId: string;
  endpointId: string;
  eventId: string;
  eventType: string;
  /** Of the attempt now due; 1 for the first. */
  number: number;
  url: string;
  headers: Readonly<Record<string, string>>;
  legacySignature: boolean;
  secrets: LiveSecrets;
  /** The bytes as they were made when it happened: the event's, or this delivery's own. */
  body: string;
}

export type Claim =
  | { kind: "send"; sending: Sending }
  /** Not due, or its endpoint's breaker is open; `until` is now in the row. */
  | { kind: "wait"; until: Date }
  /** Delivered, given up, deleted or not to be sent: nothing is left to do. */
  | { kind: "done" };

interface Wanted {
  deliveryId: string;
  endpointId: string;
  now: Date;
}

/**
 * Takes deliveries for one attempt each, many in one transaction. A delivery that another worker holds is not taken
 * twice: its row says "sending" and until when. An open breaker lets one probe through per interval.
 */
export const claimDelivery = batched<Wanted, Claim>(
  (employerId, items) => withEmployer(employerId, (tx) => claimAll(tx, employerId, items)),
  { windowMs: 0, most: 100 },
);

async function claimAll(tx: EmployerTx, employerId: string, items: readonly Wanted[]): Promise<Claim[]> {
  const now = items.reduce((latest, item) => (item.now > latest ? item.now : latest), items[0]?.now ?? new Date());
  const ids = [...new Set(items.map((item) => item.deliveryId))];
  const sendings = await takeReady(tx, employerId, { ids, endpoints: items.map((item) => item.endpointId), now });
  const rest = ids.filter((id) => !sendings.has(id));
  const others = rest.length > 0 ? await claimRest(tx, employerId, rest, now) : new Map<string, Claim>();
  const given = new Set<string>();
  return items.map(({ deliveryId }): Claim => {
    const sending = sendings.get(deliveryId);
    const claim: Claim = sending ? { kind: "send", sending } : (others.get(deliveryId) ?? { kind: "done" });
    if (claim.kind !== "send") return claim;
    if (given.has(deliveryId)) return { kind: "done" };
    given.add(deliveryId);
    return claim;
  });
}

/** Gives a claim back as it was found: nothing was sent. A row that moved on meanwhile keeps what it says. */
export async function releaseDelivery(employerId: string, { deliveryId, number }: Sending): Promise<void> {
  await withEmployer(employerId, (tx) =>
    tx
      .update(delivery)
      .set({ state: number > 1 ? "retrying" : "queued", nextAttemptAt: new Date() })
      .where(
        and(
          eq(delivery.employerId, employerId),
          eq(delivery.id, deliveryId),
          eq(delivery.state, "sending"),
          eq(delivery.attempts, number - 1),
        ),
      ),
  );
}

const taken = z.object({
  id: z.string(),
  endpoint_id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  attempts: z.number(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  legacy_signature: z.boolean(),
  body: z.string().nullable(),
});

/**
 * The common case in one wait for Postgres: what is due and whose endpoint is well is locked, marked and loaded by one
 * statement, with the secrets beside it. Everything else is left for `claimRest`. The body is a sub-select, so that it is
 * always one look into an index, whatever is known about the size of the tables.
 */
async function takeReady(
  tx: EmployerTx,
  employerId: string,
  { ids, endpoints, now }: { ids: readonly string[]; endpoints: readonly string[]; now: Date },
): Promise<Map<string, Sending>> {
  const soon = new Date(now.getTime() + EARLY_MS).toISOString();
  const lease = new Date(now.getTime() + LEASE_MS).toISOString();
  const [rows, secrets] = await Promise.all([
    tx.execute(sql`
      with due as materialized (
        select d.id from delivery d
        where d.employer_id = ${employerId}::uuid and d.id = any(${idArray(ids)}) and d.next_attempt_at <= ${soon}::timestamptz
        order by d.id for update skip locked
      )
      update delivery d set state = 'sending', next_attempt_at = ${lease}::timestamptz
      from due, endpoint e
      where d.employer_id = ${employerId}::uuid and d.id = any(${idArray(ids)}) and d.id = due.id
        and e.employer_id = ${employerId}::uuid and e.id = d.endpoint_id and e.state <> 'off' and e.open_until is null
      returning d.id, d.endpoint_id, d.event_id, d.event_type, d.attempts, e.url, e.headers, e.legacy_signature,
        coalesce(d.body, (select v.body from event v where v.employer_id = ${employerId}::uuid and v.id = d.event_id)) as body`),
    liveSecrets(tx, employerId, [...new Set(endpoints)], now),
  ]);
  const sendings = new Map<string, Sending>();
  for (const row of rows.map((one) => taken.parse(one))) {
    const own = secrets.get(row.endpoint_id);
    if (row.body === null || !own) continue;
    sendings.set(row.id, {
      ...{ deliveryId: row.id, endpointId: row.endpoint_id, eventId: row.event_id, eventType: row.event_type },
      ...{ number: row.attempts + 1, url: row.url, headers: row.headers, legacySignature: row.legacy_signature },
      ...{ secrets: own, body: row.body },
    });
  }
  return sendings;
}

type Row = Awaited<ReturnType<typeof lockRows>>[number];

/** What is not due, done, held by another transaction, or belongs to an endpoint that is off or rests. */
async function claimRest(
  tx: EmployerTx,
  employerId: string,
  ids: readonly string[],
  now: Date,
): Promise<Map<string, Claim>> {
  const rows = await lockRows(tx, employerId, ids);
  const probes = await takeProbes(tx, employerId, rows, now);
  const verdicts = new Map<string, Verdict>(rows.map((row) => [row.id, judge(row, now, probes)]));
  const [sendable] = await Promise.all([
    loadSendings(
      tx,
      employerId,
      rows.filter((row) => verdicts.get(row.id)?.kind === "send"),
      now,
    ),
    writeVerdicts(tx, employerId, verdicts, now),
  ]);
  const held = await heldElsewhere(
    tx,
    employerId,
    ids.filter((id) => !verdicts.has(id)),
  );
  return new Map(
    ids.map((id): [string, Claim] => {
      const verdict = verdicts.get(id);
      const sending = sendable.get(id);
      if (held.has(id)) return [id, { kind: "wait", until: new Date(now.getTime() + HELD_MS) }];
      if (verdict?.kind === "wait" || verdict?.kind === "defer") return [id, { kind: "wait", until: verdict.until }];
      return [id, sending ? { kind: "send", sending } : { kind: "done" }];
    }),
  );
}

/** Which of these are waiting rows that another transaction is changing right now. */
async function heldElsewhere(tx: EmployerTx, employerId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx
    .select({ id: delivery.id })
    .from(delivery)
    .where(and(eq(delivery.employerId, employerId), amongIds(delivery.id, ids), isNotNull(delivery.nextAttemptAt)));
  return new Set(rows.map(({ id }) => id));
}

const lockRows = (tx: EmployerTx, employerId: string, ids: readonly string[]) =>
  tx
    .select({
      id: delivery.id,
      endpointId: delivery.endpointId,
      eventId: delivery.eventId,
      eventType: delivery.eventType,
      state: delivery.state,
      attempts: delivery.attempts,
      nextAttemptAt: delivery.nextAttemptAt,
      url: endpoint.url,
      endpointState: endpoint.state,
      openUntil: endpoint.openUntil,
      headers: endpoint.headers,
      legacySignature: endpoint.legacySignature,
      ownBody: delivery.body,
    })
    .from(delivery)
    .innerJoin(endpoint, and(eq(endpoint.employerId, delivery.employerId), eq(endpoint.id, delivery.endpointId)))
    .where(and(eq(delivery.employerId, employerId), amongIds(delivery.id, ids)))
    .for("update", { of: delivery, skipLocked: true });

type Verdict =
  | { kind: "send" | "done" | "not-sent" }
  /** Already waiting until then. */
  | { kind: "wait"; until: Date }
  /** Moved to then, because the breaker is open. */
  | { kind: "defer"; until: Date };

function judge(row: Row, now: Date, probes: Map<string, Probe>): Verdict {
  if (row.nextAttemptAt === null) return { kind: "done" };
  if (row.nextAttemptAt.getTime() > now.getTime() + EARLY_MS) return { kind: "wait", until: row.nextAttemptAt };
  if (row.endpointState === "off") return { kind: "not-sent" };
  const probe = probes.get(row.endpointId);
  if (probe && probe.deliveryId !== row.id) {
    return { kind: "defer", until: new Date(probe.openUntil.getTime() + Math.random() * SPREAD_MS) };
  }
  return { kind: "send" };
}

interface Probe {
  openUntil: Date;
  /** The one delivery that goes out although the breaker is open; null while the interval runs. */
  deliveryId: string | null;
}

/** Endpoints whose breaker is open. Where the interval has passed, exactly one claimant anywhere gets the probe. */
async function takeProbes(
  tx: EmployerTx,
  employerId: string,
  rows: readonly Row[],
  now: Date,
): Promise<Map<string, Probe>> {
  const probes = new Map<string, Probe>();
  for (const row of rows) {
    if (row.openUntil === null || probes.has(row.endpointId)) continue;
    const openUntil = row.openUntil > now ? row.openUntil : new Date(now.getTime() + LEASE_MS);
    const due = row.nextAttemptAt !== null && row.nextAttemptAt.getTime() <= now.getTime() + EARLY_MS;
    if (row.openUntil > now) probes.set(row.endpointId, { openUntil, deliveryId: null });
    else if (due) {
      const taken = await tx
        .update(endpoint)
        .set({ openUntil })
        .where(and(eq(endpoint.employerId, employerId), eq(endpoint.id, row.endpointId), lte(endpoint.openUntil, now)))
        .returning({ id: endpoint.id });
      probes.set(row.endpointId, { openUntil, deliveryId: taken.length > 0 ? row.id : null });
    }
  }
  return probes;
}

async function writeVerdicts(
  tx: EmployerTx,
  employerId: string,
  verdicts: ReadonlyMap<string, Verdict>,
  now: Date,
): Promise<void> {
  const idsOf = (kind: Verdict["kind"]) => [...verdicts].filter(([, v]) => v.kind === kind).map(([id]) => id);
  const these = (ids: readonly string[]) => and(eq(delivery.employerId, employerId), amongIds(delivery.id, ids));
  const send = idsOf("send");
  if (send.length > 0) {
    await tx
      .update(delivery)
      .set({ state: "sending", nextAttemptAt: new Date(now.getTime() + LEASE_MS) })
      .where(these(send));
  }
  const off = idsOf("not-sent");
  if (off.length > 0) {
    await tx
      .update(delivery)
      .set({ state: "not_sent", nextAttemptAt: null, finishedAt: now, lastError: "The endpoint was switched off." })
      .where(these(off));
  }
  for (const [id, verdict] of verdicts) {
    if (verdict.kind === "defer")
      await tx
        .update(delivery)
        .set({ nextAttemptAt: verdict.until })
        .where(these([id]));
  }
}

async function loadSendings(
  tx: EmployerTx,
  employerId: string,
  rows: readonly Row[],
  now: Date,
): Promise<Map<string, Sending>> {
  if (rows.length === 0) return new Map();
  const endpointIds = [...new Set(rows.map((row) => row.endpointId))];
  const [bodies, secrets] = await Promise.all([
    tx
      .select({ id: event.id, body: event.body })
      .from(event)
      .where(
        and(
          eq(event.employerId, employerId),
          amongIds(
            event.id,
            rows.map((row) => row.eventId),
          ),
        ),
      ),
    liveSecrets(tx, employerId, endpointIds, now),
  ]);
  const bodyOf = new Map(bodies.map(({ id, body }) => [id, body]));
  const sendings = new Map<string, Sending>();
  for (const row of rows) {
    const body = row.ownBody ?? bodyOf.get(row.eventId);
    const own = secrets.get(row.endpointId);
    if (body === undefined || !own) continue;
    const { id, endpointId, eventId, eventType, url, headers, legacySignature } = row;
    sendings.set(id, {
      ...{ deliveryId: id, endpointId, eventId, eventType, url, headers, legacySignature, body, secrets: own },
      number: row.attempts + 1,
    });
  }
  return sendings;
}
