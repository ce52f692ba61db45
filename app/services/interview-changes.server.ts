import { and, eq, gt, inArray, isNotNull, lt, notExists, notInArray } from "drizzle-orm";
import type { CalEvent, CalendarChanges, EventRef } from "#app/integrations/contract/capabilities.ts";
import { inWriting } from "#app/platform/moments.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { application, candidate, job } from "#db/schema/hiring.ts";
import { calendarEvent, interview } from "#db/schema/interviews.ts";
import { recordActivity } from "./activity.server.ts";
import { emitEvent } from "./events.server.ts";
import { whenWords } from "./interview-words.ts";
import { raiseIssue } from "./issues.server.ts";
import { notifyLive } from "./live.server.ts";

export type Interview = typeof interview.$inferSelect;

export interface CalendarScope {
  employerId: string;
  connectionId: string;
  calendarId: string;
  vendorName: string;
}

export const outsideCause = (interviewId: string): string => `interview:${interviewId}:outside`;
export const writeCause = (interviewId: string): string => `interview:${interviewId}:write`;
export const ofInterview = (employerId: string, interviewId: string) =>
  and(eq(interview.employerId, employerId), eq(interview.id, interviewId));

/** Interviews whose event in this calendar changed or went away, told apart from the echo of our own writes. */
export async function noticeChanges(
  tx: EmployerTx,
  scope: CalendarScope,
  standing: CalendarChanges["upserts"],
  gone: readonly string[],
): Promise<void> {
  const ids = [...standing.map(({ ref }) => ref.id), ...gone];
  if (ids.length === 0) return;
  const rows = await tx
    .select()
    .from(interview)
    .where(and(inCalendar(scope), inArray(interview.externalId, ids)))
    .for("update");
  const changes = new Map(standing.map((change) => [change.ref.id, change]));
  for (const row of rows) {
    const change = changes.get(row.externalId ?? "");
    if (!change) await wasRemoved(tx, scope, row);
    else if (change.event) await wasChanged(tx, scope, row, change.ref, change.event);
  }
}

/** After a full read: interviews to come whose event it did not meet. Those written since it began are left alone. */
export async function noticeMissing(tx: EmployerTx, scope: CalendarScope, since: Date): Promise<void> {
  const kept = tx
    .select({ id: calendarEvent.externalId })
    .from(calendarEvent)
    .where(
      and(
        eq(calendarEvent.employerId, interview.employerId),
        eq(calendarEvent.connectionId, interview.connectionId),
        eq(calendarEvent.calendarId, interview.calendarId),
        eq(calendarEvent.externalId, interview.externalId),
      ),
    );
  const rows = await tx
    .select()
    .from(interview)
    .where(
      and(
        inCalendar(scope),
        isNotNull(interview.externalId),
        notInArray(interview.state, ["cancelling", "cancelled"]),
        gt(interview.endsAt, since),
        lt(interview.updatedAt, since),
        notExists(kept),
      ),
    );
  for (const row of rows) await wasRemoved(tx, scope, row);
}

const inCalendar = (scope: CalendarScope) =>
  and(
    eq(interview.employerId, scope.employerId),
    eq(interview.connectionId, scope.connectionId),
    eq(interview.calendarId, scope.calendarId),
  );

const sameTime = (event: CalEvent, startsAt: Date | null, endsAt: Date | null): boolean =>
  event.start.getTime() === startsAt?.getTime() && event.end.getTime() === endsAt?.getTime();

async function wasChanged(
  tx: EmployerTx,
  scope: CalendarScope,
  row: Interview,
  ref: EventRef,
  event: CalEvent,
): Promise<void> {
  const { employerId, id } = row;
  if (row.state === "cancelled") return;
  const link = ref.joinUrl && row.joinUrl !== ref.joinUrl ? { joinUrl: ref.joinUrl } : {};
  const ours =
    sameTime(event, row.startsAt, row.endsAt) ||
    (row.intent === "move" && sameTime(event, row.wantedStartsAt, row.wantedEndsAt));
  if (ours || row.intent === "cancel") {
    if (ref.etag === row.etag && Object.keys(link).length === 0) return;
    await tx
      .update(interview)
      .set({ etag: ref.etag, ...link })
      .where(ofInterview(employerId, id));
    await notifyLive(tx, employerId, "interview", id);
    return;
  }
  const now = { startsAt: event.start, endsAt: event.end };
  await tx
    .update(interview)
    .set({ ...now, ...link, etag: ref.etag, state: "moved", error: null, updatedAt: new Date() })
    .where(ofInterview(employerId, id));
  const subject = await describe(tx, { ...row, ...now, ...link });
  const words = whenWords(now.startsAt, now.endsAt, inWriting(row.timeZone));
  const was = whenWords(row.startsAt, row.endsAt, inWriting(row.timeZone));
  await tell(tx, scope, row, {
    title: `${row.title} was moved in ${scope.vendorName}`,
    detail: `It is now on ${words}; it was on ${was}. Check that it suits everybody.`,
    what: `moved “${row.title}” to ${words}, from ${was}`,
  });
  await emitEvent(tx, employerId, "interview.moved", id, { ...subject, previousStart: row.startsAt.toISOString() });
}

async function wasRemoved(tx: EmployerTx, scope: CalendarScope, row: Interview): Promise<void> {
  const { employerId, id } = row;
  if (row.state === "cancelled" || row.state === "cancelling") return;
  await tx
    .update(interview)
    .set({
      state: "cancelled",
      intent: null,
      wantedStartsAt: null,
      wantedEndsAt: null,
      error: null,
      updatedAt: new Date(),
    })
    .where(ofInterview(employerId, id));
  const was = whenWords(row.startsAt, row.endsAt, inWriting(row.timeZone));
  await tell(tx, scope, row, {
    title: `${row.title} was cancelled in ${scope.vendorName}`,
    detail: `It was on ${was}. Book another time, or mark this as seen if that was meant.`,
    what: `cancelled “${row.title}” of ${was}`,
  });
  await emitEvent(tx, employerId, "interview.cancelled", id, await describe(tx, row));
}

async function tell(
  tx: EmployerTx,
  scope: CalendarScope,
  row: Interview,
  words: { title: string; detail: string; what: string },
): Promise<void> {
  const href = `/interviews/${row.id}`;
  await raiseIssue(tx, row.employerId, {
    connectionId: scope.connectionId,
    type: "interview_changed",
    causeKey: outsideCause(row.id),
    severity: "warn",
    title: words.title,
    detail: words.detail,
    fix: { label: "See the interview", href },
  });
  await recordActivity(tx, row.employerId, {
    connectionId: scope.connectionId,
    subject: { kind: "interview", id: row.id },
    kind: "interview",
    tone: "warn",
    who: `Somebody in ${scope.vendorName}`,
    what: words.what,
    href,
  });
  await notifyLive(tx, row.employerId, "interview", row.id);
}

/** What events say about an interview. */
export async function describe(tx: EmployerTx, row: Interview) {
  const [who] = await tx
    .select({
      candidate: {
        id: candidate.id,
        firstName: candidate.firstName,
        lastName: candidate.lastName,
        email: candidate.email,
      },
      job: { id: job.id, title: job.title },
    })
    .from(application)
    .innerJoin(
      candidate,
      and(eq(candidate.employerId, application.employerId), eq(candidate.id, application.candidateId)),
    )
    .innerJoin(job, and(eq(job.employerId, application.employerId), eq(job.id, application.jobId)))
    .where(and(eq(application.employerId, row.employerId), eq(application.id, row.applicationId)));
  return {
    interview: {
      id: row.id,
      title: row.title,
      start: row.startsAt.toISOString(),
      end: row.endsAt.toISOString(),
      timeZone: row.timeZone,
      joinUrl: row.joinUrl,
    },
    candidate: who?.candidate ?? null,
    job: who?.job ?? null,
  };
}
