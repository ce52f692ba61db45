import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { newId, randomToken, type Sealed, seal } from "#app/platform/crypto.server.ts";
import { encryptPieces } from "./document-cipher.server.ts";
import { documentStore } from "./document-store.server.ts";
import { ACCEPTED_WORDS, documentSniffer, safeFileName } from "./document-type.server.ts";
import { AppError } from "./errors.ts";

export const MAX_DOCUMENT_BYTES = 10 * 1024 * 1024;
export const MAX_DOCUMENTS = 5;

export type DocumentKind = "resume" | "attachment";

/** A file as it comes, before anything about it was believed. */
export interface IncomingFile {
  fileName: string;
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  kind?: DocumentKind;
}

/** A file that was checked, lies encrypted on this machine and is not yet in the store. */
export interface CheckedDocument extends Sealed {
  id: string;
  kind: DocumentKind;
  fileName: string;
  contentType: string;
  bytes: number;
  sha256: string;
  /** Where the ciphertext waits, and how long it is. */
  waiting: { path: string; bytes: number };
}

/** Where the document's own key is sealed. */
export const keyPlace = (employerId: string, id: string) => ({ employerId, ownerId: id, field: "document" });

/** What a document's bytes are bound to. */
export const bytesOf = (employerId: string, id: string): string =>
  JSON.stringify(["patchbay/document/1", employerId, id]);

/**
 * Takes one file in, piece by piece: counts, looks at its type and encrypts it under a key of its own before a byte is
 * written. AppError invalid with one plain sentence for a file that we do not take; nothing of it is left then.
 */
export async function takeFile(employerId: string, file: IncomingFile): Promise<CheckedDocument> {
  const name = file.fileName.slice(0, 80) || "This file";
  const { incoming } = await documentStore();
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  const path = join(incoming, randomToken(18));
  const id = newId();
  const key = randomBytes(32);
  const sniffer = documentSniffer();
  const hash = createHash("sha256");
  let bytes = 0;
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const piece of file.body) {
      bytes += piece.byteLength;
      if (bytes > MAX_DOCUMENT_BYTES)
        throw new AppError("invalid", `${name} is larger than 10 MB. Send a smaller one.`);
      sniffer.push(piece);
      hash.update(piece);
      yield piece;
    }
  }
  const handle = await open(path, "wx", 0o600);
  try {
    let written = 0;
    for await (const piece of encryptPieces(watched(), { key, belongsTo: bytesOf(employerId, id) })) {
      await handle.write(piece);
      written += piece.byteLength;
    }
    if (bytes === 0) throw new AppError("invalid", `${name} is empty. Choose it again.`);
    const type = sniffer.verdict();
    if (!type) throw new AppError("invalid", `${name} is not a ${ACCEPTED_WORDS} file.`);
    await handle.sync();
    return {
      ...{ id, bytes, kind: file.kind ?? "attachment" },
      fileName: safeFileName(file.fileName, type),
      contentType: type.contentType,
      sha256: hash.digest("hex"),
      waiting: { path, bytes: written },
      ...seal(key, keyPlace(employerId, id)),
    };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Forgets checked files that are not wanted after all. */
export async function dropChecked(files: readonly Pick<CheckedDocument, "waiting">[]): Promise<void> {
  await Promise.all(files.map(({ waiting }) => rm(waiting.path, { force: true })));
}
