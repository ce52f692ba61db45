import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { type Runner, run, type TaskList, type WorkerEvents } from "graphile-worker";
import { Pool } from "pg";
import { env } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { watchAlerts } from "#app/services/alerts.server.ts";
import { startDeliveries } from "#app/services/delivery-engine.server.ts";
import { workerLogger } from "#db/worker-logger.server.ts";
import { catalog, type TaskDefinition, type TaskName, taskNames } from "./catalog.ts";
import { startHeartbeat } from "./heartbeat.server.ts";
import { type TaskModules, wrapTask } from "./task.server.ts";
import { taskModules } from "./tasks/index.ts";

/** Running jobs get this long after a stop before their signal aborts. */
const GRACE_MS = 10_000;
/** Wake-ups for webhooks take no time: few at once are enough. */
const WAKE_UPS = 4;
/** What the job queue of one worker may hold of the database's connections. */
const QUEUE_CONNECTIONS = 24;

export interface RunningWorker {
  poolIds: readonly string[];
  /** Lets running jobs end, gives the waiting ones back, closes the connections. Safe to call twice. */
  stop(): Promise<void>;
}

export interface WorkerOptions {
  modules?: TaskModules;
  /** Called when the process must end at once because its jobs were given to others. */
  onLost?(): void;
}

/** Starts the tasks of a worker process on a small connection pool, their heartbeat, and the sending of webhooks. */
export async function startWorker({
  modules = taskModules,
  onLost = exitAtOnce,
}: WorkerOptions = {}): Promise<RunningWorker> {
  const { DATABASE_URL, PATCHBAY_WORKER_TASKS: concurrency } = env();
  if (DATABASE_URL === undefined)
    throw new Error("The worker needs DATABASE_URL; npm start gives it its own Postgres.");
  const pgPool = new Pool({
    connectionString: DATABASE_URL,
    // Jobs of one moment are taken and completed in a few statements, so that not each needs a connection.
    max: Math.min(concurrency + WAKE_UPS + 4, QUEUE_CONNECTIONS),
    application_name: "patchbay-jobs",
  });
  const onError = (error: Error) => log().warn({ err: error }, "A connection of the job queue was lost.");
  pgPool.on("error", onError);
  pgPool.on("connect", (client) => client.on("error", onError));

  const poolIds: string[] = [];
  const events: WorkerEvents = new EventEmitter();
  events.on("pool:create", ({ workerPool }) => poolIds.push(workerPool.id));
  const deliveries = await startDeliveries();
  const runPool = (pool: TaskDefinition["pool"], size: number, cron: { crontab: string } | { parsedCronItems: [] }) =>
    run({
      pgPool,
      events,
      logger: workerLogger(),
      noHandleSignals: true,
      taskList: tasksOf(pool, modules),
      concurrency: size,
      pollInterval: pool === "deliveries" ? 500 : 1_000,
      gracefulShutdownAbortTimeout: GRACE_MS,
      ...cron,
      preset: { worker: { localQueue: { size: size + 1 }, completeJobBatchDelay: 0 } },
    });
  // Read now, so that the first webhook does not wait for its code.
  await modules["delivery-drain"]();
  const runners: Runner[] = [
    await runPool("deliveries", WAKE_UPS, { parsedCronItems: [] }),
    await runPool(undefined, concurrency, { crontab: readFileSync(inProject("jobs", "crontab"), "utf8") }),
  ];
  const heartbeat = await startHeartbeat(poolIds, onLost);
  const alerts = watchAlerts();

  let stopping: Promise<void> | undefined;
  const stopAll = async () => {
    await Promise.all([...runners.map((runner) => runner.stop().catch(() => undefined)), deliveries.stop()]);
    await alerts.stop();
    await heartbeat.stop();
    await pgPool.end();
  };
  return {
    poolIds,
    stop: () => {
      stopping ??= stopAll();
      return stopping;
    },
  };
}

const tasksOf = (pool: TaskDefinition["pool"], modules: TaskModules): TaskList =>
  Object.fromEntries(
    taskNames()
      .filter((name) => poolOf(name) === pool)
      .map((name) => [name, taskOf(name, modules)]),
  );

const poolOf = (name: TaskName): TaskDefinition["pool"] => {
  const task: TaskDefinition = catalog[name];
  return task.pool;
};

const taskOf = <Name extends TaskName>(name: Name, modules: TaskModules) => wrapTask(name, modules[name]);

function exitAtOnce(): void {
  log().fatal("This worker was taken for dead and its jobs were given to others; it ends.");
  process.exit(70);
}
