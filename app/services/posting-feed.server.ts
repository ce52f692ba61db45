import { and, asc, eq, isNull, lte, or, sql } from "drizzle-orm";
import type { EmployerTx } from "#db/client.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { feed, posting } from "#db/schema/postings.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import type { Posting } from "./posting-job.server.ts";
import { movePosting } from "./posting-state.server.ts";

/** The feed's next version; its row is held until the commit, so that versions commit in order. */
async function nextVersion(tx: EmployerTx, employerId: string, connectionId: string, items: number): Promise<number> {
  const [row] = await tx
    .insert(feed)
    .values({ employerId, connectionId, items: Math.max(0, items) })
    .onConflictDoUpdate({
      target: [feed.employerId, feed.connectionId],
      set: {
        version: sql`${feed.version} + 1`,
        items: sql`greatest(0, ${feed.items} + ${items})`,
        changedAt: new Date(),
      },
    })
    .returning({ version: feed.version });
  if (!row) throw new Error("The version of a feed was not written.");
  return row.version;
}

/** Puts the item into the board's feed, or its new text in place of the old. */
export async function putInFeed(tx: EmployerTx, row: Posting, item: string, by: string): Promise<Posting> {
  const version = await nextVersion(tx, row.employerId, row.connectionId, row.feedItem === null ? 1 : 0);
  const shown = row.state === "live" || row.state === "in_review" || row.state === "expiring";
  return movePosting(tx, row, {
    ...(shown ? { note: "The new text is in the feed." } : { state: "queued", note: "In the feed." }),
    by,
    patch: {
      feedItem: item,
      feedVersion: version,
      observedVersion: row.desiredVersion,
      externalId: row.key,
      reason: null,
      reasonField: null,
    },
  });
}

/** Takes the item out. What no crawler has seen is closed at once; the rest when the feed has been read without it. */
export async function takeFromFeed(tx: EmployerTx, row: Posting, by: string): Promise<Posting> {
  const version = await nextVersion(tx, row.employerId, row.connectionId, -1);
  const unseen = row.state === "queued" || row.state === "validating" || row.state === "draft";
  return movePosting(tx, row, {
    ...(unseen ? { state: "closed", note: "Out of the feed; it was never read." } : { note: "Out of the feed." }),
    by,
    patch: { feedItem: null, feedVersion: version },
  });
}

/** Postings handled in one transaction after a crawl. */
const BATCH = 200;

/**
 * A crawler has read the feed to its end as it was at `version`: what it carried is with the board now, and what was
 * taken out before is gone. Asks for itself again while there is more.
 */
export async function feedCrawled(employerId: string, connectionId: string): Promise<void> {
  await withEmployer(employerId, async (tx) => {
    const [at] = await tx
      .select({ version: feed.crawledVersion })
      .from(feed)
      .where(and(eq(feed.employerId, employerId), eq(feed.connectionId, connectionId)));
    if (!at || at.version === null) return;
    const rows = await tx
      .select()
      .from(posting)
      .where(
        and(
          eq(posting.employerId, employerId),
          eq(posting.connectionId, connectionId),
          lte(posting.feedVersion, at.version),
          or(
            and(eq(posting.desired, "live"), eq(posting.state, "queued")),
            and(eq(posting.desired, "closed"), isNull(posting.feedItem), sql`${posting.state} <> 'closed'`),
          ),
        ),
      )
      .orderBy(asc(posting.id))
      .limit(BATCH)
      .for("update");
    for (const row of rows) {
      const gone = row.desired === "closed";
      const note = gone ? "The feed was read without it." : "The feed was read with it.";
      await movePosting(tx, row, {
        state: gone ? "closed" : "in_review",
        note,
        by: "Patchbay",
        patch: { observedAt: new Date() },
      });
    }
    if (rows.length === BATCH) await enqueue(tx, "feed-crawled", { employerId, connectionId });
  });
}
