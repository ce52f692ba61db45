import { pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** One row per living pool of a worker process. No tenant: jobs of all employers run in every pool. */
export const workerHeartbeat = pgTable("worker_heartbeat", {
  /** graphile-worker's pool id, which is what a job is locked by. */
  poolId: text("pool_id").primaryKey(),
  seenAt: instant("seen_at").notNull().defaultNow(),
});
