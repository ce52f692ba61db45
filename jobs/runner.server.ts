import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { type Runner, run, type TaskList, type WorkerEvents } from "graphile-worker";
import { Pool } from "pg";
import { env } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { workerLogger } from "#db/worker-logger.server.ts";
import { catalog, type TaskName, type TaskPool, taskNames } from "./catalog.ts";
import { startHeartbeat } from "./heartbeat.server.ts";
import { type TaskModules, wrapTask } from "./task.server.ts";
import { taskModules } from "./tasks/index.ts";

/** Running jobs get this long after a stop before their signal aborts. */
const GRACE_MS = 10_000;
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

/** Starts the two pools of a worker process on one small connection pool, with their heartbeat. */
export async function startWorker({
  modules = taskModules,
  onLost = exitAtOnce,
}: WorkerOptions = {}): Promise<RunningWorker> {
  const { DATABASE_URL, PATCHBAY_WORKER_DELIVERIES: deliveries, PATCHBAY_WORKER_TASKS: rest } = env();
  if (DATABASE_URL === undefined)
    throw new Error("The worker needs DATABASE_URL; npm start gives it its own Postgres.");
  const pgPool = new Pool({
    connectionString: DATABASE_URL,
    // Jobs of one moment are taken and completed in a few statements, so that a pool does not need a connection for each.
    max: Math.min(deliveries + rest + 4, QUEUE_CONNECTIONS),
    application_name: "patchbay-jobs",
  });
  const onError = (error: Error) => log().warn({ err: error }, "A connection of the job queue was lost.");
  pgPool.on("error", onError);
  pgPool.on("connect", (client) => client.on("error", onError));

  const poolIds: string[] = [];
  const events: WorkerEvents = new EventEmitter();
  events.on("pool:create", ({ workerPool }) => poolIds.push(workerPool.id));
  const runPool = (pool: TaskPool, concurrency: number, pollInterval: number) =>
    run({
      pgPool,
      events,
      logger: workerLogger(),
      noHandleSignals: true,
      taskList: tasksOf(pool, modules),
      concurrency,
      pollInterval,
      gracefulShutdownAbortTimeout: GRACE_MS,
      ...(pool === "rest" ? { crontab: readFileSync(inProject("jobs", "crontab"), "utf8") } : { parsedCronItems: [] }),
      preset: { worker: { localQueue: { size: concurrency + 1 }, completeJobBatchDelay: 0 } },
    });
  // Read now, so that the first webhook does not wait for its code.
  await modules["delivery-attempt"]();
  const runners: Runner[] = [];
  // 500 ms: a retry is due within seconds and starts no sharper than the poll. A pool without tasks cannot run.
  if (hasTasks("deliveries")) runners.push(await runPool("deliveries", deliveries, 500));
  if (hasTasks("rest")) runners.push(await runPool("rest", rest, 1_000));
  const heartbeat = await startHeartbeat(poolIds, onLost);

  let stopping: Promise<void> | undefined;
  const stopAll = async () => {
    await Promise.all(runners.map((runner) => runner.stop().catch(() => undefined)));
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

const hasTasks = (pool: TaskPool): boolean => taskNames().some((name) => catalog[name].pool === pool);

const tasksOf = (pool: TaskPool, modules: TaskModules): TaskList =>
  Object.fromEntries(
    taskNames()
      .filter((name) => catalog[name].pool === pool)
      .map((name) => [name, taskOf(name, modules)]),
  );

const taskOf = <Name extends TaskName>(name: Name, modules: TaskModules) => wrapTask(name, modules[name]);

function exitAtOnce(): void {
  log().fatal("This worker was taken for dead and its jobs were given to others; it ends.");
  process.exit(70);
}
