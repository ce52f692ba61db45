import { boundaryOf, MalformedForm, partsOf } from "./multipart.server.ts";

/** The body was larger than allowed. Answer 413 with `connection: close` and do not read on. */
export class UploadTooLarge extends Error {
  override readonly name = "UploadTooLarge";
}

export interface UploadedFile {
  field: string;
  fileName: string;
  body: AsyncIterable<Uint8Array>;
}

/**
 * A posted form: its texts, and what `takeFile` made of each file that was chosen, while it arrives. Never more than
 * `maxBytes` are read. The request's own stream is only read, never cancelled: cancelling would reset the connection,
 * and the sender would see no answer. Throws UploadTooLarge and MalformedForm; `takeFile` keeps track of what it has
 * taken by then.
 */
export async function readUpload<Taken>(
  request: Request,
  maxBytes: number,
  takeFile: (file: UploadedFile) => Promise<Taken>,
): Promise<{ form: FormData; files: Taken[] }> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw new UploadTooLarge();
  const form = new FormData();
  const files: Taken[] = [];
  const type = request.headers.get("content-type") ?? "";
  const boundary = boundaryOf(type);
  const body = counted(request, maxBytes);
  if (boundary === null) {
    const texts = new URLSearchParams((await allOf(body)).toString("utf8"));
    if (!type.startsWith("application/x-www-form-urlencoded")) throw new MalformedForm("This is not a form.");
    for (const [name, value] of texts) form.append(name, value);
    return { form, files };
  }
  for await (const part of partsOf(body, boundary)) {
    if (part.fileName === null) form.append(part.name, (await allOf(part.body)).toString("utf8"));
    // A file input without a choice posts one file without a name.
    else if (part.fileName !== "")
      files.push(await takeFile({ field: part.name, fileName: part.fileName, body: part.body }));
  }
  return { form, files };
}

async function* counted(request: Request, maxBytes: number): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader();
  let seen = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) return;
    seen += value.byteLength;
    if (seen > maxBytes) throw new UploadTooLarge();
    yield value;
  }
}

async function allOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
