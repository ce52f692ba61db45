import { Logger, run } from "graphile-worker";
import { z } from "zod";
import { bareSender } from "../bare-post.ts";

/**
 * The other side of the delivery rows: graphile-worker and undici alone. It signs and posts what the job holds and
 * writes nothing down. Same queue settings, same number of requests at once as the delivery pool.
 */
const settings = z
  .object({ database: z.string(), concurrency: z.number(), secret: z.string() })
  .parse(JSON.parse(process.argv[2] ?? ""));
const post = bareSender(settings);
const payload = z.object({ url: z.string(), id: z.string(), body: z.string() });

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
    post: (input) => post(payload.parse(input)),
  },
});
process.on("SIGTERM", () => void runner.stop().then(() => process.exit(0)));
process.send?.("ready");
