/** The body was larger than allowed. Answer 413 with `connection: close` and do not read on. */
export class UploadTooLarge extends Error {
  override readonly name = "UploadTooLarge";
}

/**
 * A posted form with its files, never more than `maxBytes` of it. The request's own stream is only read, never cancelled:
 * cancelling would reset the connection, and the sender would see no answer. Throws UploadTooLarge.
 */
export async function readUpload(request: Request, maxBytes: number): Promise<FormData> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw new UploadTooLarge();
  const reader = request.body?.getReader();
  if (!reader) return new FormData();
  let seen = 0;
  const counted = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      seen += value.byteLength;
      if (seen > maxBytes) controller.error(new UploadTooLarge());
      else controller.enqueue(value);
    },
  });
  const type = request.headers.get("content-type") ?? "application/octet-stream";
  try {
    return await new Response(counted, { headers: { "content-type": type } }).formData();
  } catch (error) {
    throw seen > maxBytes ? new UploadTooLarge() : error;
  }
}

/** The files of a field that were chosen; an empty file input posts one file without a name. */
export async function filesOf(form: FormData, field: string): Promise<{ fileName: string; bytes: Uint8Array }[]> {
  const files = form.getAll(field).filter((entry) => entry instanceof File);
  const chosen = files.filter((file) => file.name !== "" || file.size > 0);
  return Promise.all(
    chosen.map(async (file) => ({ fileName: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
}
