import type { Bench } from "./bench.ts";
import { deliveriesLatency } from "./rows/deliveries-latency.ts";
import { deliveriesThroughput } from "./rows/deliveries-throughput.ts";
import { feed } from "./rows/feed.ts";
import { freshStart } from "./rows/fresh-start.ts";
import { hangingEndpoint } from "./rows/hanging-endpoint.ts";
import { inbound } from "./rows/inbound.ts";
import { pages } from "./rows/pages.ts";
import { retention } from "./rows/retention.ts";
import { syncIngest } from "./rows/sync-ingest.ts";

/** Every measurement by the name that selects it, in the order of the table. */
export const benches: Readonly<Record<string, Bench>> = {
  "deliveries-throughput": deliveriesThroughput,
  "deliveries-latency": deliveriesLatency,
  "hanging-endpoint": hangingEndpoint,
  "sync-ingest": syncIngest,
  inbound,
  pages,
  retention,
  feed,
  "fresh-start": freshStart,
};
