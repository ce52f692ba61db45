import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { bareSender, type Post } from "../bare-post.ts";
import { oneKilobyte } from "../body.ts";

/**
 * The third side of the delivery rows: a loop over undici. Bodies are made in memory before it says that it is ready;
 * from the first message on it signs and posts them, as many at once as the delivery pool, and each message is answered
 * with how many are left. No queue and no Postgres.
 */
const settings = z
  .object({
    ...{ origin: z.string(), endpoints: z.number(), count: z.number() },
    ...{ concurrency: z.number(), secret: z.string() },
  })
  .parse(JSON.parse(process.argv[2] ?? ""));

const post = bareSender(settings);
const waiting = Array.from({ length: settings.count }, (_, index): Post => {
  const id = newId();
  return { url: `${settings.origin}/e${index % settings.endpoints}`, id, body: oneKilobyte(id) };
});
let left = settings.count;

async function lane(): Promise<void> {
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    await post(next);
    left -= 1;
  }
}

process.once("message", () => {
  for (let lanes = 0; lanes < settings.concurrency; lanes += 1) void lane();
});
process.on("message", () => process.send?.({ left }));
// Nothing else keeps it here when all is posted.
process.channel?.ref();
process.send?.("ready");
