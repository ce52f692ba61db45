import { z } from "zod";
import { setEnvironment } from "#app/platform/env.server.ts";
import { attemptDelivery, type DeliveryJob } from "#app/services/deliveries.server.ts";
import { closeDatabase } from "#db/client.server.ts";

/**
 * A process that makes attempts and watches its own memory: the settings name deliveries to ordinary receivers, made first
 * so that everything is loaded and grown, and those to be measured. Prints as JSON by how much memory grew at most.
 */
const job = z.object({ employerId: z.string(), deliveryId: z.string(), endpointId: z.string() });
const settings = z
  .object({ allow: z.string(), warmUp: z.array(job), measured: z.array(job), timeoutMs: z.number() })
  .parse(JSON.parse(process.argv[2] ?? ""));

setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: settings.allow });
const { timeoutMs } = settings;
const attempts = (jobs: readonly DeliveryJob[]) => Promise.all(jobs.map((one) => attemptDelivery(one, { timeoutMs })));
const rss = () => process.memoryUsage.rss();
const settle = async () => {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 200));
};

await attempts(settings.warmUp);
await settle();
const before = rss();
let most = before;
const watch = setInterval(() => {
  most = Math.max(most, rss());
}, 5);
await attempts(settings.measured);
most = Math.max(most, rss());
clearInterval(watch);
process.stdout.write(`${JSON.stringify({ before, most })}\n`);
await closeDatabase();
process.exit(0);
