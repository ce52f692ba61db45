import { and, eq, sql as statement } from "drizzle-orm";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { strategyFor } from "#app/integrations/config-schema.server.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { revoke } from "#app/integrations/kit/oauth.server.ts";
import { log } from "#app/platform/log.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer, withSystem } from "#db/client.server.ts";
import { connection, rateBudget } from "#db/schema/connections.ts";
import { calendarStream } from "#db/schema/interviews.ts";
import { posting } from "#db/schema/postings.ts";
import { syncStream } from "#db/schema/sync.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { recordActivity } from "./activity.server.ts";
import { type Actor, systemActor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { applyOutcome } from "./connection-state.server.ts";
import { connectionRow } from "./connections.server.ts";
import { readCredentials } from "./credentials.server.ts";
import { AppError } from "./errors.ts";
import { resolveIssues } from "./issues.server.ts";
import { notifyLive } from "./live.server.ts";
import { wantClosed } from "./posting-changes.server.ts";
import { leavePostings } from "./posting-farewell.server.ts";
import { endSubscriptions } from "./subscriptions.server.ts";
import { grantSourceOf } from "./vendor-context.server.ts";

/** What hangs on a connection, counted. */
export interface BlastRadius {
  livePostings: number;
  pendingPostings: number;
  /** Applications that arrived through it in the last 30 days. */
  applicationsLastMonth: number;
  comingInterviews: number;
  syncedRecords: number;
  queuedChanges: number;
  notificationRules: number;
  calendars: number;
  subscriptions: number;
}

/** Counts everything that a disconnect would touch, in one statement. Kinds: not-found, forbidden. */
export async function blastRadius(actor: Actor, connectionId: string): Promise<BlastRadius> {
  allow(actor, "connections:read");
  return withEmployer(actor.employerId, async (tx) => {
    await connectionRow(tx, actor.employerId, connectionId);
    return countDependents(tx, actor.employerId, connectionId);
  });
}

/** The counts behind `blastRadius`, inside a transaction. */
export async function countDependents(tx: EmployerTx, employerId: string, id: string): Promise<BlastRadius> {
  const at = statement`employer_id = ${employerId} and connection_id = ${id}`;
  const [row] = await tx.execute<Record<keyof BlastRadius, number>>(statement`
    select
      (select count(*)::int from posting where ${at} and state in ('live', 'expiring', 'still_up')) as "livePostings",
      (select count(*)::int from posting where ${at} and state in ('validating', 'queued', 'in_review', 'your_step')) as "pendingPostings",
      (select count(*)::int from application a where a.employer_id = ${employerId} and a.applied_at > now() - interval '30 days'
        and (a.connection_id = ${id} or a.posting_id in (select p.id from posting p where p.employer_id = ${employerId} and p.connection_id = ${id}))) as "applicationsLastMonth",
      (select count(*)::int from interview where ${at} and starts_at > now() and state in ('booking', 'booked', 'moved')) as "comingInterviews",
      (select count(*)::int from external_record where ${at} and deleted_at is null) as "syncedRecords",
      (select count(*)::int from push_item where ${at} and status in ('queued', 'sending')) as "queuedChanges",
      (select count(*)::int from notification_rule where ${at} and enabled) as "notificationRules",
      (select count(*)::int from calendar_stream where ${at}) as "calendars",
      (select count(*)::int from subscription where ${at}) as "subscriptions"`);
  if (!row) throw new Error("The dependents could not be counted.");
  return {
    livePostings: row.livePostings,
    pendingPostings: row.pendingPostings,
    applicationsLastMonth: row.applicationsLastMonth,
    comingInterviews: row.comingInterviews,
    syncedRecords: row.syncedRecords,
    queuedChanges: row.queuedChanges,
    notificationRules: row.notificationRules,
    calendars: row.calendars,
    subscriptions: row.subscriptions,
  };
}

/** How long the boards get to take postings down before access is removed all the same. */
const CLOSING_MS = 30 * 60_000;
const LOOK_AGAIN_MS = 30_000;

/**
 * Begins the end of a connection: no schedule runs any more, postings come down if asked, and the rest is done by a job.
 * There is no way back from here but a new connection. Kinds: not-found, forbidden, conflict when already under way.
 */
export async function disconnect(
  actor: Actor,
  connectionId: string,
  options: { closePostings: boolean },
): Promise<void> {
  allow(actor, "connections:manage");
  const { employerId } = actor;
  await withEmployer(employerId, async (tx) => {
    const row = await connectionRow(tx, employerId, connectionId);
    if (row.state === "disconnecting") throw new AppError("conflict", `${row.label} is being disconnected already.`);
    const counts = await countDependents(tx, employerId, connectionId);
    const open = counts.livePostings + counts.pendingPostings;
    const closes = options.closePostings && open > 0;
    const detail = closes
      ? `Closing ${open} ${open === 1 ? "posting" : "postings"} first. Access is removed after that.`
      : "Access is being removed.";
    await applyOutcome(tx, employerId, connectionId, { kind: "disconnecting", detail });
    const streams = and(eq(syncStream.employerId, employerId), eq(syncStream.connectionId, connectionId));
    await tx.update(syncStream).set({ enabled: false, nextRunAt: null }).where(streams);
    const calendars = and(eq(calendarStream.employerId, employerId), eq(calendarStream.connectionId, connectionId));
    await tx.update(calendarStream).set({ nextRunAt: null }).where(calendars);
    const postings = and(eq(posting.employerId, employerId), eq(posting.connectionId, connectionId));
    if (closes) await wantClosed(tx, employerId, postings, "withdrawn", actor.name);
    else await tx.update(posting).set({ nextCheckAt: null }).where(postings);
    await recordActivity(tx, employerId, {
      connectionId,
      kind: "person",
      who: actor.name,
      what: `disconnects ${row.label}`,
    });
    const until = new Date(Date.now() + (closes ? CLOSING_MS : 0)).toISOString();
    await enqueue(tx, "connection-disconnect", { employerId, connectionId, closingUntil: until });
    await audit(
      tx,
      actor,
      "connection.disconnect_started",
      { kind: "connection", id: connectionId, name: row.label },
      { closePostings: closes, ...counts },
    );
  });
}

/**
 * The job behind `disconnect`: waits for postings to come down, ends subscriptions, gives the token back to the vendor,
 * and deletes the row with everything sealed under it. Each step may run again.
 */
export async function finishDisconnect(
  employerId: string,
  connectionId: string,
  { closingUntil, signal, lastAttempt }: { closingUntil: Date; signal: AbortSignal; lastAttempt: boolean },
): Promise<void> {
  const found = await withEmployer(employerId, async (tx) => {
    const [row] = await tx.select().from(connection).where(keyOf(employerId, connectionId));
    if (row?.state !== "disconnecting") return null;
    const counts = await countDependents(tx, employerId, connectionId);
    const open = counts.livePostings + counts.pendingPostings;
    if (open > 0 && Date.now() < closingUntil.getTime()) {
      const payload = { employerId, connectionId, closingUntil: closingUntil.toISOString() };
      await enqueue(tx, "connection-disconnect", payload, { runAt: new Date(Date.now() + LOOK_AGAIN_MS) });
      return null;
    }
    return { row, stored: await readCredentials(tx, employerId, connectionId) };
  });
  if (!found) return;
  const { row, stored } = found;
  await step(connectionId, lastAttempt, () => endSubscriptions(employerId, connectionId, signal));
  await step(connectionId, lastAttempt, async () => {
    const adapter = await loadAdapter(row.vendorId);
    if (!adapter || !stored.grant || stored.grant.version === 0) return;
    const strategy = strategyFor(adapter.manifest, row.config);
    if (strategy.kind !== "oauth2-code" || !strategy.revokeUrl) return;
    const source = grantSourceOf(row, adapter, signal);
    await revoke(source.io, strategy, await source.client(), stored.grant.refreshToken ?? stored.grant.accessToken);
  });
  await withEmployer(employerId, async (tx) => {
    await resolveIssues(tx, employerId, { connectionId });
    await leavePostings(tx, row);
    await tx.delete(connection).where(keyOf(employerId, connectionId));
    await recordActivity(tx, employerId, { connectionId, kind: "credential", who: row.label, what: "is disconnected" });
    await notifyLive(tx, employerId, "connection", connectionId);
    await audit(tx, systemActor(employerId, "Patchbay"), "connection.removed", {
      kind: "connection",
      id: connectionId,
      name: row.label,
    });
  });
  await withSystem((tx) =>
    tx.delete(rateBudget).where(statement`${rateBudget.scope} like ${`connection:${connectionId}:%`}`),
  );
}

const keyOf = (employerId: string, connectionId: string) =>
  and(eq(connection.employerId, employerId), eq(connection.id, connectionId));

/** What the vendor refuses does not keep a person from leaving it; an outage is waited for until the job's last attempt. */
async function step(connectionId: string, lastAttempt: boolean, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const passing =
      error instanceof IntegrationError && ["network", "unavailable", "rate-limited"].includes(error.kind);
    if ((passing && !lastAttempt) || !(error instanceof IntegrationError)) throw error;
    log().info({ err: error, connectionId }, "The vendor refused a step of disconnecting; it goes on.");
  }
}
