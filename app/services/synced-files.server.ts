import { and, eq, inArray, sql } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { application } from "#db/schema/hiring.ts";
import { externalRecord } from "#db/schema/sync.ts";
import { enqueueMany } from "#jobs/enqueue.server.ts";
import { recordActivity } from "./activity.server.ts";
import { type CheckedDocument, dropChecked, takeFile } from "./document-intake.server.ts";
import { attachDocuments, discardDocuments, keepDocuments } from "./documents.server.ts";
import { AppError } from "./errors.ts";
import type { PageScope, TodoRow } from "./synced-page.server.ts";
import { callVendor } from "./vendor-context.server.ts";

/** Under this word the version of the files last copied is kept beside the links of the other resources. */
const FILES = "files";

const linksOf = (employerId: string, connectionId: string, resource: string, ids: readonly string[]) =>
  and(
    eq(externalRecord.employerId, employerId),
    eq(externalRecord.connectionId, connectionId),
    eq(externalRecord.resource, resource),
    inArray(externalRecord.externalId, [...ids]),
  );

/** Gives a job to each application of a page whose files changed. Joins the page's transaction. */
export async function queueFiles(scope: PageScope, rows: readonly TodoRow<"applications">[]): Promise<void> {
  const { tx, employerId, connectionId } = scope;
  const named = rows.flatMap(({ row }) =>
    row.data.filesVersion === undefined ? [] : [{ application: row.externalId, version: row.data.filesVersion }],
  );
  if (named.length === 0) return;
  const ids = named.map((one) => one.application);
  const copied = await tx
    .select()
    .from(externalRecord)
    .where(linksOf(employerId, connectionId, FILES, ids));
  const known = new Map(copied.map((row) => [row.externalId, row.version]));
  const changed = named.filter((one) => known.get(one.application) !== one.version);
  await enqueueMany(
    tx,
    changed.map((one) => ({ name: "files-pull" as const, payload: { employerId, connectionId, ...one } })),
  );
}

/**
 * Copies the files of one application from the vendor into the document store: counted, typed by their bytes and
 * encrypted as they come. A file that we do not take is left out and told; the others are kept. Running it again adds
 * nothing, because a person's files are told apart by their bytes.
 */
export async function copyFiles(
  from: { employerId: string; connectionId: string; application: string; version: string },
  signal: AbortSignal,
): Promise<void> {
  const { employerId, connectionId, application: externalId, version } = from;
  const [owner] = await withEmployer(employerId, (tx) =>
    tx
      .select({ applicationId: application.id, candidateId: application.candidateId })
      .from(externalRecord)
      .innerJoin(application, and(eq(application.employerId, employerId), eq(application.id, externalRecord.localId)))
      .where(linksOf(employerId, connectionId, "applications", [externalId])),
  );
  if (!owner) return;
  const checked: CheckedDocument[] = [];
  const refused: string[] = [];
  const options = { signal, idempotencyKey: `files:${connectionId}:${externalId}`, part: FILES };
  const label = await callVendor(employerId, connectionId, options, async ({ adapter, ctx, connection }) => {
    for (const file of (await adapter.sync?.files?.(ctx, externalId)) ?? []) {
      try {
        checked.push(await takeFile(employerId, file));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refused.push(error.message);
      }
    }
    return connection.label;
  }).catch(async (error: unknown) => {
    await dropChecked(checked);
    throw error;
  });
  const documents = await keepDocuments(checked);
  const unused = await withEmployer(employerId, async (tx) => {
    const left = await attachDocuments(tx, employerId, owner, documents);
    const link = { employerId, connectionId, resource: FILES, externalId, version, contentHash: version };
    await tx
      .insert(externalRecord)
      .values({ ...link, localId: newId() })
      .onConflictDoUpdate({
        target: [
          externalRecord.employerId,
          externalRecord.connectionId,
          externalRecord.resource,
          externalRecord.externalId,
        ],
        set: { version, contentHash: version, updatedAt: sql`now()` },
      });
    if (refused.length > 0)
      await recordActivity(tx, employerId, {
        ...{ connectionId, subjectKind: "application", subjectId: owner.applicationId },
        ...{ kind: "sync", tone: "warn", who: label, what: `holds files that were left out: ${refused.join(" ")}` },
      });
    return left;
  }).catch(async (error: unknown) => {
    await discardDocuments(documents);
    throw error;
  });
  await discardDocuments(unused);
}
