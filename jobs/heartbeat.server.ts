import { log } from "#app/platform/log.server.ts";
import { sql } from "#db/client.server.ts";

const BEAT_MS = 5_000;
/** A pool unseen for this long is dead: its jobs go back to the queue. */
const DEAD_AFTER_SECONDS = 30;

export interface Heartbeat {
  /** One round now: for tests. The interval does the same. */
  beat(): Promise<void>;
  /** Takes the rows away, after the pools have stopped. */
  stop(): Promise<void>;
}

/**
 * Keeps a row per pool of this process fresh, and frees the jobs of pools whose row went stale; graphile-worker by itself
 * would hold them for four hours. When one of our own rows is gone, another process took us for dead and may be running
 * our jobs: `onLost` must end the process without completing anything, because completion does not look at the lock.
 */
export async function startHeartbeat(poolIds: readonly string[], onLost: () => void): Promise<Heartbeat> {
  await sql`insert into worker_heartbeat ${sql(poolIds.map((id) => ({ pool_id: id })))}`;
  await unlockOrphans();
  const beat = async () => {
    const alive = await sql`
      update worker_heartbeat set seen_at = now() where pool_id in ${sql([...poolIds])} returning pool_id`;
    if (alive.length < poolIds.length) return onLost();
    await unlockDeadPools();
  };
  const timer = setInterval(() => {
    beat().catch((error: unknown) => log().warn({ err: error }, "The heartbeat could not be written."));
  }, BEAT_MS);
  return {
    beat,
    async stop() {
      clearInterval(timer);
      await sql`delete from worker_heartbeat where pool_id in ${sql([...poolIds])}`;
    },
  };
}

/** The DELETE decides who frees: of several workers only one gets a stale row. */
async function unlockDeadPools(): Promise<void> {
  const freed = await sql<{ pools: string[] | null }[]>`
    with dead as (
      delete from worker_heartbeat where seen_at < now() - make_interval(secs => ${DEAD_AFTER_SECONDS}) returning pool_id
    ), pools as (select array_agg(pool_id) as ids from dead)
    select ids as pools, graphile_worker.force_unlock_workers(ids) from pools where ids is not null`;
  const pools = freed[0]?.pools;
  if (pools) log().warn({ pools: pools.join(" ") }, "The jobs of a worker that went silent are back in the queue.");
}

/** Once at start: jobs locked for a while by a pool that never got as far as its first row. */
async function unlockOrphans(): Promise<void> {
  await sql`
    with orphans as (
      select array_agg(distinct locked_by) as ids from graphile_worker._private_jobs
      where locked_at < now() - make_interval(secs => ${DEAD_AFTER_SECONDS})
        and locked_by not in (select pool_id from worker_heartbeat)
    )
    select graphile_worker.force_unlock_workers(ids) from orphans where ids is not null`;
}
