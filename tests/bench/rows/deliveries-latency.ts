import { setTimeout as sleep } from "node:timers/promises";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { type Bench, clock, keeping, percentile, round } from "../bench.ts";
import {
  employerWithEndpoints,
  type Receiver,
  sendTo,
  startReceiver,
  startWorkerProcess,
  until,
  writeDeliveries,
} from "../outbound.ts";
import { startWorld } from "../world.ts";

const P50_MS = 15;
const P99_MS = 100;
const BESIDE_P99_MS = 500;
/** With fewer there is no 99th percentile to speak of. */
const FEWEST = 100;
const PATIENCE_MS = 60_000;
/** The path of what is timed. */
const TIMED = "/timed";

/**
 * One event at a time on an idle instance: from the start of the transaction that emits it until its request reaches
 * the receiver. There is nothing to divide by, so the row is held against milliseconds and wants a quiet machine.
 */
export const deliveriesLatency: Bench = ({ long }) =>
  keeping(async (keep) => {
    const count = long ? 1_000 : 200;
    const world = await keep(startWorld());
    const receiver = await keep(startReceiver());
    const { employerId } = await employerWithEndpoints(receiver, [TIMED]);
    await keep(startWorkerProcess(world));
    const emit = () =>
      withEmployer(employerId, (tx) =>
        emitEvent(tx, employerId, "job.closed", null, eventCatalog["job.closed"].sample),
      );
    const sent = await oneByOne({ count, pauseMs: 20 }, emit);
    const { p50, p99, missing, figures } = await waits(receiver, sent);
    return [
      {
        name: "deliveries-latency",
        holds: p50 <= P50_MS && p99 <= P99_MS && missing === 0,
        ours: p50,
        unit: "ms, event → request, p50",
        target: `p50 ≤ ${P50_MS} ms, p99 ≤ ${P99_MS} ms`,
        figures: { events: sent.length, p99, ...figures },
      },
    ];
  });

/**
 * The same beside a backlog that the worker is working off: events of an employer with nothing else to send, and of one
 * whose other endpoints have half of the backlog, in turn. It ends early when the backlog is gone.
 */
export const deliveriesBacklog: Bench = ({ long }) =>
  keeping(async (keep) => {
    const [count, backlog] = long ? [1_000, 100_000] : [200, 10_000];
    const world = await keep(startWorld());
    const receiver = await keep(startReceiver());
    const behind = Array.from({ length: 10 }, (_, index) => `/behind${index}`);
    const quiet = await employerWithEndpoints(receiver, [TIMED]);
    const [busy, other] = [
      await employerWithEndpoints(receiver, [TIMED, ...behind]),
      await employerWithEndpoints(receiver, behind),
    ];
    const [timed = "", ...rest] = busy.endpointIds;
    await writeDeliveries(busy.employerId, rest, backlog / 2);
    await writeDeliveries(other.employerId, other.endpointIds, backlog / 2);
    await world.admin`vacuum analyze`;
    await keep(startWorkerProcess(world));
    const left = async () => backlog - ((await receiver.counts()).unique - (await receiver.arrivals(TIMED)).size);
    const emit = (turn: number) =>
      turn % 2 === 0 ? sendTo(quiet.employerId, quiet.endpointIds[0] ?? "") : sendTo(busy.employerId, timed);
    const leftFirst = await left();
    const sent = await oneByOne({ count, pauseMs: 5 }, emit, async () => (await left()) > 0);
    const leftLast = await left();
    const { p50, p99, missing, figures } = await waits(receiver, sent);
    const ofQuiet = await waits(
      receiver,
      sent.filter((_, turn) => turn % 2 === 0),
    );
    return [
      {
        name: "deliveries-backlog",
        holds: p99 <= BESIDE_P99_MS && missing === 0 && sent.length >= FEWEST,
        ours: p99,
        unit: "ms, event → request, p99 beside a backlog",
        target: `p99 ≤ ${BESIDE_P99_MS} ms`,
        figures: {
          ...{ backlog, "left at the first event": leftFirst, "left at the last": leftLast },
          ...{ events: sent.length, p50, ...figures },
          "p99 of an employer without a backlog": ofQuiet.p99,
        },
      },
    ];
  });

interface Sent {
  eventId: string;
  start: number;
  committed: number;
}

/** Emits `count` events, one to two and a half pauses apart, or fewer when they shall not go on; ten before them are not timed. */
async function oneByOne(
  { count, pauseMs }: { count: number; pauseMs: number },
  emit: (turn: number) => Promise<string>,
  goesOn: () => Promise<boolean> = async () => true,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (let turn = -10; turn < count; turn += 1) {
    if (turn % 10 === 0 && !(await goesOn())) break;
    const start = clock();
    const eventId = await emit(turn);
    if (turn >= 0) sent.push({ eventId, start, committed: clock() });
    await sleep(pauseMs * (1 + 1.5 * Math.random()));
  }
  return sent;
}

/** How long each took to reach the receiver; what never did is missing. */
async function waits(receiver: Receiver, sent: readonly Sent[]) {
  let arrivals = await receiver.arrivals(TIMED);
  const isThere = ({ eventId }: Sent) => arrivals.has(`${TIMED} ${eventId}`);
  const allThere = async () => {
    arrivals = await receiver.arrivals(TIMED);
    return sent.every(isThere);
  };
  await until("the last delivery", allThere, PATIENCE_MS).catch(() => {});
  const there = sent.filter(isThere);
  const since = (moment: (one: Sent) => number) =>
    there.map((one) => (arrivals.get(`${TIMED} ${one.eventId}`) ?? Number.NaN) - moment(one));
  const whole = since((one) => one.start);
  const afterCommit = since((one) => one.committed);
  const missing = sent.length - there.length;
  return {
    p50: round(percentile(whole, 50)),
    p99: round(percentile(whole, 99)),
    missing,
    figures: {
      ...{ missing, worst: round(Math.max(...whole)) },
      "p50 after commit": round(percentile(afterCommit, 50)),
      "p99 after commit": round(percentile(afterCommit, 99)),
    },
  };
}
