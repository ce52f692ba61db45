import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import type { InboundApplication } from "#app/integrations/contract/domain.ts";
import { newId, openBytes, randomToken, seal, sha256Hex } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { document } from "#db/schema/hiring.ts";
import type { Actor } from "./actor.ts";
import { documentStore } from "./document-store.server.ts";
import { ACCEPTED_WORDS, safeFileName, sniffDocument } from "./document-type.server.ts";
import { AppError } from "./errors.ts";

export const MAX_DOCUMENT_BYTES = 10 * 1024 * 1024;
export const MAX_DOCUMENTS = 5;

/** A file as it came, before anything about it was believed. */
export interface IncomingFile {
  fileName: string;
  bytes: Uint8Array;
  kind?: "resume" | "attachment";
}

/** A file that lies encrypted in the store and has no row yet. */
export interface StoredDocument {
  id: string;
  kind: string;
  fileName: string;
  contentType: string;
  bytes: number;
  sha256: string;
  storageKey: string;
  keyId: string;
  nonce: Uint8Array;
  ciphertext: Uint8Array;
}

const place = (employerId: string, id: string) => ({ employerId, ownerId: id, field: "document" });

/** The sentence that refuses a file, or null when it may come in. */
export function refuseFile(file: IncomingFile): string | null {
  const name = file.fileName.slice(0, 80) || "This file";
  if (file.bytes.byteLength === 0) return `${name} is empty. Choose it again.`;
  if (file.bytes.byteLength > MAX_DOCUMENT_BYTES) return `${name} is larger than 10 MB. Send a smaller one.`;
  if (!sniffDocument(file.bytes)) return `${name} is not a ${ACCEPTED_WORDS} file.`;
  return null;
}

/**
 * Checks files and puts them into the store, each under a key of its own that is sealed for its row. Nothing is stored
 * when any is refused. Give the result to `receiveApplication`, or to `discardDocuments` when that fails.
 * Throws AppError invalid with one plain sentence per refused file under the field `documents`.
 */
export async function storeDocuments(employerId: string, files: readonly IncomingFile[]): Promise<StoredDocument[]> {
  const problems = files.map(refuseFile).filter((problem) => problem !== null);
  if (files.length > MAX_DOCUMENTS) problems.push(`${files.length} files are too many. Send at most ${MAX_DOCUMENTS}.`);
  if (problems.length > 0)
    throw new AppError("invalid", problems.join(" "), { fields: { documents: problems.join(" ") } });
  return Promise.all(files.map((file) => storeOne(employerId, file)));
}

async function storeOne(employerId: string, file: IncomingFile): Promise<StoredDocument> {
  const type = sniffDocument(file.bytes);
  if (!type) throw new AppError("invalid", `${file.fileName} is not a ${ACCEPTED_WORDS} file.`);
  const id = newId();
  const key = randomBytes(32);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const token = randomToken(24);
  const storageKey = `${employerId}/${token.slice(0, 2)}/${token}`;
  await documentStore().put(
    storageKey,
    Buffer.concat([nonce, cipher.update(file.bytes), cipher.final(), cipher.getAuthTag()]),
  );
  return {
    id,
    kind: file.kind ?? "attachment",
    fileName: safeFileName(file.fileName, type),
    contentType: type.contentType,
    bytes: file.bytes.byteLength,
    sha256: sha256Hex(file.bytes),
    storageKey,
    ...seal(key, place(employerId, id)),
  };
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
  const file: IncomingFile = {
    fileName: resume.fileName,
    bytes: Buffer.from(resume.base64, "base64"),
    kind: "resume",
  };
  const refused = refuseFile(file);
  return refused ? { documents: [], refused } : { documents: await storeDocuments(employerId, [file]), refused: null };
}

/** Takes stored files away again, for those that ended without a row. */
export async function discardDocuments(documents: readonly Pick<StoredDocument, "storageKey">[]): Promise<void> {
  await Promise.all(documents.map(({ storageKey }) => documentStore().remove(storageKey)));
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
  if (fresh.length > 0) await tx.insert(document).values(fresh.map((item) => ({ employerId, ...owner, ...item })));
  return documents.filter((item) => !fresh.includes(item));
}

export interface DocumentSummary {
  id: string;
  kind: string;
  fileName: string;
  contentType: string;
  bytes: number;
  createdAt: Date;
}

/** A candidate's documents, newest first; ask inside a transaction whose actor was checked. */
export async function documentsOf(
  tx: EmployerTx,
  employerId: string,
  candidateId: string,
): Promise<readonly DocumentSummary[]> {
  return tx
    .select({
      id: document.id,
      kind: document.kind,
      fileName: document.fileName,
      contentType: document.contentType,
      bytes: document.bytes,
      createdAt: document.createdAt,
    })
    .from(document)
    .where(and(eq(document.employerId, employerId), eq(document.candidateId, candidateId)))
    .orderBy(sql`${document.id} desc`);
}

/**
 * One document, decrypted and compared with the hash of what was sent. Needs applications:read.
 * AppError not-found for another employer's id; unavailable when the bytes are missing or changed.
 */
export async function readDocument(
  actor: Actor,
  id: string,
): Promise<{ fileName: string; contentType: string; body: Buffer }> {
  allow(actor, "applications:read");
  const row = await withEmployer(actor.employerId, async (tx) => {
    const [found] = await tx
      .select()
      .from(document)
      .where(and(eq(document.employerId, actor.employerId), eq(document.id, id)));
    return found;
  });
  if (!row) throw new AppError("not-found", "This document does not exist.");
  const stored = await documentStore().get(row.storageKey);
  if (!stored) throw new AppError("unavailable", `${row.fileName} is missing from the document folder.`);
  const key = openBytes(row, place(actor.employerId, row.id));
  const cipher = createDecipheriv("aes-256-gcm", key, stored.subarray(0, 12)).setAuthTag(stored.subarray(-16));
  const body = Buffer.concat([cipher.update(stored.subarray(12, -16)), cipher.final()]);
  if (sha256Hex(body) !== row.sha256) throw new AppError("unavailable", `${row.fileName} is not what was sent.`);
  return { fileName: row.fileName, contentType: row.contentType, body };
}
