/** The body is not what its boundary promises. */
export class MalformedForm extends Error {
  override readonly name = "MalformedForm";
}

export interface Part {
  name: string;
  /** As the sender calls it; null for a plain field. */
  fileName: string | null;
  /** Read it before the next part is asked for; what is left unread is skipped. */
  body: AsyncIterable<Uint8Array>;
}

/** Header lines of one part together. */
const MAX_HEADER_BYTES = 16 * 1024;

/** The boundary of a multipart/form-data content type, or null for another type. */
export function boundaryOf(contentType: string): string | null {
  if (!/^multipart\/form-data\b/i.test(contentType)) return null;
  const [, quoted, plain] = /boundary=(?:"([^"]{1,70})"|([^;,\s]{1,70}))/i.exec(contentType) ?? [];
  return quoted ?? plain ?? null;
}

/** The parts of a multipart form in order, each body piece by piece, so that no file is ever whole in memory. */
export async function* partsOf(source: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  const input = source[Symbol.asyncIterator]();
  // The line break before a boundary belongs to it; the first boundary has none, so one is put in front.
  let held: Buffer = Buffer.from("\r\n");
  const more = async (): Promise<void> => {
    const { done, value } = await input.next();
    if (done) throw new MalformedForm("The form ends before its last boundary.");
    held = held.length === 0 ? Buffer.from(value) : Buffer.concat([held, value]);
  };
  async function* until(mark: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = held.indexOf(mark);
      const ready = at >= 0 ? at : Math.max(0, held.length - mark.length + 1);
      const piece = held.subarray(0, ready);
      held = held.subarray(at >= 0 ? at + mark.length : ready);
      if (piece.length > 0) yield piece;
      if (at >= 0) return;
      await more();
    }
  }
  const skip = async (pieces: AsyncIterable<unknown>): Promise<void> => {
    for await (const _piece of pieces);
  };

  const delimiter = Buffer.from(`\r\n--${boundary}`);
  await skip(until(delimiter));
  for (;;) {
    while (held.length < 2) await more();
    if (held.subarray(0, 2).toString("latin1") === "--") return;
    const headers: Buffer[] = [];
    for await (const piece of until(Buffer.from("\r\n\r\n"))) {
      headers.push(piece);
      if (Buffer.concat(headers).length > MAX_HEADER_BYTES) throw new MalformedForm("A part's header is too long.");
    }
    const body = until(delimiter);
    // The generator ends at the delimiter: a reader that stops early must not end it before that.
    const kept: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: () => body.next() }) };
    yield { ...dispositionOf(Buffer.concat(headers).toString("utf8")), body: kept };
    await skip(body);
  }
}

/** Browsers write `"` and line breaks inside the names as %22, %0D and %0A. */
function dispositionOf(headers: string): { name: string; fileName: string | null } {
  const line = /^content-disposition:(.*)$/im.exec(headers)?.[1] ?? "";
  const value = (key: string) => new RegExp(`[;\\s]${key}="([^"]*)"`, "i").exec(line)?.[1];
  const name = value("name");
  if (name === undefined) throw new MalformedForm("A part of the form has no name.");
  const plain = (text: string) => text.replace(/%(22|0D|0A)/gi, (_all, hex) => String.fromCharCode(parseInt(hex, 16)));
  const fileName = value("filename");
  return { name: plain(name), fileName: fileName === undefined ? null : plain(fileName) };
}
