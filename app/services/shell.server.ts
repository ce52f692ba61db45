import { and, count, isNull, lte, or } from "drizzle-orm";
import { withEmployer } from "#db/client.server.ts";
import { issue } from "#db/schema/connections.ts";

/** How many issues wait for a person: open and not snoozed. */
export async function countOpenIssues(employerId: string): Promise<number> {
  const [row] = await withEmployer(employerId, (tx) =>
    tx
      .select({ open: count() })
      .from(issue)
      .where(and(isNull(issue.resolvedAt), or(isNull(issue.snoozedUntil), lte(issue.snoozedUntil, new Date())))),
  );
  return row?.open ?? 0;
}
