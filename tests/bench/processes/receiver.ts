import { createServer, type RequestListener } from "node:http";
import { z } from "zod";

/**
 * A receiver of webhooks in a process of its own, under several ports if asked: answers 200 after `delayMs`, except under
 * /hang, where it never answers. Tells by message how many came, how many were different (by webhook-id and path), when
 * each came first, and how many were unanswered at the same time, with those under /hang and of those alone.
 */
const { delayMs, hosts } = z
  .object({ delayMs: z.number().default(0), hosts: z.number().default(1) })
  .parse(JSON.parse(process.argv[2] ?? "{}"));
const firstSeen = new Map<string, number>();
const open = { all: 0, hanging: 0 };
let most = { ...open };
let count = 0;
const clock = () => performance.timeOrigin + performance.now();

const receive: RequestListener = (request, response) => {
  const hangs = request.url?.startsWith("/hang") === true;
  open.all += 1;
  if (hangs) open.hanging += 1;
  most = { all: Math.max(most.all, open.all), hanging: Math.max(most.hanging, open.hanging) };
  response.once("close", () => {
    open.all -= 1;
    if (hangs) open.hanging -= 1;
  });
  request.resume();
  if (hangs) return;
  const key = `${request.url} ${request.headers["webhook-id"]}`;
  count += 1;
  if (!firstSeen.has(key)) firstSeen.set(key, clock());
  const answer = () => response.writeHead(200, { "content-type": "text/plain" }).end("ok");
  request.on("end", () => (delayMs > 0 ? setTimeout(answer, delayMs) : answer()));
};

const ports: number[] = [];
function listen(): void {
  const server = createServer(receive);
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    ports.push(typeof address === "object" && address ? address.port : 0);
    if (ports.length < hosts) listen();
    else process.send?.({ ports });
  });
}
listen();

process.on("message", (message) => {
  const question = typeof message === "object" && message !== null ? Reflect.get(message, "question") : undefined;
  const prefix = /^arrivals (.*)$/.exec(String(question))?.[1];
  const arrivals = prefix === undefined ? [] : [...firstSeen].filter(([key]) => key.startsWith(prefix));
  const answer = { count, unique: firstSeen.size, mostOpen: most.all, mostHanging: most.hanging, arrivals };
  if (question === "forget") {
    firstSeen.clear();
    count = 0;
    most = { ...open };
  }
  process.send?.(answer);
});
