import type { Bench } from "./bench.ts";
import { deliveriesBacklog, deliveriesLatency } from "./rows/deliveries-latency.ts";
import { deliveriesSlowReceivers } from "./rows/deliveries-slow-receivers.ts";
import { deliveriesThroughput } from "./rows/deliveries-throughput.ts";
import { feed } from "./rows/feed.ts";
import { freshStart } from "./rows/fresh-start.ts";
import { hangingEmployer, hangingEndpoint } from "./rows/hanging-endpoint.ts";
import { inbound } from "./rows/inbound.ts";
import { pages } from "./rows/pages.ts";
import { retention } from "./rows/retention.ts";
import { syncIngest } from "./rows/sync-ingest.ts";

/** Every measurement by the name that selects it, in the order of the table. */
export const benches: Readonly<Record<string, Bench>> = {
  "deliveries-throughput": deliveriesThroughput,
  "deliveries-slow-receivers": deliveriesSlowReceivers,
  "deliveries-latency": deliveriesLatency,
  "deliveries-backlog": deliveriesBacklog,
  "hanging-endpoint": hangingEndpoint,
  "hanging-employer": hangingEmployer,
  "sync-ingest": syncIngest,
  inbound,
  pages,
  retention,
  feed,
  "fresh-start": freshStart,
};

/** Names that select several measurements at once. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  webhooks: [
    ...["deliveries-throughput", "deliveries-slow-receivers", "deliveries-latency", "deliveries-backlog"],
    ...["hanging-endpoint", "hanging-employer", "inbound", "retention"],
  ],
};

/** The measurements that these names select, a group being all of its own, in the order of the table; all without a name. */
export function chosen(names: readonly string[]): { benches: [string, Bench][]; unknown: string[] } {
  const wanted = new Set(names.flatMap((name) => (Object.hasOwn(groups, name) ? (groups[name] ?? []) : [name])));
  return {
    benches: Object.entries(benches).filter(([name]) => names.length === 0 || wanted.has(name)),
    unknown: [...wanted].filter((name) => !Object.hasOwn(benches, name)),
  };
}
