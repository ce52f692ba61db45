import { and, asc, desc, eq, isNotNull, isNull, sql as statement } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { connection, issue } from "#db/schema/connections.ts";
import { recordActivity } from "./activity.server.ts";
import type { Actor } from "./actor.ts";
import { AppError } from "./errors.ts";
import { emitEvent } from "./events.server.ts";
import { notifyLive } from "./live.server.ts";

export type Issue = typeof issue.$inferSelect;
export type Severity = "warn" | "bad";

export interface IssueInput {
  connectionId?: string;
  /** What sort of problem, e.g. "sign_in" or "zombie_posting". */
  type: string;
  /** Same cause, same key: while it is open a repeat updates the row. */
  causeKey: string;
  severity: Severity;
  title: string;
  /** What it means, then what to do. */
  detail: string;
  fix?: { label: string; href: string };
  affected?: readonly { label: string; count: number; href?: string }[];
}

/** Opens an issue or updates the open one of the same cause. `created` tells which. */
export async function raiseIssue(
  tx: EmployerTx,
  employerId: string,
  input: IssueInput,
): Promise<{ id: string; created: boolean }> {
  const words = {
    severity: input.severity,
    title: input.title,
    detail: input.detail,
    fixLabel: input.fix?.label ?? null,
    fixHref: input.fix?.href ?? null,
    affected: input.affected ?? [],
  };
  const [row] = await tx
    .insert(issue)
    .values({
      employerId,
      id: newId(),
      connectionId: input.connectionId ?? null,
      type: input.type,
      causeKey: input.causeKey,
      ...words,
    })
    .onConflictDoUpdate({
      target: [issue.employerId, issue.causeKey, issue.resolvedKey],
      set: { ...words, occurrences: statement`${issue.occurrences} + 1`, lastSeenAt: new Date() },
    })
    .returning({ id: issue.id, occurrences: issue.occurrences });
  if (!row) throw new Error("An issue was neither opened nor found.");
  const created = row.occurrences === 1;
  if (created) {
    await recordActivity(tx, employerId, {
      ...(input.connectionId ? { connectionId: input.connectionId } : {}),
      subject: { kind: "issue", id: row.id },
      kind: "wait",
      tone: input.severity,
      who: "Issue opened",
      what: input.title,
    });
    await announce(tx, "issue.opened", { ...input, employerId, id: row.id, connectionId: input.connectionId ?? null });
  }
  await notifyLive(tx, employerId, "issue", row.id);
  return { id: row.id, created };
}

type Told = Pick<Issue, "employerId" | "id" | "connectionId" | "type" | "causeKey" | "title" | "detail"> & {
  severity: string;
};

/** Tells the employer's own systems of an issue; an endpoint is not told of its own trouble. */
async function announce(tx: EmployerTx, type: "issue.opened" | "issue.resolved", row: Told): Promise<void> {
  const { employerId, id, connectionId, severity, title, detail } = row;
  const [about] =
    connectionId === null
      ? []
      : await tx
          .select({ id: connection.id, vendor: connection.vendorId, label: connection.label })
          .from(connection)
          .where(and(eq(connection.employerId, employerId), eq(connection.id, connectionId)));
  const notTo = /^endpoint-[a-z]+:(.+)$/.exec(row.causeKey)?.[1];
  const issue = { id, type: row.type, severity: severity === "bad" ? "bad" : "warn", title, detail } as const;
  await emitEvent(tx, employerId, type, id, { issue, connection: about ?? null }, { notTo });
}

/** Which open issues have healed: one cause, or all of one type on a connection, or all of a connection. */
export type IssueSelector = { causeKey: string } | { connectionId: string; type?: string };

/** Closes open issues whose cause is gone; returns them. */
export async function resolveIssues(tx: EmployerTx, employerId: string, which: IssueSelector): Promise<Issue[]> {
  const chosen =
    "causeKey" in which
      ? eq(issue.causeKey, which.causeKey)
      : and(eq(issue.connectionId, which.connectionId), which.type ? eq(issue.type, which.type) : undefined);
  const healed = await tx
    .update(issue)
    .set({ resolvedAt: new Date(), resolvedKey: statement`${issue.id}::text` })
    .where(and(eq(issue.employerId, employerId), eq(issue.resolvedKey, ""), chosen))
    .returning();
  for (const row of healed) {
    await recordActivity(tx, employerId, {
      ...(row.connectionId ? { connectionId: row.connectionId } : {}),
      subject: { kind: "issue", id: row.id },
      kind: "wait",
      tone: "ok",
      who: "Healed",
      what: row.title,
    });
    await announce(tx, "issue.resolved", row);
    await notifyLive(tx, employerId, "issue", row.id);
  }
  return healed;
}

/** The open issues of one connection, or of the employer; worst first, then oldest. Joins the caller's transaction. */
export async function openIssues(tx: EmployerTx, employerId: string, connectionId?: string): Promise<Issue[]> {
  return tx
    .select()
    .from(issue)
    .where(
      and(
        eq(issue.employerId, employerId),
        eq(issue.resolvedKey, ""),
        connectionId ? eq(issue.connectionId, connectionId) : undefined,
      ),
    )
    .orderBy(asc(issue.severity), asc(issue.firstSeenAt));
}

/** Open issues, parted by snooze, and the last one that healed, for the health page. */
export async function listIssues(
  actor: Actor,
  connectionId?: string,
): Promise<{ open: Issue[]; snoozed: Issue[]; lastHealed: Issue | null }> {
  allow(actor, "connections:read");
  return withEmployer(actor.employerId, async (tx) => {
    const rows = await openIssues(tx, actor.employerId, connectionId);
    const [lastHealed] = await tx
      .select()
      .from(issue)
      .where(
        and(
          eq(issue.employerId, actor.employerId),
          isNotNull(issue.resolvedAt),
          connectionId ? eq(issue.connectionId, connectionId) : undefined,
        ),
      )
      .orderBy(desc(issue.resolvedAt))
      .limit(1);
    const now = Date.now();
    const isSnoozed = (row: Issue) => row.snoozedUntil !== null && row.snoozedUntil.getTime() > now;
    return {
      open: rows.filter((row) => !isSnoozed(row)),
      snoozed: rows.filter(isSnoozed),
      lastHealed: lastHealed ?? null,
    };
  });
}

/** Hides an open issue until a time; null shows it again. Kinds of AppError: not-found, forbidden. */
export async function snoozeIssue(actor: Actor, issueId: string, until: Date | null): Promise<void> {
  allow(actor, "connections:manage");
  await withEmployer(actor.employerId, async (tx) => {
    const [row] = await tx
      .update(issue)
      .set({ snoozedUntil: until })
      .where(and(eq(issue.employerId, actor.employerId), eq(issue.id, issueId), isNull(issue.resolvedAt)))
      .returning();
    if (!row) throw new AppError("not-found", "This issue is closed or was never here.");
    await recordActivity(tx, actor.employerId, {
      ...(row.connectionId ? { connectionId: row.connectionId } : {}),
      subject: { kind: "issue", id: row.id },
      kind: "person",
      who: actor.name,
      what: until ? `snoozed: ${row.title}` : `shows again: ${row.title}`,
    });
    await notifyLive(tx, actor.employerId, "issue", issueId);
  });
}

/** Hides an issue for a day, or shows it again. Kinds as `snoozeIssue`; an id that cannot be one is not-found. */
export async function snoozeFor(actor: Actor, issueId: string, how: "day" | null): Promise<void> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(issueId))
    throw new AppError("not-found", "This issue is closed or was never here.");
  await snoozeIssue(actor, issueId, how === "day" ? new Date(Date.now() + 86_400_000) : null);
}
