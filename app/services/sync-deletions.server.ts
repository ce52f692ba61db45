import { and, eq, inArray, isNull, lt, or, sql } from "drizzle-orm";
import type { ResourceName } from "#app/integrations/contract/manifest.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { externalRecord, heldDeletion } from "#db/schema/sync.ts";
import { recordActivity } from "./activity.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { raiseIssue, resolveIssues } from "./issues.server.ts";
import type { SyncRun } from "./sync-runs.server.ts";
import { removeSynced } from "./synced-removal.server.ts";

/** A drop beyond both is implausible and held. */
const HELD_SHARE = 0.1;
const HELD_ROWS = 20;

export interface Scan {
  missing: number;
  known: number;
  read: number;
}

/** Why a scan's deletions are held, in plain words; null lets them through. Pure. */
export function brake(scan: Scan): string | null {
  if (scan.missing === 0) return null;
  if (scan.read === 0) return `The answer was empty, yet ${scan.known} are known.`;
  if (scan.missing > HELD_ROWS && scan.missing > scan.known * HELD_SHARE) {
    return `${scan.missing} of ${scan.known} vanished from one answer.`;
  }
  return null;
}

/**
 * After a complete scan: what the vendor no longer shows is removed, or held when the drop is implausible. Rows that came
 * by webhook while the scan went on are younger than its start and stay. Returns how many were removed and whether the
 * brake held.
 */
export async function applyScan(
  tx: EmployerTx,
  run: SyncRun,
  vendorName: string,
): Promise<{ deleted: number; held: boolean }> {
  const { employerId, connectionId, resource } = run;
  const known = and(
    eq(externalRecord.employerId, employerId),
    eq(externalRecord.connectionId, connectionId),
    eq(externalRecord.resource, resource),
    isNull(externalRecord.deletedAt),
  );
  const unseen = and(
    known,
    lt(externalRecord.updatedAt, run.startedAt),
    or(isNull(externalRecord.seenRunId), sql`${externalRecord.seenRunId} <> ${run.id}`),
  );
  const missing = (await tx.select({ id: externalRecord.externalId }).from(externalRecord).where(unseen)).map(
    (row) => row.id,
  );
  const total = await tx.$count(externalRecord, known);
  const causeKey = `connection:${connectionId}:held:${resource}`;
  const why = brake({ missing: missing.length, known: total, read: run.read });
  if (why === null) {
    const options = { announce: true, changedBy: vendorName };
    const removed = await removeSynced(tx, employerId, connectionId, asResource(resource), missing, options);
    await resolveIssues(tx, employerId, { causeKey });
    await dropHeld(tx, run);
    return { deleted: removed.length, held: false };
  }
  await dropHeld(tx, run);
  await tx.insert(heldDeletion).values({
    ...{ employerId, id: newId(), connectionId, resource, runId: run.id, outOf: total, why },
    externalIds: missing,
  });
  await raiseIssue(tx, employerId, {
    ...{ connectionId, type: "deletions_held", causeKey, severity: "warn" },
    title: `${missing.length} of ${total} ${resource} vanished from ${vendorName}`,
    detail: `${why} We deleted nothing. Are they really gone?`,
    fix: { label: "Decide", href: `/integrations/${connectionId}` },
    affected: [{ label: resource, count: missing.length }],
  });
  return { deleted: 0, held: true };
}

const resources: readonly ResourceName[] = ["jobs", "stages", "candidates", "applications", "onboardings"];

/** A resource name as the database holds it, checked. */
export function asResource(name: string): ResourceName {
  const found = resources.find((resource) => resource === name);
  if (!found) throw new Error(`${name} is not a synced resource.`);
  return found;
}

/** A newer scan replaces what an older one held undecided. */
const dropHeld = (tx: EmployerTx, run: SyncRun) =>
  tx
    .delete(heldDeletion)
    .where(
      and(
        eq(heldDeletion.employerId, run.employerId),
        eq(heldDeletion.connectionId, run.connectionId),
        eq(heldDeletion.resource, run.resource),
        isNull(heldDeletion.decision),
      ),
    );

/** A person decides about held deletions: `deleted` carries them out, `kept` leaves every row. Kinds: not-found, forbidden. */
export async function decideHeldDeletion(actor: Actor, heldId: string, decision: "deleted" | "kept"): Promise<void> {
  allow(actor, "connections:manage");
  const { employerId } = actor;
  await withEmployer(employerId, async (tx) => {
    const [held] = await tx
      .update(heldDeletion)
      .set({ decision, decidedBy: actor.name, decidedAt: new Date() })
      .where(and(eq(heldDeletion.employerId, employerId), eq(heldDeletion.id, heldId), isNull(heldDeletion.decision)))
      .returning();
    if (!held) throw new AppError("not-found", "This is decided already, or a newer check replaced it.");
    const resource = asResource(held.resource);
    if (decision === "deleted") {
      const still = await stillUnseen(tx, employerId, held);
      await removeSynced(tx, employerId, held.connectionId, resource, still, { announce: true, changedBy: actor.name });
    }
    await resolveIssues(tx, employerId, { causeKey: `connection:${held.connectionId}:held:${resource}` });
    const subject = { kind: "connection", id: held.connectionId, name: resource };
    await audit(tx, actor, `sync.deletions_${decision}`, subject, { count: held.externalIds.length });
    await recordActivity(tx, employerId, {
      ...{ connectionId: held.connectionId, kind: "sync", who: actor.name },
      what: `${decision === "deleted" ? "deleted" : "kept"} ${held.externalIds.length} ${resource} that had vanished`,
    });
  });
}

/** What came back since is not deleted. */
async function stillUnseen(
  tx: EmployerTx,
  employerId: string,
  held: typeof heldDeletion.$inferSelect,
): Promise<string[]> {
  const rows = await tx
    .select({ id: externalRecord.externalId })
    .from(externalRecord)
    .where(
      and(
        eq(externalRecord.employerId, employerId),
        eq(externalRecord.connectionId, held.connectionId),
        eq(externalRecord.resource, held.resource),
        inArray(externalRecord.externalId, [...held.externalIds]),
        lt(externalRecord.updatedAt, held.createdAt),
      ),
    );
  return rows.map((row) => row.id);
}
