import postgres from "postgres";
import { z } from "zod";
import { type Bench, cpuSeconds, inTurn, keeping, median, percentile, ratioOf, round } from "../bench.ts";
import { startHelper } from "../children.ts";
import { greenhouseAddresses, PER_SECOND, post, steadily, webhookRequest } from "../inbound.ts";
import { startWebProcess } from "../web.ts";
import { startWorld } from "../world.ts";

const TARGET = 0.5;
const P99_MS = 50;
const AT_ONCE = 16;

/**
 * Signed Greenhouse webhooks of 4 KB into the web process (verified, deduplicated, sealed, queued, then 200) against a
 * bare handler that inserts one row; then the acknowledgement times at a steady 200 a second.
 */
export const inbound: Bench = ({ long }) =>
  keeping(async (keep) => {
    const count = long ? 10_000 : 2_000;
    const world = await keep(startWorld());
    const web = await keep(startWebProcess(world));
    const bareUrl = await world.bareDatabase("bare_inbound");
    const bare = postgres(bareUrl, { max: 1, onnotice: () => {} });
    await bare`create table bare_inbound (id uuid primary key, body bytea, at timestamptz default now())`;
    await bare.end();
    const handler = await keep(startHelper("bare-handler", { database: bareUrl, pool: 10 }));
    const { port } = z.object({ port: z.number() }).parse(handler.hello);
    const addresses = await greenhouseAddresses();
    const bareAddress = [`http://127.0.0.1:${port}/`];

    await send(addresses, 300);
    await send(bareAddress, 300);
    const timed = async (to: readonly string[], pid: number) => {
      const cpu = cpuSeconds([pid]);
      const database = world.postgresCpu();
      const seconds = await send(to, count);
      return {
        perSecond: count / seconds,
        cpu: cpuSeconds([pid]) - cpu,
        postgresCpu: world.postgresCpu() - database,
      };
    };
    const sides = await inTurn(
      3,
      () => timed(addresses, web.pid),
      () => timed(bareAddress, handler.pid),
    );
    const rates = (of: typeof sides.ours) => of.map((side) => side.perSecond);
    const ratio = round(ratioOf(rates(sides.ours), rates(sides.baseline)));
    const stored = Number((await world.admin`select count(*) from inbound_delivery`)[0]?.count ?? 0);
    const missing = 300 + count * sides.ours.length - stored;
    const of = (name: "cpu" | "postgresCpu") =>
      `${round(median(sides.ours.map((side) => side[name])))} / ${round(median(sides.baseline.map((side) => side[name])))}`;
    const waits = await steadily(addresses, long ? 60 : 20);
    const p99 = round(percentile(waits, 99));
    return [
      {
        name: "inbound",
        holds: ratio >= TARGET && missing === 0,
        ratio,
        ours: Math.round(median(rates(sides.ours))),
        baseline: Math.round(median(rates(sides.baseline))),
        unit: "webhooks/s",
        target: `≥ ${TARGET} ×, none missing`,
        figures: { webhooks: count, missing, "handler CPU s": of("cpu"), "Postgres CPU s": of("postgresCpu") },
      },
      {
        name: "inbound acknowledgement",
        holds: p99 <= P99_MS,
        ours: p99,
        unit: `ms, p99 at ${PER_SECOND}/s`,
        target: `≤ ${P99_MS} ms`,
        figures: { webhooks: waits.length, p50: round(percentile(waits, 50)), worst: round(Math.max(...waits)) },
      },
    ];
  });

/** Sends `count` webhooks, `AT_ONCE` at a time; the seconds it took. */
async function send(to: readonly string[], count: number): Promise<number> {
  const waiting = Array.from({ length: count }, (_, index) => webhookRequest(index));
  const began = performance.now();
  const lane = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) await post(to[waiting.length % to.length] ?? "", next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return (performance.now() - began) / 1000;
}
