import { and, asc, eq, inArray } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import { strategyFor } from "#app/integrations/config-schema.server.ts";
import type { DispositionResult } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { application } from "#db/schema/hiring.ts";
import { disposition } from "#db/schema/postings.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { recordActivity } from "./activity.server.ts";
import { raiseIssue, resolveIssues } from "./issues.server.ts";
import { type Connection, callVendor } from "./vendor-context.server.ts";

type Row = typeof disposition.$inferSelect;

/** Told in one call. */
const BATCH = 50;

/** Whether a connection can tell its vendor what became of an application: the vendor listens, and we are signed in. */
function canTell(row: Pick<Connection, "vendorId" | "config">): boolean {
  const manifest = manifestOf(row.vendorId);
  if (!manifest?.capabilities.includes("feedback")) return false;
  return strategyFor(manifest, row.config).kind !== "none";
}

/**
 * Records that a board handed an application over under its own id, and queues the word that it arrived. A repeat changes
 * nothing. Call in the transaction that took the application in.
 */
export async function recordHandOver(
  tx: EmployerTx,
  { employerId, id: connectionId }: Pick<Connection, "employerId" | "id">,
  { applicationId, externalId }: { applicationId: string; externalId: string },
): Promise<void> {
  const [known] = await tx
    .select({ id: disposition.id })
    .from(disposition)
    .where(
      and(
        eq(disposition.employerId, employerId),
        eq(disposition.applicationId, applicationId),
        eq(disposition.connectionId, connectionId),
        eq(disposition.externalId, externalId),
      ),
    );
  if (!known) await write(tx, employerId, [{ connectionId, applicationId, externalId, isNew: true }]);
}

/** Queues, in the transaction of the change, what the boards that handed these applications over are to be told. */
export async function queueDispositions(tx: EmployerTx, employerId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { connectionId, applicationId, externalId } = disposition;
  const handed = await tx
    .selectDistinct({ connectionId, applicationId, externalId })
    .from(disposition)
    .where(and(eq(disposition.employerId, employerId), inArray(applicationId, [...ids])));
  await write(
    tx,
    employerId,
    handed.map((one) => ({ ...one, isNew: false })),
  );
}

async function write(
  tx: EmployerTx,
  employerId: string,
  rows: readonly Pick<Row, "connectionId" | "applicationId" | "externalId" | "isNew">[],
): Promise<void> {
  if (rows.length === 0) return;
  const places = await tx
    .select({ id: application.id, status: application.status, stage: application.stageName, at: application.updatedAt })
    .from(application)
    .where(
      and(
        eq(application.employerId, employerId),
        inArray(
          application.id,
          rows.map((row) => row.applicationId),
        ),
      ),
    );
  const boards = await tx
    .select()
    .from(connection)
    .where(
      and(
        eq(connection.employerId, employerId),
        inArray(
          connection.id,
          rows.map((row) => row.connectionId),
        ),
      ),
    );
  const told = new Set(boards.filter((board) => canTell(board)).map((board) => board.id));
  const values = rows.flatMap((row) => {
    const place = places.find((one) => one.id === row.applicationId);
    if (!place) return [];
    const { status, stage, at } = place;
    const state = told.has(row.connectionId) ? ("queued" as const) : ("unsent" as const);
    return [{ ...row, employerId, id: newId(), status, stage, at, state }];
  });
  if (values.length === 0) return;
  await tx.insert(disposition).values(values);
  for (const connectionId of told) await enqueue(tx, "disposition-send", { employerId, connectionId });
}

/**
 * Tells one vendor what became of the applications it handed over, oldest first, one batch a call. Saying the same twice
 * changes nothing at the vendor, so a batch whose answer was lost is sent again. Returns whether more wait.
 */
export async function sendDispositions(
  employerId: string,
  connectionId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const waiting = await withEmployer(employerId, (tx) =>
    tx
      .select()
      .from(disposition)
      .where(
        and(
          eq(disposition.employerId, employerId),
          eq(disposition.connectionId, connectionId),
          eq(disposition.state, "queued"),
        ),
      )
      .orderBy(asc(disposition.id))
      .limit(BATCH),
  );
  // One application once a call, so that its words arrive in their order.
  const batch = waiting.filter((row, place) => waiting.findIndex((one) => one.externalId === row.externalId) === place);
  if (batch.length === 0) return false;
  const options = { signal, idempotencyKey: `disposition:${batch[0]?.id}`, part: "feedback" };
  const results = await callVendor(employerId, connectionId, options, async ({ adapter, ctx }) => {
    if (!adapter.feedback) throw new IntegrationError("unsupported", `${adapter.manifest.name} is not told anything.`);
    return adapter.feedback.report(
      ctx,
      batch.map((row) => ({ ...row, localId: row.id })),
    );
  });
  await withEmployer(employerId, (tx) => record(tx, employerId, connectionId, batch, results));
  return waiting.length > results.length || waiting.length === BATCH;
}

async function record(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  batch: readonly Row[],
  results: readonly DispositionResult[],
): Promise<void> {
  const causeKey = `connection:${connectionId}:feedback`;
  const refused: string[] = [];
  for (const row of batch) {
    const result = results.find((one) => one.localId === row.id);
    if (!result) continue;
    const error = result.ok ? null : result.error.message;
    if (error !== null) refused.push(error);
    await tx
      .update(disposition)
      .set({ state: error === null ? "sent" : "refused", error, doneAt: new Date() })
      .where(and(eq(disposition.employerId, employerId), eq(disposition.id, row.id), eq(disposition.state, "queued")));
  }
  const [board] = await tx
    .select({ label: connection.label })
    .from(connection)
    .where(and(eq(connection.employerId, employerId), eq(connection.id, connectionId)));
  const label = board?.label ?? "The board";
  const sent = batch.length - refused.length;
  const many = (count: number) => (count === 1 ? "one application" : `${count} applications`);
  if (sent > 0) {
    const what = `was told what became of ${many(sent)}`;
    await recordActivity(tx, employerId, { connectionId, kind: "sync", tone: "ok", who: label, what });
  }
  if (refused.length === 0) return void (await resolveIssues(tx, employerId, { causeKey }));
  await raiseIssue(tx, employerId, {
    ...{ connectionId, type: "feedback_refused", causeKey, severity: "warn" },
    title: `${label} did not take what became of ${many(refused.length)}`,
    detail: `${refused[0]} Your applicants are not affected. The rest goes on.`,
    fix: { label: "See the activity", href: `/integrations/${connectionId}/activity` },
    affected: [{ label: "applications", count: refused.length }],
  });
}
