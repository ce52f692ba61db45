import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { createSnapshotWatch } from "#app/services/snapshot-watch.server.ts";
import { clock, keeping, percentile, round } from "#tests/bench/bench.ts";
import { employerWithEndpoints, wake, writeDeliveries } from "#tests/bench/outbound.ts";
import { startWorld, type World } from "#tests/bench/world.ts";
import { row, type Scenario } from "./chaos.ts";
import { startProcess } from "./children.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

const PER_SECOND = 500;
const BATCH = 50;
const SECONDS = 60;
const ENDPOINTS = 10;
const ALERT_WITHIN_SECONDS = 30;

/**
 * Five hundred deliveries a second for a minute, then for a minute beside a REPEATABLE READ snapshot that somebody holds
 * open, so that nothing that dies can be cleaned away: how many arrive, how late, and when the alert is given.
 */
export const longTransaction: Scenario = () =>
  keeping(async (keep) => {
    const world = await keep(startWorld());
    const receiver = await keep(startReceiver({ delayMs: 0 }));
    await keep(Promise.resolve(startProcess("worker")));
    const paths = Array.from({ length: ENDPOINTS }, (_, index) => `/well${index}`);
    const sender = await employerWithEndpoints(receiver, paths);
    await stream(sender, receiver, 5);
    const without = await stream(sender, receiver, SECONDS);
    const holder = await keep(hold(world));
    const [beside, alert] = await Promise.all([stream(sender, receiver, SECONDS), firstAlert(holder.since)]);
    const dead = await deadRows(world);
    const ratio = round(beside.p99 / without.p99);
    const figures = {
      ...{
        "deliveries/s asked": PER_SECOND,
        "deliveries/s without": without.rate,
        "deliveries/s beside it": beside.rate,
      },
      ...{
        "p99 ms without": round(without.p99),
        "p99 ms beside it": round(beside.p99),
        ratio,
        missing: beside.missing,
      },
      ...{ "seconds held": round((clock() - holder.since) / 1000), "dead rows kept by it": dead },
      "alert after seconds": alert === null ? "never" : round(alert),
    };
    return [
      row("long-transaction", figures, {
        "every delivery arrived": without.missing === 0 && beside.missing === 0,
        "throughput stayed": beside.rate >= 0.95 * without.rate,
        "p99 is at most twice": ratio <= 2,
        [`the alert came within ${ALERT_WITHIN_SECONDS} s`]: alert !== null && alert <= ALERT_WITHIN_SECONDS,
      }),
    ];
  });

/** Writes at a steady pace; what arrived per second until the last one, and how long after its commit each did. */
async function stream(
  { employerId, endpointIds }: { employerId: string; endpointIds: string[] },
  receiver: Receiver,
  seconds: number,
) {
  const before = new Set((await receiver.books()).map(({ id }) => id));
  const total = seconds * PER_SECOND;
  const began = clock();
  const committed: number[] = [];
  for (let written = 0; written < total; written += BATCH) {
    await sleep(Math.max(0, began + (written * 1000) / PER_SECOND - clock()));
    const at = new Date();
    await writeDeliveries(employerId, endpointIds, BATCH, at);
    committed.push(clock());
    await wake(employerId, endpointIds, at);
  }
  let books = await receiver.books();
  for (let waited = 0; books.length - before.size < total && waited < 120; waited += 1) {
    await sleep(500);
    books = await receiver.books();
  }
  // Events of one batch have one commit; ids ascend, so the n-th batch holds the n-th fifty ids.
  const fresh = books.filter(({ id }) => !before.has(id)).sort((a, b) => (eventOf(a.id) < eventOf(b.id) ? -1 : 1));
  const waits = fresh.map(({ first }, index) => first - (committed[Math.floor(index / BATCH)] ?? first));
  const last = Math.max(...fresh.map(({ first }) => first));
  return {
    missing: total - fresh.length,
    rate: round(fresh.length / ((last - began) / 1000)),
    p99: percentile(waits, 99),
  };
}

const eventOf = (id: string): string => id.slice(id.indexOf(" ") + 1);

/** Somebody's report, left open: a snapshot from now on, in a session that goes on asking. */
async function hold({ server }: World) {
  const client = postgres(server.adminUrl.replace(/\/postgres$/, "/patchbay"), { max: 1, onnotice: () => {} });
  let over = false;
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const holding = client.begin("isolation level repeatable read read only", async (tx) => {
    await tx`select count(*) from endpoint`;
    open();
    while (!over) {
      await sleep(500);
      await tx`select 1`;
    }
  });
  await opened;
  const since = clock();
  return {
    since,
    async stop() {
      over = true;
      await holding;
      await client.end();
    },
  };
}

/** Seconds from `since` until the watch of the workers gives its alert; null when it does not in a minute. */
async function firstAlert(since: number): Promise<number | null> {
  const watch = createSnapshotWatch();
  for (let looks = 0; looks < 60; looks += 1) {
    if ((await watch.look())?.alert) return (clock() - since) / 1000;
    await sleep(1_000);
  }
  return null;
}

/** Rows that are dead and cannot be cleaned away while the snapshot is held. */
async function deadRows({ admin }: World): Promise<number> {
  const [found] = await admin<{ dead: number }[]>`
    select coalesce(sum(n_dead_tup), 0)::int as dead from pg_stat_user_tables where relname ~ '^(delivery|attempt|event)_'`;
  return found?.dead ?? 0;
}
