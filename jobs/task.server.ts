import type { JobHelpers, Task } from "graphile-worker";
import type { z } from "zod";
import { errorPolicy, IntegrationError } from "#app/integrations/contract/errors.ts";
import { type Logger, logWith } from "#app/platform/log.server.ts";
import { withSystem } from "#db/client.server.ts";
import { catalog, type TaskName, type TaskPayload } from "./catalog.ts";
import { park } from "./enqueue.server.ts";

/** What a task's function gets beside its payload. */
export interface TaskContext {
  /** Aborts when the worker stops and this job has had its grace: pass it to every call that waits. */
  signal: AbortSignal;
  /** 1 on the first try. */
  attempt: number;
  /** After this one no other follows: leave nothing half done. */
  lastAttempt: boolean;
  /** Carries the task and job id on every line. */
  log: Logger;
}

/**
 * A task's file: the function, and what to write on the payload's owner when the work is given up. Tasks must be
 * idempotent: after a crash, or when a stalled worker lost its jobs to another, one runs again.
 */
export interface TaskModule<Name extends TaskName> {
  default(payload: TaskPayload<Name>, context: TaskContext): Promise<void>;
  /** Records a failure that will not be tried again. Without it the failure is only logged. */
  onGivenUp?(payload: TaskPayload<Name>, error: unknown, context: TaskContext): Promise<void>;
}

/** The catalogue seen so that a task's name and its payload's type stay together. */
const schemas: { readonly [Name in TaskName]: { payload: z.ZodType<TaskPayload<Name>> } } = catalog;

export type TaskModules = { [Name in TaskName]: () => Promise<TaskModule<Name>> };

/**
 * Wraps a task for graphile-worker: parses the payload, runs, and decides what a failure means. Errors that may pass are
 * thrown on, so that the queue backs off; a rate limit with a known end parks the job until then; everything else, and
 * the last attempt, is recorded and returns, so that the queue keeps no dead jobs.
 */
export function wrapTask<Name extends TaskName>(name: Name, load: () => Promise<TaskModule<Name>>): Task {
  return async (input, helpers) => {
    const context = contextOf(name, helpers);
    const parsed = schemas[name].payload.safeParse(input);
    if (!parsed.success) {
      context.log.error({ issues: parsed.error.issues }, "The payload is not what the task takes; the job is dropped.");
      return;
    }
    const payload = parsed.data;
    const module = await load();
    try {
      await module.default(payload, context);
    } catch (error) {
      const verdict = judge(error, context);
      if (verdict === "retry") throw error;
      if (verdict !== "give up") {
        context.log.info({ until: verdict.until }, "The vendor's limit is reached; the job waits.");
        await withSystem((tx) => park(tx, name, input, verdict.until));
        return;
      }
      context.log.error({ err: error }, "The task gives up.");
      await module.onGivenUp?.(payload, error, context);
    }
  };
}

/** What follows from a failure: the error table decides for vendor errors, anything else may pass. */
export function judge(
  error: unknown,
  { attempt, lastAttempt }: Pick<TaskContext, "attempt" | "lastAttempt">,
): "retry" | "give up" | { until: Date } {
  const policy = error instanceof IntegrationError ? errorPolicy[error.kind].job : "retry";
  if (policy === "stop") return "give up";
  if (policy === "park" && error instanceof IntegrationError && error.info.retryAfter) {
    return { until: error.info.retryAfter };
  }
  if (policy === "reread" && attempt > 1) return "give up";
  return lastAttempt ? "give up" : "retry";
}

function contextOf(name: TaskName, { job, abortSignal }: JobHelpers): TaskContext {
  let own: Logger | undefined;
  return {
    signal: abortSignal,
    attempt: job.attempts,
    lastAttempt: job.attempts >= job.max_attempts,
    // Made when a line is written: most jobs write none, and there are thousands a second.
    get log() {
      own ??= logWith({ task: name, jobId: job.id });
      return own;
    },
  };
}
