import { createCipheriv, createDecipheriv } from "node:crypto";

/* Documents are encrypted piece by piece, so that they can be written and read as streams and no byte leaves that was
 * not authenticated. Each piece is AES-256-GCM under the document's own key; the nonce is the piece's number and whether
 * it is the last one, so that pieces can be neither swapped nor cut off. The key is random and used for one file. */

const PIECE = 64 * 1024;
const TAG = 16;

export interface DocumentCipherKey {
  /** 32 random bytes, for this file only. */
  key: Uint8Array;
  /** What the file belongs to; another employer's or document's bytes do not open. */
  belongsTo: string;
}

/** Plain bytes to stored bytes. */
export async function* encryptPieces(
  source: AsyncIterable<Uint8Array>,
  { key, belongsTo }: DocumentCipherKey,
): AsyncGenerator<Buffer> {
  for await (const { bytes, number, last } of piecesOf(source, PIECE)) {
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(number, last)).setAAD(Buffer.from(belongsTo));
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Stored bytes to plain bytes. Throws when a bit differs, a piece is missing or something follows the last. */
export async function* decryptPieces(
  source: AsyncIterable<Uint8Array>,
  { key, belongsTo }: DocumentCipherKey,
): AsyncGenerator<Buffer> {
  for await (const { bytes, number, last } of piecesOf(source, PIECE + TAG)) {
    if (bytes.byteLength < TAG) throw new Error("The stored document is too short.");
    const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(number, last))
      .setAAD(Buffer.from(belongsTo))
      .setAuthTag(bytes.subarray(bytes.byteLength - TAG));
    const plain = decipher.update(bytes.subarray(0, bytes.byteLength - TAG));
    yield Buffer.concat([plain, decipher.final()]);
  }
}

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 4);
  nonce.writeUInt8(last ? 1 : 0, 11);
  return nonce;
}

async function* piecesOf(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ bytes: Buffer; number: number; last: boolean }> {
  let held: Buffer = Buffer.alloc(0);
  let number = 0;
  for await (const some of source) {
    held = held.length === 0 ? Buffer.from(some) : Buffer.concat([held, some]);
    // A whole piece is kept back until more follows: only then is it known not to be the last.
    while (held.length > size) {
      yield { bytes: held.subarray(0, size), number, last: false };
      number += 1;
      held = held.subarray(size);
    }
  }
  yield { bytes: held, number, last: true };
}
