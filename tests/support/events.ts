import { withEmployer } from "#db/client.server.ts";
import { event } from "#db/schema/webhooks.ts";

/** The types of an employer's events, oldest first. Without the order Postgres may answer from the index by type. */
export async function eventTypesOf(employerId: string): Promise<string[]> {
  const rows = await withEmployer(employerId, (tx) => tx.select({ type: event.type }).from(event).orderBy(event.id));
  return rows.map(({ type }) => type);
}
