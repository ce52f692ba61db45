import { setTimeout as sleep } from "node:timers/promises";
import { clock, keeping, round } from "#tests/bench/bench.ts";
import { employerWithEndpoints, wake, writeDeliveries } from "#tests/bench/outbound.ts";
import { startWorld, type World } from "#tests/bench/world.ts";
import { type Row, row, type Scenario } from "./chaos.ts";
import { type Child, startProcess } from "./children.ts";
import { type Book, type Receiver, startReceiver } from "./receiver.ts";

const QUEUED = 5_000;
const ENDPOINTS = 5;
/** Every five seconds for a minute, by the clock, wherever the worker is by then. */
const KILLS = 12;
const EVERY_SECONDS = 5;
/** What one worker has under way at most; with answers that take this long the queue lasts for most of the minute. */
const IN_FLIGHT = 24;
const DELAY_MS = 180;
/** The last event arrives within this after the last kill. */
const WITHIN_SECONDS = 60;

/**
 * Five thousand deliveries are queued and the worker that sends them is killed every five seconds for a minute, and
 * started again at once; in the middle Postgres crashes too. The receiver's books say what arrived.
 */
export const crash: Scenario = () =>
  keeping(async (keep) => {
    const world = await keep(startWorld());
    const receiver = await keep(startReceiver({ delayMs: DELAY_MS }));
    const paths = Array.from({ length: ENDPOINTS }, (_, index) => `/well${index}`);
    const { employerId, endpointIds } = await employerWithEndpoints(receiver, paths);
    await writeDeliveries(employerId, endpointIds, QUEUED);
    let worker = start();
    await keep(Promise.resolve({ stop: () => worker.stop() }));
    await wake(employerId, endpointIds);

    const began = clock();
    let kills = 0;
    let crashes = 0;
    while (kills < KILLS) {
      await sleep(Math.max(0, began + (kills + 1) * EVERY_SECONDS * 1000 - clock()));
      if (kills === KILLS / 2) {
        await crashPostgres(world);
        crashes += 1;
      }
      worker.signal("SIGKILL");
      await worker.gone();
      kills += 1;
      worker = start();
    }
    const lastKill = clock();
    const left = QUEUED - (await receiver.books()).length;
    const arrived = await allArrived(receiver, lastKill + 2 * WITHIN_SECONDS * 1000);
    const settled = await allWritten(world, lastKill + 3 * WITHIN_SECONDS * 1000);
    return [judged(await receiver.books(), { began, kills, crashes, arrived, lastKill, left, ...settled })];
  });

const start = (): Child => startProcess("worker", { PATCHBAY_WORKER_DELIVERIES: String(IN_FLIGHT) });

/** kill -9 of the checkpointer: Postgres throws every session out and replays its log, as after a power cut. */
async function crashPostgres({ admin }: World): Promise<void> {
  const [checkpointer] = await admin<
    { pid: number }[]
  >`select pid from pg_stat_activity where backend_type = 'checkpointer'`;
  if (!checkpointer) throw new Error("Postgres has no checkpointer.");
  process.kill(checkpointer.pid, "SIGKILL");
}

async function allArrived(receiver: Receiver, until: number): Promise<boolean> {
  while (clock() < until) {
    if ((await receiver.books()).length >= QUEUED) return true;
    await sleep(250);
  }
  return false;
}

/** Waits until every delivery is written down as delivered; a lost connection of ours is asked again. */
async function allWritten({ admin }: World, until: number) {
  for (;;) {
    const [found] = await admin<{ open: number; stored: number }[]>`
      select (select count(*) from delivery where state <> 'delivered')::int as open,
        (select count(distinct delivery_id) from attempt where outcome = 'delivered')::int as stored`.catch(() => []);
    if (found?.open === 0 || clock() > until) return found ?? { open: QUEUED, stored: 0 };
    await sleep(500);
  }
}

interface Outcome {
  began: number;
  kills: number;
  crashes: number;
  arrived: boolean;
  lastKill: number;
  /** Not yet there at the last kill. */
  left: number;
  open: number;
  stored: number;
}

function judged(
  books: readonly Book[],
  { began, kills, crashes, arrived, lastKill, left, open, stored }: Outcome,
): Row {
  const duplicates = books.reduce((sum, book) => sum + book.times - 1, 0);
  const latest = Math.max(...books.map((book) => book.last));
  const late = round(Math.max(0, latest - lastKill) / 1000);
  const figures = {
    ...{ queued: QUEUED, kills, "crashes of Postgres": crashes, arrived: books.length, missing: QUEUED - books.length },
    ...{ duplicates, "duplicates allowed": (kills + crashes) * IN_FLIGHT, "not written down": open },
    "seconds of kills": round((lastKill - began) / 1000),
    "left at the last kill": left,
    "last, seconds after the last kill": late,
  };
  return row("crash", figures, {
    "every event arrived": arrived && books.length === QUEUED,
    [`none came later than ${WITHIN_SECONDS} s after the last kill`]: late <= WITHIN_SECONDS,
    "what came twice was the same, byte for byte": books.every((book) => book.same),
    "no more came twice than was under way at a kill": duplicates <= (kills + crashes) * IN_FLIGHT,
    "every delivery ended as delivered, with its attempt": open === 0 && stored === QUEUED,
  });
}
