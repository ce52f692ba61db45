import { explain, outliveLostConnections, stopOnSignal } from "#app/cli/process.server.ts";
import { assertEnvironment } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import { finishRefreshes } from "#app/services/credentials.server.ts";
import { guardProcess } from "#app/services/vendor-wire.server.ts";
import { assertBoundByRowSecurity, closeDatabase } from "#db/client.server.ts";
import { startWorker } from "./runner.server.ts";

/** The worker process: `node jobs/worker.ts`, as many as one likes. */
try {
  assertEnvironment();
  guardProcess();
  outliveLostConnections();
  await assertBoundByRowSecurity();
  const worker = await startWorker();
  stopOnSignal(async () => {
    await worker.stop();
    await finishRefreshes();
    await closeDatabase();
  });
  log().info({ pools: worker.poolIds.join(" ") }, "The worker is ready.");
} catch (error) {
  explain(error);
  process.exit();
}
