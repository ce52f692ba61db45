import type { RawRequest } from "#app/integrations/contract/capabilities.ts";

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

/** The request as adapters and verifiers take it. */
export function rawRequest(request: Request, body: Uint8Array): RawRequest {
  const { pathname, search } = new URL(request.url);
  return { method: request.method, url: pathname + search, headers: Object.fromEntries(request.headers), body };
}
