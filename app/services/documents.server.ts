import { and, eq, sql } from "drizzle-orm";
import type { InboundApplication } from "#app/integrations/contract/domain.ts";
import { base64Pieces } from "#app/integrations/kit/files.ts";
import { openBytes, randomToken } from "#app/platform/crypto.server.ts";
import { log } from "#app/platform/log.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { document } from "#db/schema/hiring.ts";
import { enqueueMany } from "#jobs/enqueue.server.ts";
import type { Actor } from "./actor.ts";
import { decryptPieces } from "./document-cipher.server.ts";
import {
  bytesOf,
  type CheckedDocument,
  dropChecked,
  type IncomingFile,
  keyPlace,
  MAX_DOCUMENTS,
  takeFile,
} from "./document-intake.server.ts";
import { documentScanner } from "./document-scanner.server.ts";
import { documentStore } from "./document-store.server.ts";
import { AppError } from "./errors.ts";

/** A file that lies encrypted in the store and has no row yet. */
export type StoredDocument = Omit<CheckedDocument, "waiting"> & { storageKey: string };

/**
 * Checks files and puts them into the store, each under a key of its own that is sealed for its row. Nothing is stored
 * when any is refused. Give the result to `receiveApplication`, or to `discardDocuments` when that fails.
 * Throws AppError invalid with one plain sentence per refused file under the field `documents`.
 */
export async function storeDocuments(employerId: string, files: readonly IncomingFile[]): Promise<StoredDocument[]> {
  const checked: CheckedDocument[] = [];
  const problems: string[] = [];
  if (files.length > MAX_DOCUMENTS) problems.push(`${files.length} files are too many. Send at most ${MAX_DOCUMENTS}.`);
  else
    for (const file of files) {
      try {
        checked.push(await takeFile(employerId, file));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        problems.push(error.message);
      }
    }
  if (problems.length === 0) return keepDocuments(checked);
  await dropChecked(checked);
  throw new AppError("invalid", problems.join(" "), { fields: { documents: problems.join(" ") } });
}

/** Puts checked files into the store under names that say nothing, all or none. AppError unavailable when it does not take them. */
export async function keepDocuments(files: readonly CheckedDocument[]): Promise<StoredDocument[]> {
  const store = await documentStore();
  const kept: StoredDocument[] = [];
  try {
    for (const { waiting, ...file } of files) {
      const token = randomToken(24);
      const storageKey = `${token.slice(0, 2).toLowerCase()}/${token}`;
      await store.put(storageKey, waiting);
      kept.push({ ...file, storageKey });
    }
    return kept;
  } catch (error) {
    log().error({ err: error }, "The document store did not take a file.");
    await discardDocuments(kept).catch(() => undefined);
    await dropChecked(files);
    throw new AppError("unavailable", "The files could not be stored just now. Try again in a few minutes.");
  }
}

/**
 * The résumé of an application that a board handed over. A file that we would refuse is left out and named, so that the
 * application itself is never lost.
 */
export async function storeInboundResume(
  employerId: string,
  application: Pick<InboundApplication, "resume">,
): Promise<{ documents: StoredDocument[]; refused: string | null }> {
  const { resume } = application;
  if (!resume) return { documents: [], refused: null };
  try {
    const file: IncomingFile = { fileName: resume.fileName, body: base64Pieces(resume.base64), kind: "resume" };
    return { documents: await storeDocuments(employerId, [file]), refused: null };
  } catch (error) {
    if (error instanceof AppError && error.kind === "invalid") return { documents: [], refused: error.message };
    throw error;
  }
}

/** Takes stored files away again, for those that ended without a row. */
export async function discardDocuments(documents: readonly Pick<StoredDocument, "storageKey">[]): Promise<void> {
  const store = await documentStore();
  await Promise.all(documents.map(({ storageKey }) => store.remove(storageKey)));
}

/**
 * Writes the rows of stored files. A file that the candidate already sent (same bytes) is not added twice, and a
 * candidate's application keeps at most MAX_DOCUMENTS. Returns the files that got no row: discard them after the commit.
 */
export async function attachDocuments(
  tx: EmployerTx,
  employerId: string,
  owner: { candidateId: string; applicationId: string | null },
  documents: readonly StoredDocument[],
): Promise<StoredDocument[]> {
  if (documents.length === 0) return [];
  const known = await tx
    .select({ sha256: document.sha256, applicationId: document.applicationId })
    .from(document)
    .where(and(eq(document.employerId, employerId), eq(document.candidateId, owner.candidateId)));
  const seen = new Set(known.map((row) => row.sha256));
  const room = MAX_DOCUMENTS - known.filter((row) => row.applicationId === owner.applicationId).length;
  const fresh = documents.filter((item) => !seen.has(item.sha256) && seen.add(item.sha256)).slice(0, Math.max(0, room));
  if (fresh.length > 0) {
    const scan = documentScanner() ? ("waiting" as const) : ("none" as const);
    await tx.insert(document).values(fresh.map((item) => ({ employerId, ...owner, ...item, scan })));
    if (scan === "waiting")
      await enqueueMany(
        tx,
        fresh.map(({ id }) => ({ name: "document-scan" as const, payload: { employerId, documentId: id } })),
      );
  }
  return documents.filter((item) => !fresh.includes(item));
}

export interface DocumentSummary {
  id: string;
  kind: string;
  fileName: string;
  contentType: string;
  bytes: number;
  /** Why it cannot be opened, in a few words; null when it can. */
  held: string | null;
  createdAt: Date;
}

/** A candidate's documents, newest first; ask inside a transaction whose actor was checked. */
export async function documentsOf(
  tx: EmployerTx,
  employerId: string,
  candidateId: string,
): Promise<readonly DocumentSummary[]> {
  const rows = await tx
    .select({
      id: document.id,
      kind: document.kind,
      fileName: document.fileName,
      contentType: document.contentType,
      bytes: document.bytes,
      createdAt: document.createdAt,
      scan: document.scan,
    })
    .from(document)
    .where(and(eq(document.employerId, employerId), eq(document.candidateId, candidateId)))
    .orderBy(sql`${document.id} desc`);
  return rows.map(({ scan, ...row }) => ({ ...row, held: heldBack(scan) }));
}

type Row = typeof document.$inferSelect;

/** Why a document is not handed out now: only what was found clean is, or what came while nothing was to be scanned. */
function heldBack(scan: Row["scan"]): string | null {
  if (scan === "clean" || (scan === "none" && !documentScanner())) return null;
  return scan === "refused" ? "held back by the virus scan" : "waits for the virus scan";
}

/** One document's row. AppError not-found for another employer's id. */
export async function documentRow(employerId: string, id: string): Promise<Row> {
  const [row] = await withEmployer(employerId, (tx) =>
    tx
      .select()
      .from(document)
      .where(and(eq(document.employerId, employerId), eq(document.id, id))),
  );
  if (!row) throw new AppError("not-found", "This document does not exist.");
  return row;
}

/** A document's bytes as they were sent, decrypted piece by piece. AppError unavailable when they are gone or changed. */
export async function documentBytes(row: Row): Promise<AsyncGenerator<Buffer>> {
  const stored = await (await documentStore()).get(row.storageKey).catch((error: unknown) => {
    log().error({ err: error, documentId: row.id }, "The document store did not give a file.");
    throw new AppError("unavailable", `${row.fileName} cannot be read just now. Try again in a few minutes.`);
  });
  if (!stored) throw new AppError("unavailable", `${row.fileName} is missing from the document store.`);
  const key = openBytes(row, keyPlace(row.employerId, row.id));
  return decryptPieces(stored, { key, belongsTo: bytesOf(row.employerId, row.id) });
}

export interface OpenDocument {
  fileName: string;
  contentType: string;
  bytes: number;
  body: ReadableStream<Uint8Array>;
}

/** Whether this actor may have the document. Needs applications:read; AppError not-found for another employer's id. */
export async function findDocument(actor: Actor, id: string): Promise<Row> {
  allow(actor, "applications:read");
  return documentRow(actor.employerId, id);
}

/**
 * One document as a stream. Its first piece is read before this returns, so that one that is missing or was changed is
 * AppError unavailable and no broken download. AppError conflict while the virus scan holds it back.
 */
export async function openDocument(row: Row): Promise<OpenDocument> {
  const held = heldBack(row.scan);
  if (held) throw new AppError("conflict", `${row.fileName} ${held}.`);
  const pieces = await documentBytes(row);
  const next = () =>
    pieces.next().catch((error: unknown) => {
      if (error instanceof AppError) throw error;
      throw new AppError("unavailable", `${row.fileName} is not what was sent.`);
    });
  let first: IteratorResult<Buffer> | null = await next();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = first ?? (await next());
      first = null;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
  return { fileName: row.fileName, contentType: row.contentType, bytes: row.bytes, body };
}
