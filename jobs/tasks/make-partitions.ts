import { sql } from "#db/client.server.ts";

/** Days of events and deliveries that have a partition ahead of time. */
const DAYS_AHEAD = 14;

/** Makes the daily partitions of the coming days. What still arrives without one lands in the default partition. */
export default async function makePartitions(): Promise<void> {
  await sql`select ensure_partitions(${DAYS_AHEAD})`;
}
