import { createHmac } from "node:crypto";
import { Agent, request } from "undici";

/** One request of the other side of the delivery rows: what is posted, and where to. */
export interface Post {
  url: string;
  id: string;
  body: string;
}

/**
 * Signs and posts with undici alone; what comes back throws unless it is answered well within the deadline. Of `concurrency`
 * requests half go to one host at once, as in the delivery pool.
 */
export function bareSender({ concurrency, secret }: { concurrency: number; secret: string }) {
  const dispatcher = new Agent({ connections: Math.ceil(concurrency / 2) });
  return async ({ url, id, body }: Post): Promise<void> => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`);
    const answer = await request(url, {
      method: "POST",
      dispatcher,
      headers: {
        "content-type": "application/json",
        "x-webhook-event": "job.closed",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": `v1,${signature.digest("base64")}`,
      },
      body,
      signal: AbortSignal.timeout(15_000),
    });
    await answer.body.dump();
    if (answer.statusCode >= 300) throw new Error(`It answered ${answer.statusCode}.`);
  };
}
