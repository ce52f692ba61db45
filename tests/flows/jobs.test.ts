import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { sql, withSystem } from "#db/client.server.ts";
import { dequeue, enqueue, enqueueMany } from "#jobs/enqueue.server.ts";
import { startHeartbeat } from "#jobs/heartbeat.server.ts";
import { type RunningWorker, startWorker } from "#jobs/runner.server.ts";
import type { TaskContext, TaskModules } from "#jobs/task.server.ts";
import { taskModules } from "#jobs/tasks/index.ts";
import { testDatabase } from "#tests/support/database.ts";

await testDatabase();

/** Repeats until it holds: a worker that has just started first looks after its poll. */
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000 });

const waiting = async () => {
  const rows = await sql<{ task: string; key: string | null; attempts: number }[]>`
    select task_identifier as task, key, attempts from graphile_worker.jobs order by id`;
  return rows.map((row) => ({ ...row }));
};

let worker: RunningWorker | undefined;
const runs: TaskContext[] = [];
let behaviour: (context: TaskContext) => Promise<void> = async () => {};
let givenUp: unknown[] = [];

const modules: TaskModules = {
  ...taskModules,
  "make-partitions": async () => ({ default: async () => {} }),
  "tidy-queue": async () => ({
    default: async (_payload, context) => {
      runs.push(context);
      await behaviour(context);
    },
    onGivenUp: async (_payload, error) => {
      givenUp.push(error);
    },
  }),
};

beforeEach(() => {
  runs.length = 0;
  givenUp = [];
  behaviour = async () => {};
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  await sql`delete from graphile_worker._private_jobs`;
});

describe("a job", () => {
  it("exists only when the transaction that added it commits", async () => {
    const lost = withSystem(async (tx) => {
      await enqueue(tx, "tidy-queue", {});
      throw new Error("changed our mind");
    });
    await expect(lost).rejects.toThrow("changed our mind");
    expect(await waiting()).toEqual([]);
    await withSystem((tx) => enqueue(tx, "tidy-queue", {}));
    expect(await waiting()).toEqual([{ task: "tidy-queue", key: "tidy-queue", attempts: 0 }]);
  });

  it("is one job however often its key is added, also within one call", async () => {
    const soon = new Date(Date.now() + 3_600_000);
    await withSystem((tx) =>
      enqueueMany(tx, [
        { name: "tidy-queue", payload: {} },
        { name: "make-partitions", payload: {} },
        { name: "tidy-queue", payload: {}, runAt: soon },
      ]),
    );
    expect((await waiting()).map((job) => job.task).sort()).toEqual(["make-partitions", "tidy-queue"]);
    const [late] = await sql<{ at: Date }[]>`select run_at as at from graphile_worker.jobs where key = 'tidy-queue'`;
    expect(late?.at).toEqual(soon);
  });

  it("can be taken off the queue by its key", async () => {
    await withSystem((tx) => enqueue(tx, "tidy-queue", {}));
    await withSystem((tx) => dequeue(tx, ["tidy-queue"]));
    expect(await waiting()).toEqual([]);
  });
});

describe("a worker", () => {
  const start = async () => {
    worker = await startWorker({ modules });
    await withSystem((tx) => enqueue(tx, "tidy-queue", {}));
  };

  it("runs a task and leaves no job behind", async () => {
    await start();
    await eventually(async () => expect(await waiting()).toEqual([]));
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ attempt: 1, lastAttempt: false });
  });

  it("lets the queue back off when a failure may pass", async () => {
    behaviour = () => Promise.reject(new IntegrationError("unavailable", "The vendor is down."));
    await start();
    await eventually(async () => expect(await waiting()).toMatchObject([{ attempts: 1 }]));
    await eventually(async () => {
      const [job] = await sql<{ error: string }[]>`select last_error as error from graphile_worker.jobs`;
      expect(job?.error).toContain("The vendor is down.");
    });
    expect(givenUp).toEqual([]);
  });

  it("records a failure that will not pass and keeps no dead job", async () => {
    behaviour = () => Promise.reject(new IntegrationError("forbidden", "A scope is missing."));
    await start();
    await eventually(async () => expect(await waiting()).toEqual([]));
    expect(givenUp).toMatchObject([{ kind: "forbidden" }]);
  });

  it("asks a second time for what the vendor does not know, then records it", async () => {
    behaviour = () => Promise.reject(new IntegrationError("not-found", "The calendar is gone."));
    await start();
    await eventually(async () => expect(await waiting()).toEqual([]));
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(givenUp).toMatchObject([{ kind: "not-found" }]);
  });

  it("parks a job until the vendor's limit ends", async () => {
    const until = new Date(Date.now() + 3_600_000);
    behaviour = () => Promise.reject(new IntegrationError("rate-limited", "Too many calls.", { retryAfter: until }));
    await start();
    await eventually(async () => {
      const jobs = await sql<{ at: Date; attempts: number }[]>`select run_at as at, attempts from graphile_worker.jobs`;
      expect(jobs.map((job) => ({ ...job }))).toEqual([{ at: until, attempts: 0 }]);
    });
    expect(givenUp).toEqual([]);
  });

  it("runs the maintenance tasks of the house", async () => {
    worker = await startWorker();
    await withSystem((tx) =>
      enqueueMany(tx, [
        { name: "tidy-queue", payload: {} },
        { name: "make-partitions", payload: {} },
      ]),
    );
    await eventually(async () => expect(await waiting()).toEqual([]));
  });

  it("takes its heartbeat rows away when it stops", async () => {
    worker = await startWorker({ modules });
    const rows = await sql<{ id: string }[]>`select pool_id as id from worker_heartbeat`;
    expect(worker.poolIds).not.toHaveLength(0);
    expect(rows.map((row) => row.id).sort()).toEqual([...worker.poolIds].sort());
    await worker.stop();
    expect(await sql`select pool_id from worker_heartbeat`).toHaveLength(0);
  });
});

describe("the heartbeat", () => {
  it("gives the jobs of a silent pool back to the queue, attempts kept", async () => {
    const dead = `worker-${newId()}`;
    await withSystem((tx) => enqueue(tx, "tidy-queue", {}));
    await sql`update graphile_worker._private_jobs set locked_by = ${dead}, locked_at = now(), attempts = 1`;
    await sql`insert into worker_heartbeat (pool_id, seen_at) values (${dead}, now() - interval '31 seconds')`;
    const heartbeat = await startHeartbeat([`worker-${newId()}`], () => {});
    await heartbeat.beat();
    const [job] = await sql`select locked_by, attempts from graphile_worker._private_jobs`;
    expect(job).toEqual({ locked_by: null, attempts: 1 });
    await heartbeat.stop();
  });

  it("leaves the jobs of a pool that was seen lately alone", async () => {
    const alive = `worker-${newId()}`;
    await withSystem((tx) => enqueue(tx, "tidy-queue", {}));
    await sql`update graphile_worker._private_jobs set locked_by = ${alive}, locked_at = now()`;
    const other = await startHeartbeat([alive], () => {});
    const heartbeat = await startHeartbeat([`worker-${newId()}`], () => {});
    await heartbeat.beat();
    expect(await sql`select 1 from graphile_worker._private_jobs where locked_by = ${alive}`).toHaveLength(1);
    await heartbeat.stop();
    await other.stop();
  });

  it("ends the process whose own row is gone", async () => {
    const lost = vi.fn();
    const id = `worker-${newId()}`;
    const heartbeat = await startHeartbeat([id], lost);
    await sql`delete from worker_heartbeat where pool_id = ${id}`;
    await heartbeat.beat();
    expect(lost).toHaveBeenCalledOnce();
    await heartbeat.stop();
  });
});
