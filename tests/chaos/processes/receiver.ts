import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { z } from "zod";

/**
 * A receiver in a process of its own that takes its time (`delayMs`) and keeps the books: for each path and webhook-id
 * how often it came, when first and last on the shared clock, and whether the bytes were always the same.
 */
const { delayMs } = z.object({ delayMs: z.number() }).parse(JSON.parse(process.argv[2] ?? "{}"));
const clock = () => performance.timeOrigin + performance.now();
const seen = new Map<string, { times: number; first: number; last: number; hash: string; same: boolean }>();

const server = createServer((request, response) => {
  const at = clock();
  const hash = createHash("sha256");
  request.on("data", (chunk) => hash.update(chunk));
  request.on("end", () => {
    const id = `${request.url} ${request.headers["webhook-id"]}`;
    const digest = hash.digest("hex");
    const known = seen.get(id);
    seen.set(id, {
      ...{ times: (known?.times ?? 0) + 1, first: known?.first ?? at, last: at, hash: digest },
      same: known === undefined || (known.same && known.hash === digest),
    });
    setTimeout(() => response.writeHead(200, { "content-type": "text/plain" }).end("ok"), delayMs);
  });
});
server.keepAliveTimeout = 60_000;

process.on("message", () => process.send?.([...seen].map(([id, { hash: _hash, ...book }]) => ({ id, ...book }))));
process.on("SIGTERM", () => process.exit(0));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address ? address.port : 0 });
});
