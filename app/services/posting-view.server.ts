import { and, asc, count, eq, max } from "drizzle-orm";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { postingModule, postingProfile } from "#app/integrations/choice.ts";
import type { HandOffGuide } from "#app/integrations/contract/capabilities.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { application } from "#db/schema/hiring.ts";
import { feed, postingEvent } from "#db/schema/postings.ts";
import type { Actor } from "./actor.ts";
import { jobRow } from "./jobs.server.ts";
import { employerFacts, postingJob } from "./posting-job.server.ts";
import { boardOf, postingRow } from "./postings.server.ts";

/** One posting with everything its page shows. Needs jobs:read. AppError not-found. */
export async function viewPosting(actor: Actor, postingId: string) {
  allow(actor, "jobs:read");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const row = await postingRow(tx, employerId, postingId);
    const of = await jobRow(tx, employerId, row.jobId);
    const [board] = await tx
      .select()
      .from(connection)
      .where(and(eq(connection.employerId, employerId), eq(connection.id, row.connectionId)));
    const history = await tx
      .select({
        id: postingEvent.id,
        at: postingEvent.at,
        state: postingEvent.state,
        note: postingEvent.note,
        actor: postingEvent.actor,
      })
      .from(postingEvent)
      .where(and(eq(postingEvent.employerId, employerId), eq(postingEvent.postingId, postingId)))
      .orderBy(asc(postingEvent.id))
      .limit(200);
    const [applicants] = await tx
      .select({ n: count(), last: max(application.appliedAt) })
      .from(application)
      .where(
        and(eq(application.employerId, employerId), eq(application.jobId, of.id), eq(application.postingId, postingId)),
      );
    const [crawl] = await tx
      .select({ at: feed.lastCrawledAt })
      .from(feed)
      .where(and(eq(feed.employerId, employerId), eq(feed.connectionId, row.connectionId)));
    const adapter = await loadAdapter(row.vendorId);
    const facts = await employerFacts(tx, employerId);
    const value = postingJob(of, facts, { key: row.key, sourceToken: row.sourceToken, inbound: null });
    const posting = adapter && board && postingModule(adapter, board.config);
    const guide: HandOffGuide | null =
      board && posting?.way === "hand-off" ? posting.format(value, { ...board.config, ...board.setup }) : null;
    const { sourceToken: _token, feedItem: _item, leaseOwner: _owner, leaseUntil: _until, ...shown } = row;
    return {
      posting: { ...shown, isUnsure: row.sentAt !== null },
      job: { id: of.id, title: of.title, status: of.status },
      board: {
        name: boardOf(row.vendorId),
        label: board?.label ?? row.disconnectedLabel ?? boardOf(row.vendorId),
        way: posting?.way ?? "hand-off",
        color: adapter?.manifest.brand.color ?? "",
      },
      history,
      applicants: { n: applicants?.n ?? 0, last: applicants?.last ?? null },
      crawledAt: crawl?.at ?? null,
      guide,
      price: (adapter && board && postingProfile(adapter.manifest, board.config)?.price) ?? null,
      publishes: board !== undefined && actor.permissions.has("postings:publish"),
    };
  });
}
