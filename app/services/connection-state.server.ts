import { and, eq, inArray } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { connection, connectionStates, issue } from "#db/schema/connections.ts";
import { recordActivity } from "./activity.server.ts";
import {
  type ConnectionState,
  nextState,
  type Outcome,
  type Standing,
  type Trouble,
} from "./connection-transitions.ts";
import { emitEvent } from "./events.server.ts";
import { raiseIssue, resolveIssues } from "./issues.server.ts";
import { notifyLive } from "./live.server.ts";
import { missingChoices } from "./setup-choices.ts";

export type { Outcome } from "./connection-transitions.ts";

type Row = typeof connection.$inferSelect;

/** How often a success writes its time stamp when nothing else changed. */
const SUCCESS_GRAIN_MS = 60_000;

/** What an error means for the connection. Errors that are not the vendor's say nothing about it. */
export function outcomeOf(error: unknown, part?: string): Outcome | null {
  if (!(error instanceof IntegrationError)) return null;
  return {
    kind: "failure",
    error: error.kind,
    message: error.message,
    field: error.info.field,
    ...(error.info.lost ? { lost: true } : {}),
    ...(part === undefined ? {} : { part }),
  };
}

/**
 * The only writer of connection.state. Reads the row, asks `nextState`, writes what changed, and with it the activity
 * line, the live note and the issues. Locks the row only when something changes, so that parallel successes do not queue.
 * Returns the state now; null when the connection is gone.
 */
export async function applyOutcome(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  outcome: Outcome,
  now: Date = new Date(),
): Promise<ConnectionState | null> {
  const mine = and(eq(connection.employerId, employerId), eq(connection.id, connectionId));
  const [glance] = await tx.select().from(connection).where(mine);
  if (!glance) return null;
  if (isQuiet(glance, outcome, now)) return glance.state;
  const [row] = await tx.select().from(connection).where(mine).for("update");
  if (!row) return null;
  const before = standingOf(row, await troublesOf(tx, employerId, connectionId));
  const manifest = manifestOf(row.vendorId);
  const vendorName = manifest?.name ?? row.label;
  const missing = manifest ? missingChoices(manifest, row.setup) : [];
  const after = nextState(before, outcome, {
    now,
    vendorName,
    setupComplete: missing.length === 0,
    missing: missing.map((choice) => choice.label.toLowerCase()).join(", "),
    accountName: row.accountName,
  });
  const moved = after.state !== before.state || after.reason !== before.reason;
  await tx
    .update(connection)
    .set({
      state: after.state,
      stateReason: after.reason,
      stateDetail: after.detail,
      ...(moved ? { stateSince: now } : {}),
      resumeState: after.resumeState,
      failingSince: after.failingSince,
      failingKind: after.failingKind,
      consecutiveFailures: after.consecutiveFailures,
      ...(outcome.kind === "success" || outcome.kind === "proven" ? { lastSuccessAt: now } : {}),
      ...(outcome.kind === "proven" ? { lastTestedAt: now } : {}),
      pausedBy: outcome.kind === "paused" ? outcome.by : after.state === "paused_by_user" ? row.pausedBy : null,
      updatedAt: now,
    })
    .where(mine);
  await keepIssues(tx, row, vendorName, before, after);
  if (moved) {
    await recordActivity(tx, employerId, {
      connectionId,
      kind: outcome.kind === "paused" || outcome.kind === "resumed" ? "person" : "credential",
      tone: toneOf(after.state),
      who: row.label,
      what: sentenceOf(after, before),
    });
    await notifyLive(tx, employerId, "connection", connectionId);
  }
  if (after.state !== before.state)
    await emitEvent(tx, employerId, "connection.state_changed", connectionId, {
      connection: {
        ...{ id: connectionId, vendor: row.vendorId, label: row.label },
        ...{ state: after.state, previousState: before.state, detail: after.detail },
      },
    });
  return after.state;
}

/** A success that finds everything well and was noted a moment ago needs no write. */
function isQuiet(row: Row, outcome: Outcome, now: Date): boolean {
  return (
    outcome.kind === "success" &&
    row.state === "active" &&
    row.stateReason === null &&
    row.failingSince === null &&
    row.consecutiveFailures === 0 &&
    row.lastSuccessAt !== null &&
    now.getTime() - row.lastSuccessAt.getTime() < SUCCESS_GRAIN_MS
  );
}

const asReason = (word: string | null): Standing["reason"] =>
  word === "vendor_down" || word === "needs_attention" || word === "we_are_on_it" || word === "throttled" ? word : null;

function standingOf(row: Row, troubles: readonly Trouble[]): Standing {
  return {
    state: row.state,
    reason: asReason(row.stateReason),
    detail: row.stateDetail,
    resumeState: connectionStates.find((state) => state === row.resumeState) ?? null,
    failingSince: row.failingSince,
    failingKind: row.failingKind,
    consecutiveFailures: row.consecutiveFailures,
    troubles,
  };
}

const TROUBLE_TYPES = ["needs_attention", "we_are_on_it"] as const;
const troubleKey = (connectionId: string, part: string) => `connection:${connectionId}:part:${part}`;

/** Troubles are the open issues of the two kinds: what a person sees and what the machine reckons with cannot differ. */
async function troublesOf(tx: EmployerTx, employerId: string, connectionId: string): Promise<Trouble[]> {
  const rows = await tx
    .select({ type: issue.type, causeKey: issue.causeKey, detail: issue.detail })
    .from(issue)
    .where(
      and(
        eq(issue.employerId, employerId),
        eq(issue.connectionId, connectionId),
        eq(issue.resolvedKey, ""),
        inArray(issue.type, [...TROUBLE_TYPES]),
      ),
    );
  return rows.map((row) => ({
    part: row.causeKey.slice(troubleKey(connectionId, "").length),
    reason: row.type === "we_are_on_it" ? "we_are_on_it" : "needs_attention",
    detail: row.detail,
  }));
}

/** Opens and closes issues so that they say what the standing says. */
async function keepIssues(
  tx: EmployerTx,
  row: Row,
  vendorName: string,
  before: Standing,
  after: Standing,
): Promise<void> {
  const { employerId, id: connectionId } = row;
  const page = `/integrations/${connectionId}`;
  for (const gone of before.troubles.filter((one) => !after.troubles.some((two) => two.part === one.part)))
    await resolveIssues(tx, employerId, { causeKey: troubleKey(connectionId, gone.part) });
  for (const trouble of after.troubles) {
    if (before.troubles.includes(trouble)) continue;
    const ours = trouble.reason === "we_are_on_it";
    await raiseIssue(tx, employerId, {
      connectionId,
      type: trouble.reason,
      causeKey: troubleKey(connectionId, trouble.part),
      severity: "warn",
      title: ours ? `${vendorName} answers in a new form` : `${row.label} needs attention`,
      detail: trouble.detail,
      ...(ours ? {} : { fix: { label: "See how to fix it", href: `${page}/troubleshooting` } }),
    });
  }
  const states = [after.state, after.resumeState];
  const revoked = states.includes("needs_reconnect");
  const wasRevoked = [before.state, before.resumeState].includes("needs_reconnect");
  const reconnect = `connection:${connectionId}:reconnect`;
  if (revoked && !wasRevoked)
    await raiseIssue(tx, employerId, {
      connectionId,
      type: "needs_reconnect",
      causeKey: reconnect,
      severity: "bad",
      title: after.lost ? `The sign-in at ${vendorName} was lost` : `${vendorName} withdrew our permission`,
      detail: `Nothing is sent to or fetched from ${vendorName} until someone signs in again. What was fetched stays.`,
      fix: { label: "Reconnect", href: `/integrations/connect/${row.vendorId}?connection=${connectionId}` },
    });
  if (wasRevoked && !revoked) await resolveIssues(tx, employerId, { causeKey: reconnect });
  const down = `connection:${connectionId}:down`;
  if (after.reason === "vendor_down" && before.reason !== "vendor_down")
    await raiseIssue(tx, employerId, {
      connectionId,
      type: "vendor_down",
      causeKey: down,
      severity: "warn",
      title: `${vendorName} does not answer`,
      detail: after.detail ?? "",
    });
  if (after.failingKind !== "outage" && before.failingKind === "outage")
    await resolveIssues(tx, employerId, { causeKey: down });
}

const toneOf = (state: ConnectionState) =>
  state === "active"
    ? "ok"
    : state === "needs_reconnect"
      ? "bad"
      : state === "degraded" || state === "needs_setup"
        ? "warn"
        : "idle";

function sentenceOf(after: Standing, before: Standing): string {
  if (after.state === "active" && after.reason === null)
    return before.state === "paused_by_user" ? "runs again" : before.state === "added" ? "is connected" : "works again";
  return after.detail ?? after.state;
}
