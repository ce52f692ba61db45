import { sql } from "drizzle-orm";
import type { SystemTx } from "#db/client.server.ts";
import { catalog, type TaskDefinition, type TaskInput, type TaskName } from "./catalog.ts";

export interface EnqueueOptions {
  /** Absent: at once. */
  runAt?: Date;
}

/** One job for `enqueueMany`: a task's name, its payload and when. */
export type JobRequest = { [Name in TaskName]: { name: Name; payload: TaskInput<Name> } & EnqueueOptions }[TaskName];

/**
 * Adds one job in the caller's transaction: it exists exactly if the transaction commits, and starts a few milliseconds
 * after. The payload is parsed first. With a job key, a waiting job of the same key is replaced; one that runs already is
 * left to finish and this one follows it.
 */
export async function enqueue<Name extends TaskName>(
  tx: SystemTx,
  name: Name,
  payload: TaskInput<Name>,
  options: EnqueueOptions = {},
): Promise<void> {
  await addJobs(tx, [specification(name, payload, options)]);
}

/** Adds many jobs in one statement and with one wake-up. Of several with one key the last counts. */
export async function enqueueMany(tx: SystemTx, requests: readonly JobRequest[]): Promise<void> {
  await addJobs(
    tx,
    requests.map(({ name, payload, runAt }) => specification(name, payload, runAt ? { runAt } : {})),
  );
}

/** Puts a job that was running back to wait until `runAt`, with the payload as it came. */
export async function park(tx: SystemTx, name: TaskName, payload: unknown, runAt: Date): Promise<void> {
  await addJobs(tx, [specification(name, payload, { runAt })]);
}

/** Takes waiting jobs off the queue by key; those that run are not touched. */
export async function dequeue(tx: SystemTx, keys: readonly string[]): Promise<void> {
  for (const key of keys) await tx.execute(sql`select 1 from graphile_worker.remove_job(${key})`);
}

interface JobSpecification {
  identifier: TaskName;
  payload: unknown;
  run_at: string | null;
  max_attempts: number;
  job_key: string | null;
}

/** One job as `graphile_worker.add_jobs` takes it, for statements that add it beside rows of their own. */
export const jobSpecification = <Name extends TaskName>(name: Name, payload: TaskInput<Name>): unknown =>
  specification(name, payload, {});

function specification(name: TaskName, input: unknown, { runAt }: EnqueueOptions): JobSpecification {
  const task: TaskDefinition = catalog[name];
  const payload = task.payload.parse(input);
  return {
    identifier: name,
    payload,
    run_at: runAt?.toISOString() ?? null,
    max_attempts: task.maxAttempts,
    job_key: task.jobKey?.(payload) ?? null,
  };
}

/** `add_jobs` fails when one call holds a key twice, so the last of each key is taken. */
async function addJobs(tx: SystemTx, specifications: JobSpecification[]): Promise<void> {
  const byKey = new Map(specifications.map((spec, index) => [spec.job_key ?? index, spec]));
  if (byKey.size === 0) return;
  const json = JSON.stringify([...byKey.values()]);
  await tx.execute(sql`select count(*) from graphile_worker.add_jobs(
    array(select json_populate_recordset(null::graphile_worker.job_spec, ${json}::json)))`);
}
