import { and, asc, eq } from "drizzle-orm";
import type { CalEvent, EventRef } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { inWriting } from "#app/platform/moments.ts";
import { withEmployer } from "#db/client.server.ts";
import { interview, interviewAttendee } from "#db/schema/interviews.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { recordActivity } from "./activity.server.ts";
import { pullCalendar } from "./calendar-sync.server.ts";
import { emitEvent } from "./events.server.ts";
import { describe, type Interview, ofInterview, outsideCause, writeCause } from "./interview-changes.server.ts";
import { whenWords } from "./interview-words.ts";
import { raiseIssue, resolveIssues } from "./issues.server.ts";
import { notifyLive } from "./live.server.ts";
import { callVendor, type OpenVendor } from "./vendor-context.server.ts";

type Intent = NonNullable<Interview["intent"]>;
interface Plan {
  row: Interview;
  intent: Intent;
  place: { connectionId: string; calendarId: string };
  attendees: readonly { email: string; name: string }[];
}

/** Answers of guests change the event too: a stale etag is read again this often before it counts as a failure. */
const TURNS = 4;
/** A video link that is made in the background is there when the calendar is read again after this time. */
const LINK_MS = 20_000;

/**
 * Makes the calendar agree with what was decided: books, moves or cancels by the interview's intent, and says so. The uid
 * makes a repeated booking one event. A move whose event somebody else has moved meanwhile is left for a person to
 * decide. Kinds: all of `create`, `update`, `remove`; every failure is also written on the interview.
 */
export async function writeInterview(employerId: string, interviewId: string, signal: AbortSignal): Promise<void> {
  for (let turn = 1; ; turn++) {
    const plan = await begin(employerId, interviewId);
    if (!plan) return;
    const { connectionId, calendarId } = plan.place;
    const options = { signal, idempotencyKey: `${plan.row.uid}:${plan.intent}`, part: "interviews" };
    try {
      const { ref, callsUs } = await callVendor(employerId, connectionId, options, async (vendor) => ({
        ref: await perform(vendor, plan),
        callsUs: vendor.adapter.webhook !== undefined,
      }));
      if (await finish(plan, ref, callsUs)) return;
    } catch (error) {
      const stale = error instanceof IntegrationError && (error.kind === "conflict" || error.kind === "not-found");
      if (!stale || plan.intent === "book" || turn >= TURNS) {
        await noteTrouble(plan, error);
        throw error;
      }
      await pullCalendar(employerId, connectionId, calendarId, signal);
    }
  }
}

/** What is to be done now; null when nothing is. Notes first that the event may exist from here on. */
async function begin(employerId: string, interviewId: string): Promise<Plan | null> {
  return withEmployer(employerId, async (tx) => {
    const [row] = await tx.select().from(interview).where(ofInterview(employerId, interviewId)).for("update");
    if (!row || (row.state !== "booking" && row.state !== "cancelling")) return null;
    if (!row.intent || !row.connectionId || !row.calendarId) return null;
    const attendees = await tx
      .select({ email: interviewAttendee.email, name: interviewAttendee.name })
      .from(interviewAttendee)
      .where(and(eq(interviewAttendee.employerId, employerId), eq(interviewAttendee.interviewId, interviewId)))
      .orderBy(asc(interviewAttendee.email));
    if (row.intent === "book" && !row.attempted)
      await tx.update(interview).set({ attempted: true }).where(ofInterview(employerId, interviewId));
    const place = { connectionId: row.connectionId, calendarId: row.calendarId };
    return { row, intent: row.intent, place, attendees };
  });
}

async function perform({ adapter, ctx }: OpenVendor, plan: Plan): Promise<EventRef | null> {
  const { calendar } = adapter;
  if (!calendar) throw new IntegrationError("unsupported", "This tool has no calendars.");
  const { row, place } = plan;
  const known: EventRef | null = row.externalId
    ? { calendarId: place.calendarId, id: row.externalId, etag: row.etag }
    : null;
  if (plan.intent === "cancel") {
    if (!known && !row.attempted) return null;
    // An attempt whose answer was lost may have made the event: the uid finds it, or makes what is removed at once.
    await calendar.remove(ctx, known ?? (await calendar.create(ctx, place.calendarId, eventOf(plan))));
    return null;
  }
  return known ? calendar.update(ctx, known, eventOf(plan)) : calendar.create(ctx, place.calendarId, eventOf(plan));
}

function eventOf({ row, attendees, intent }: Plan): CalEvent {
  const moving = intent === "move" && row.wantedStartsAt && row.wantedEndsAt;
  return {
    uid: row.uid,
    title: row.title,
    start: moving ? (row.wantedStartsAt ?? row.startsAt) : row.startsAt,
    end: moving ? (row.wantedEndsAt ?? row.endsAt) : row.endsAt,
    timeZone: row.timeZone,
    attendees,
    ...(row.notes ? { description: row.notes } : {}),
    ...(row.location ? { location: row.location } : {}),
    ...(row.meeting ? { conference: "auto" as const } : {}),
  };
}

/** Keeps what the calendar answered. False when a person decided otherwise meanwhile, which is still to be written. */
async function finish(plan: Plan, ref: EventRef | null, callsUs: boolean): Promise<boolean> {
  const { employerId, id } = plan.row;
  return withEmployer(employerId, async (tx) => {
    const [row] = await tx.select().from(interview).where(ofInterview(employerId, id)).for("update");
    if (!row) return true;
    const decided = row.intent === plan.intent;
    const moved = plan.intent === "move" && plan.row.wantedStartsAt && plan.row.wantedEndsAt;
    const next = {
      ...(ref ? { externalId: ref.id, etag: ref.etag, joinUrl: ref.joinUrl ?? row.joinUrl } : {}),
      ...(moved
        ? { startsAt: plan.row.wantedStartsAt ?? row.startsAt, endsAt: plan.row.wantedEndsAt ?? row.endsAt }
        : {}),
    };
    await tx
      .update(interview)
      .set({
        ...next,
        ...(decided
          ? {
              state: plan.intent === "cancel" ? ("cancelled" as const) : ("booked" as const),
              intent: null,
              wantedStartsAt: null,
              wantedEndsAt: null,
              error: null,
            }
          : {}),
        updatedAt: new Date(),
      })
      .where(ofInterview(employerId, id));
    await notifyLive(tx, employerId, "interview", id);
    if (!decided) return false;
    const now: Interview = { ...row, ...next };
    const subject = await describe(tx, now);
    if (plan.intent === "book") await emitEvent(tx, employerId, "interview.booked", id, subject);
    if (plan.intent === "cancel") await emitEvent(tx, employerId, "interview.cancelled", id, subject);
    if (plan.intent === "move")
      await emitEvent(tx, employerId, "interview.moved", id, {
        ...subject,
        previousStart: plan.row.startsAt.toISOString(),
      });
    await resolveIssues(tx, employerId, { causeKey: writeCause(id) });
    await resolveIssues(tx, employerId, { causeKey: outsideCause(id) });
    await recordActivity(tx, employerId, {
      connectionId: plan.place.connectionId,
      subject: { kind: "interview", id },
      kind: "interview",
      tone: "ok",
      who: now.title,
      what: `${done[plan.intent]} ${whenWords(now.startsAt, now.endsAt, inWriting(now.timeZone))}`,
      href: `/interviews/${id}`,
    });
    // A server need not tell of what came and went between two readings, so one that does not call us is read at once.
    if (plan.intent === "book" && !callsUs) await enqueue(tx, "calendar-pull", { employerId, ...plan.place });
    else if (plan.intent === "book" && now.meeting && !now.joinUrl)
      await enqueue(tx, "calendar-pull", { employerId, ...plan.place }, { runAt: new Date(Date.now() + LINK_MS) });
    return true;
  });
}

const done: Record<Intent, string> = {
  book: "is on the calendars:",
  move: "is moved to",
  cancel: "is off the calendars:",
};

/** Writes the trouble on the interview while it is tried again. */
async function noteTrouble({ row: { employerId, id } }: Plan, error: unknown): Promise<void> {
  await withEmployer(employerId, async (tx) => {
    await tx
      .update(interview)
      .set({ error: `${sentenceOf(error)} We keep trying.` })
      .where(ofInterview(employerId, id));
    await notifyLive(tx, employerId, "interview", id);
  });
}

const sentenceOf = (error: unknown): string =>
  error instanceof IntegrationError ? error.message : "It could not be written. Our log has the details.";

const couldNot: Record<Intent, string> = {
  book: "could not be booked",
  move: "could not be moved",
  cancel: "could not be cancelled",
};

/** Says on the interview, and as an issue, that it will not be tried again by itself. */
export async function giveUpInterview(employerId: string, interviewId: string, error: unknown): Promise<void> {
  await withEmployer(employerId, async (tx) => {
    const [row] = await tx.select().from(interview).where(ofInterview(employerId, interviewId)).for("update");
    if (!row?.intent || (row.state !== "booking" && row.state !== "cancelling")) return;
    const detail = sentenceOf(error);
    await tx
      .update(interview)
      .set({ state: "failed", error: detail, updatedAt: new Date() })
      .where(ofInterview(employerId, interviewId));
    const title = `${row.title} ${couldNot[row.intent]}`;
    await raiseIssue(tx, employerId, {
      ...(row.connectionId ? { connectionId: row.connectionId } : {}),
      type: "interview_failed",
      causeKey: writeCause(interviewId),
      severity: "bad",
      title,
      detail: `${detail} Nothing was changed on the calendars. Open the interview and try again.`,
      fix: { label: "Open the interview", href: `/interviews/${interviewId}` },
    });
    await recordActivity(tx, employerId, {
      ...(row.connectionId ? { connectionId: row.connectionId } : {}),
      subject: { kind: "interview", id: interviewId },
      kind: "interview",
      tone: "bad",
      who: row.title,
      what: `${couldNot[row.intent]}: ${detail}`,
      href: `/interviews/${interviewId}`,
    });
    await notifyLive(tx, employerId, "interview", interviewId);
  });
}
