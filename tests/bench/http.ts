import { Agent, request } from "node:http";

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

export interface Timed {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  /** Milliseconds from the request's first byte to the answer's head, and to its last byte. */
  firstByte: number;
  whole: number;
  bytes: number;
  /** The body, where it was wanted. */
  text: string;
}

/** One GET over a kept connection with its times. The body is counted, and kept only on request. */
export function timedGet(url: string, headers: Record<string, string> = {}, keepBody = false): Promise<Timed> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers }, (answer) => {
      const firstByte = performance.now() - began;
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (keepBody) chunks.push(chunk);
      });
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const whole = performance.now() - began;
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, firstByte, whole, bytes, text });
      });
    });
    sent.on("error", reject);
    sent.setTimeout(60_000, () => sent.destroy(new Error(`${url} did not answer in a minute.`)));
    sent.end();
  });
}
