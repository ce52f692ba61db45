import { createServer } from "node:http";

/**
 * A receiver of webhooks in a process of its own: answers 200 at once, except under /hang, where it never answers. Tells
 * by message how many came, how many were different (by webhook-id and path), and when each came first.
 */
const firstSeen = new Map<string, number>();
let count = 0;
const clock = () => performance.timeOrigin + performance.now();

const server = createServer((request, response) => {
  if (request.url?.startsWith("/hang")) return void request.resume();
  const key = `${request.url} ${request.headers["webhook-id"]}`;
  count += 1;
  if (!firstSeen.has(key)) firstSeen.set(key, clock());
  request.resume();
  request.on("end", () => response.writeHead(200, { "content-type": "text/plain" }).end("ok"));
});
server.keepAliveTimeout = 60_000;

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address ? address.port : 0 });
});

process.on("message", (message) => {
  const question = typeof message === "object" && message !== null ? Reflect.get(message, "question") : undefined;
  const answer = { count, unique: firstSeen.size, arrivals: question === "arrivals" ? [...firstSeen] : [] };
  if (question === "forget") {
    firstSeen.clear();
    count = 0;
  }
  process.send?.(answer);
});
