import { createServer } from "node:http";
import { setEnvironment } from "#app/platform/env.server.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { keeping, round } from "#tests/bench/bench.ts";
import { employerWithEndpoints, writeDeliveries } from "#tests/bench/outbound.ts";
import { startWorld, type World } from "#tests/bench/world.ts";
import { row, type Scenario } from "./chaos.ts";

const HOURS = 26;
const HOUR_MS = 3_600_000;
/** An endpoint each, so that no one's breaker spares another's attempts. */
const ALONE = 60;
/** Behind one endpoint: its breaker lets one probe through at a time. */
const TOGETHER = 200;

/** A receiver is down for 26 hours, by a clock that jumps from one due time to the next; then it is back. */
export const outage: Scenario = () =>
  keeping(async (keep) => {
    const world = await keep(startWorld());
    const receiver = await keep(startMoody());
    const began = Date.now();
    const alone = await employerWithEndpoints(
      receiver,
      Array.from({ length: ALONE }, (_, index) => `/alone${index}`),
    );
    const together = await employerWithEndpoints(receiver, ["/together"]);
    await writeDeliveries(alone.employerId, alone.endpointIds, ALONE, new Date(began));
    await writeDeliveries(together.employerId, together.endpointIds, TOGETHER, new Date(began));

    let now = began;
    for (let rounds = 0; rounds < 20_000; rounds += 1) {
      receiver.down = now - began < HOURS * HOUR_MS;
      const resting = new Set<string>();
      for (const job of await due(world, now)) {
        if (resting.has(job.endpointId)) continue;
        const before = receiver.requests;
        await attemptDelivery(job, { now: () => new Date(now) });
        if (receiver.requests === before) resting.add(job.endpointId);
      }
      const next = await nextEvent(world, now);
      if (next === null) break;
      now = next;
    }
    const rows = await world.admin<{ state: string; count: number; most: number }[]>`
      select state, count(*)::int as count, max(attempts)::int as most from delivery group by state`;
    const delivered = rows.find(({ state }) => state === "delivered")?.count ?? 0;
    const all = ALONE + TOGETHER;
    const figures = {
      ...{ deliveries: all, "hours down": HOURS, delivered, lost: all - delivered, arrived: receiver.taken.size },
      ...{ "requests in all": receiver.requests, "attempts at most": Math.max(...rows.map(({ most }) => most)) },
      "hours until the last": round((now - began) / HOUR_MS),
    };
    return [
      row("outage", figures, {
        "every delivery arrived": delivered === all && receiver.taken.size === all,
        "it was really down": receiver.requests > all,
      }),
    ];
  });

interface Due {
  employerId: string;
  deliveryId: string;
  endpointId: string;
}

const due = ({ admin }: World, now: number): Promise<Due[]> => admin<Due[]>`
  select employer_id as "employerId", id as "deliveryId", endpoint_id as "endpointId" from delivery
  where next_attempt_at <= ${new Date(now)} order by next_attempt_at`;

/** When the next delivery comes due or the next breaker lets one through; null when nothing waits any more. */
async function nextEvent({ admin }: World, now: number): Promise<number | null> {
  const at = new Date(now);
  const [found] = await admin<{ waiting: number; due: Date | null; open: Date | null }[]>`
    select count(*)::int as waiting, min(d.next_attempt_at) filter (where d.next_attempt_at > ${at}) as due,
      min(e.open_until) filter (where d.next_attempt_at <= ${at} and e.open_until > ${at}) as open
    from delivery d join endpoint e on e.id = d.endpoint_id where d.next_attempt_at is not null`;
  if (!found || found.waiting === 0) return null;
  const times = [found.due, found.open].filter((time) => time !== null).map((time) => time.getTime());
  return times.length > 0 ? Math.min(...times) : now + 60_000;
}

/** Refuses everything while it is down, and remembers what it took. */
async function startMoody() {
  const state = { down: true, requests: 0, taken: new Set<string>() };
  const server = createServer((request, response) => {
    state.requests += 1;
    if (!state.down) state.taken.add(`${request.url} ${request.headers["webhook-id"]}`);
    request.resume();
    request.on("end", () => response.writeHead(state.down ? 500 : 200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: host });
  return Object.assign(state, {
    origin: `http://${host}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
