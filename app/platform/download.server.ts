/** A file of somebody else's, always as a download and never as a page of this site. */
export function download(file: {
  fileName: string;
  contentType: string;
  bytes: number;
  body: ReadableStream<Uint8Array>;
}): Response {
  const plain = file.fileName.replace(/[^\x20-\x7e]|["\\]/g, "_");
  return new Response(file.body, {
    headers: {
      "content-type": file.contentType,
      "content-length": String(file.bytes),
      "content-disposition": `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(file.fileName)}`,
      "cache-control": "private, no-store",
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
    },
  });
}
