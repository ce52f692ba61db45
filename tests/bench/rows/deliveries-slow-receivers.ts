import { type Bench, keeping, round } from "../bench.ts";
import { employerWithUrls, startReceiver } from "../outbound.ts";
import { costsEach, medianOf, runSide, type Side, sumOf, workerSide } from "../side.ts";
import { startWorld } from "../world.ts";

const PER_SECOND = 1_500;
const ANSWER_MS = 50;
const IN_FLIGHT = 250;
const ENDPOINTS = 10;

/**
 * Signed deliveries of 1 KB to receivers that take 50 ms to answer, each endpoint on a host of its own, by a worker that
 * is set to 250 requests at once. The receivers count how many they had not answered at the same time.
 */
export const deliveriesSlowReceivers: Bench = ({ long }) =>
  keeping(async (keep) => {
    const count = long ? 30_000 : 5_000;
    const world = await keep(startWorld({ statements: true }));
    const receiver = await keep(startReceiver({ delayMs: ANSWER_MS, hosts: ENDPOINTS }));
    const urls = receiver.origins.map((origin) => `${origin}/slow`);
    const senders = [
      await employerWithUrls(urls.slice(0, ENDPOINTS / 2)),
      await employerWithUrls(urls.slice(ENDPOINTS / 2)),
    ];
    const variables = { PATCHBAY_WORKER_DELIVERIES: String(IN_FLIGHT) };
    const run = () => runSide(world, receiver, workerSide(world, senders, { count, variables }));
    await world.countStatements(false);
    const timed: Side[] = [];
    for (let turn = 0; turn < 3; turn += 1) timed.push(await run());
    await world.countStatements(true);
    const counted = [await run()];
    const all = [...timed, ...counted];
    const perSecond = Math.round(medianOf(timed, "perSecond"));
    const [missing, notStored] = [sumOf(all, "missing"), sumOf(all, "notStored")];
    const mostOpen = Math.max(...all.map((side) => side.mostOpen));
    return [
      {
        name: "deliveries-slow-receivers",
        holds: perSecond >= PER_SECOND && missing === 0 && notStored === 0 && mostOpen <= IN_FLIGHT,
        ours: perSecond,
        unit: `deliveries/s, answered after ${ANSWER_MS} ms`,
        target: `≥ ${PER_SECOND.toLocaleString("en-US")}/s, ≤ ${IN_FLIGHT} at once, none missing`,
        figures: {
          ...{ deliveries: count, endpoints: ENDPOINTS, missing, "attempts not stored": notStored },
          ...{ "at once at most": mostOpen, runs: timed.map((side) => round(side.perSecond)).join(" ") },
          ...costsEach({ timed: [timed], counted: [counted] }),
        },
      },
    ];
  });
