import type { IncomingMessage } from "node:http";

/** No vendor sends more than this in one event. */
export const INBOUND_BODY_BYTES = 1024 * 1024;

/**
 * The exact bytes of a request's body, or null when there are more than `most`. It stops reading there and leaves the
 * stream alone: cancelling it would reset the connection, and the sender would see that instead of our answer.
 */
export async function readCapped(request: Request, most: number): Promise<Uint8Array | null> {
  const declared = Number(request.headers.get("content-length") ?? "0");
  if (declared > most) return null;
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    size += value.byteLength;
    if (size > most) return null;
    chunks.push(value);
  }
}

/** As `readCapped`, for a request as Node has it. */
export async function readIncomingCapped(request: IncomingMessage, most: number): Promise<Uint8Array | null> {
  if (Number(request.headers["content-length"] ?? "0") > most) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const end = (result: Uint8Array | null) => {
      request.off("data", take);
      if (result === null) request.pause();
      resolve(result);
    };
    const take = (chunk: Uint8Array) => {
      size += chunk.byteLength;
      if (size > most) end(null);
      else chunks.push(chunk);
    };
    request.on("data", take);
    request.once("end", () => end(Buffer.concat(chunks)));
    request.once("error", reject);
    request.once("close", () => {
      if (!request.complete) reject(new Error("The sender left before its request was complete."));
    });
  });
}
