import { setTimeout as sleep } from "node:timers/promises";
import { isLockNotFree } from "#app/services/retention.server.ts";
import { sql } from "#db/client.server.ts";

/** Days of events and deliveries that have a partition ahead of time. */
const DAYS_AHEAD = 14;
const TRIES = 20;

/** Makes the daily partitions of the coming days. What still arrives without one lands in the default partition. */
export default async function makePartitions(): Promise<void> {
  for (let left = TRIES; ; left -= 1) {
    try {
      await sql`select ensure_partitions(${DAYS_AHEAD})`;
      return;
    } catch (error) {
      if (left <= 1 || !isLockNotFree(error)) throw error;
      await sleep(100 + Math.random() * 400);
    }
  }
}
