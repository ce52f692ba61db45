import type { Bench } from "./bench.ts";
import { deliveriesLatency } from "./rows/deliveries-latency.ts";
import { deliveriesThroughput } from "./rows/deliveries-throughput.ts";
import { hangingEndpoint } from "./rows/hanging-endpoint.ts";

/** Every measurement by the name that selects it, in the order of the table. */
export const benches: Readonly<Record<string, Bench>> = {
  "deliveries-throughput": deliveriesThroughput,
  "deliveries-latency": deliveriesLatency,
  "hanging-endpoint": hangingEndpoint,
};
