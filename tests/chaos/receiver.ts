import { z } from "zod";
import { setEnvironment } from "#app/platform/env.server.ts";
import { startChild } from "./children.ts";

const hello = z.object({ port: z.number() });
const books = z.array(
  z.object({ id: z.string(), times: z.number(), first: z.number(), last: z.number(), same: z.boolean() }),
);
export type Book = z.output<typeof books>[number];

/** The receiving process, which deliveries may reach; its books by "path webhook-id". */
export async function startReceiver(settings: { delayMs: number }) {
  const child = startChild(["tests", "chaos", "processes", "receiver.ts"], settings);
  const host = `127.0.0.1:${hello.parse(await child.next()).port}`;
  setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: host });
  return {
    origin: `http://${host}`,
    books: async (): Promise<Book[]> => books.parse(await child.ask("books")),
    stop: child.stop,
  };
}
export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
