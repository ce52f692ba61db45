import { and, eq } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import type { Reader } from "#app/platform/moments.ts";
import { withEmployer } from "#db/client.server.ts";
import { connection, issue } from "#db/schema/connections.ts";
import { listActivity } from "./activity.server.ts";
import { byDay } from "./activity-days.ts";
import type { Actor } from "./actor.ts";
import { AppError } from "./errors.ts";
import { outsideCause } from "./interview-changes.server.ts";
import { whenWords, zoneWords } from "./interview-words.ts";
import { acceptOutside, cancelInterview, getInterview, moveInterview, retryInterview } from "./interviews.server.ts";

/** Everything the page of one interview shows. Kinds: forbidden, not-found. */
export async function interviewPage(actor: Actor, id: string, reader: Reader) {
  const { row, attendees, applicant } = await getInterview(actor, id);
  const { employerId } = actor;
  const { vendorId, unseen } = await withEmployer(employerId, async (tx) => {
    const [at] = row.connectionId
      ? await tx
          .select({ vendorId: connection.vendorId })
          .from(connection)
          .where(and(eq(connection.employerId, employerId), eq(connection.id, row.connectionId)))
      : [];
    const open = and(eq(issue.employerId, employerId), eq(issue.causeKey, outsideCause(id)), eq(issue.resolvedKey, ""));
    return { vendorId: at?.vendorId, unseen: (await tx.$count(issue, open)) > 0 };
  });
  const { entries } = await listActivity(employerId, { subjectId: id });
  const { wantedStartsAt, wantedEndsAt } = row;
  const length = (wantedEndsAt ?? row.endsAt).getTime() - (wantedStartsAt ?? row.startsAt).getTime();
  return {
    title: row.title,
    applicant: { id: applicant.applicationId, name: applicant.name, jobTitle: applicant.jobTitle },
    interview: {
      ...{ id: row.id, state: row.state, intent: row.intent, location: row.location, joinUrl: row.joinUrl },
      ...{ meeting: row.meeting, notes: row.notes, error: row.error, zone: zoneWords(reader.timeZone), wantedStartsAt },
      when: whenWords(row.startsAt, row.endsAt, reader),
      wanted: wantedStartsAt && wantedEndsAt ? whenWords(wantedStartsAt, wantedEndsAt, reader) : null,
      minutes: Math.round(length / 60_000),
      calendar: (vendorId && manifestOf(vendorId)?.name) ?? "a calendar that is not connected any more",
      unseenChange: unseen,
      guests: attendees.map(({ email, name, role }) => ({ email, name, role })),
    },
    days: byDay(entries, reader),
    manages: actor.permissions.has("interviews:manage"),
  };
}

/** What a button of the page asks for; the sentence to say afterwards. Kinds as of the services it calls. */
export async function steerInterview(actor: Actor, id: string, form: FormData): Promise<string> {
  switch (form.get("intent")) {
    case "cancel":
      await cancelInterview(actor, id);
      return "It is being taken off the calendar.";
    case "retry":
      await retryInterview(actor, id);
      return "The calendar is being told again.";
    case "accept":
      await acceptOutside(actor, id);
      return "Settled.";
    case "insist":
      await moveInterview(actor, id, {
        startsAt: String(form.get("slot") ?? ""),
        minutes: Number(form.get("minutes")),
        insist: true,
      });
      return "The calendar is being told about your time.";
    default:
      throw new AppError("invalid", "This button is not known.");
  }
}
