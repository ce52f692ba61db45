import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { application, candidate, job } from "#db/schema/hiring.ts";
import { posting } from "#db/schema/postings.ts";
import { activityRows } from "./activity.server.ts";
import type { Actor } from "./actor.ts";
import { stagesOf } from "./applications.server.ts";
import { documentsOf } from "./documents.server.ts";
import { AppError } from "./errors.ts";
import { onboardingsOf } from "./synced-onboardings.server.ts";

const facts = z.object({
  views: z.number(),
  applicants: z.number(),
  ats_at: z.coerce.date().nullable(),
});

/**
 * One application with its person, documents, stages, history and the way it came: posting, clicks of that posting, its
 * share of the cost. Needs applications:read. AppError not-found.
 */
export async function getApplicant(actor: Actor, id: string) {
  allow(actor, "applications:read");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const [row] = await tx
      .select({
        application,
        person: candidate,
        job: { id: job.id, title: job.title, status: job.status, connectionId: job.connectionId },
        ats: { id: connection.id, label: connection.label },
        posting: {
          id: posting.id,
          vendorId: posting.vendorId,
          url: posting.url,
          liveAt: posting.liveAt,
          sourceToken: posting.sourceToken,
          costAmount: posting.costAmount,
          costCurrency: posting.costCurrency,
        },
      })
      .from(application)
      .innerJoin(candidate, and(eq(candidate.employerId, employerId), eq(candidate.id, application.candidateId)))
      .innerJoin(job, and(eq(job.employerId, employerId), eq(job.id, application.jobId)))
      .leftJoin(connection, and(eq(connection.employerId, employerId), eq(connection.id, job.connectionId)))
      .leftJoin(posting, and(eq(posting.employerId, employerId), eq(posting.id, application.postingId)))
      .where(and(eq(application.employerId, employerId), eq(application.id, id)));
    if (!row) throw new AppError("not-found", "This application does not exist.");
    const [counted] = await tx.execute(sql`
      select
        coalesce((select sum(views)::int from posting_stat
          where employer_id = ${employerId} and posting_id = ${row.posting?.id ?? null}::uuid), 0) as views,
        (select count(*)::int from application
          where employer_id = ${employerId} and posting_id = ${row.posting?.id ?? null}::uuid) as applicants,
        (select min(updated_at) from external_record
          where employer_id = ${employerId} and local_id = ${id}::uuid and deleted_at is null) as ats_at`);
    const { views, applicants, ats_at: atAtsSince } = facts.parse(counted);
    return {
      ...row,
      atAtsSince,
      views,
      /** Minor units of the posting's currency that fall on this application. */
      costShare: row.posting?.costAmount && applicants > 0 ? Math.round(row.posting.costAmount / applicants) : null,
      documents: await documentsOf(tx, employerId, row.person.id),
      onboardings: await onboardingsOf(tx, employerId, id),
      stages: await stagesOf(tx, employerId, row.job.id),
      history: (await activityRows(tx, employerId, { subjectId: id, limit: 50 })).slice(0, 50),
    };
  });
}
