import { createHmac } from "node:crypto";
import { Logger, run } from "graphile-worker";
import { Agent, request } from "undici";
import { z } from "zod";

/**
 * The other side of the delivery rows: graphile-worker and undici alone. It signs and posts what the job holds and
 * writes nothing down. Same queue settings, same number of requests at once as the delivery pool.
 */
const settings = z
  .object({ database: z.string(), concurrency: z.number(), secret: z.string() })
  .parse(JSON.parse(process.argv[2] ?? ""));
const payload = z.object({ url: z.string(), id: z.string(), body: z.string() });
const dispatcher = new Agent({ connections: 64 });

const runner = await run({
  connectionString: settings.database,
  maxPoolSize: settings.concurrency + 4,
  concurrency: settings.concurrency,
  pollInterval: 500,
  noHandleSignals: true,
  parsedCronItems: [],
  logger: new Logger(() => () => {}),
  preset: { worker: { localQueue: { size: settings.concurrency + 1 }, completeJobBatchDelay: 0 } },
  taskList: {
    async post(input) {
      const { url, id, body } = payload.parse(input);
      const timestamp = String(Math.floor(Date.now() / 1000));
      const signature = createHmac("sha256", settings.secret).update(`${id}.${timestamp}.${body}`);
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
    },
  },
});
process.on("SIGTERM", () => void runner.stop().then(() => process.exit(0)));
process.send?.("ready");
