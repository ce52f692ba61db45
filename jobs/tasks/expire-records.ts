import { expireRecords } from "#app/services/retention.server.ts";

/** Every night: drops the partitions whose days are over, and what else has an end. */
export default async function task(): Promise<void> {
  await expireRecords();
}
