import { type Egress, EgressError, type EgressPhase, type Trace } from "./egress.server.ts";

export const DELIVERY_TIMEOUT_MS = 15_000;
export const DELIVERY_KEEP_BYTES = 16 * 1024;

/** One attempt as it is shown and stored: an answer of any status, or the way in which it failed; and how far it came. */
export type DeliveryOutcome = { ms: number; trace: Trace } & (
  | { answered: true; status: number; headers: Headers; text: string; truncated: boolean }
  | { answered: false; phase: EgressPhase; message: string }
);

/** Of an attempt that never left. */
export const NOWHERE: Trace = { at: "dns", timings: {}, remoteAddress: null };

/**
 * Posts stored bytes to somebody else's endpoint: one deadline over everything, no redirects, no compression, at most
 * 16 KiB of the answer kept. Throws only the caller's own abort.
 */
export async function deliver(
  egress: Egress,
  url: string,
  delivery: {
    headers: Readonly<Record<string, string>>;
    body: string | Uint8Array;
    signal?: AbortSignal;
    timeoutMs?: number;
    keepBytes?: number;
  },
): Promise<DeliveryOutcome> {
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  try {
    const answer = await egress.request(url, {
      method: "POST",
      headers: { "accept-encoding": "identity", ...delivery.headers },
      body: delivery.body,
      timeoutMs: delivery.timeoutMs ?? DELIVERY_TIMEOUT_MS,
      maxBytes: delivery.keepBytes ?? DELIVERY_KEEP_BYTES,
      overflow: "truncate",
      ...(delivery.signal ? { signal: delivery.signal } : {}),
    });
    const { text, cut } = readable(answer.body, delivery.keepBytes ?? DELIVERY_KEEP_BYTES);
    return {
      answered: true,
      status: answer.status,
      headers: answer.headers,
      text,
      truncated: answer.truncated || cut,
      ms: elapsed(),
      trace: answer.trace,
    };
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    return {
      answered: false,
      phase: error.phase,
      message: error.message,
      ms: elapsed(),
      trace: error.trace ?? NOWHERE,
    };
  }
}

/** What is not UTF-8 grows when it is shown as text: that too is kept within the limit. */
function readable(body: Uint8Array, most: number): { text: string; cut: boolean } {
  const text = new TextDecoder().decode(body);
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= most) return { text, cut: false };
  return { text: new TextDecoder().decode(bytes.subarray(0, most)).replace(/\ufffd+$/, ""), cut: true };
}
