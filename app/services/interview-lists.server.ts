import { DateTime } from "luxon";
import { momentWords, type Reader } from "#app/platform/moments.ts";
import type { Actor } from "./actor.ts";
import { type ListedInterview, listInterviews } from "./interviews.server.ts";

/** The interviews of the list page, by day: today and what follows, or those that are over, in the employer's zone. */
export async function interviewLists(actor: Actor, reader: Reader, past: boolean, now: Date = new Date()) {
  const midnight = DateTime.fromJSDate(now, { zone: reader.timeZone }).startOf("day");
  const found = await listInterviews(actor, { from: past ? now : midnight.toJSDate(), past });
  const tomorrow = midnight.plus({ days: 1 }).toJSDate();
  const today = found.filter(({ startsAt }) => startsAt < tomorrow);
  const later = found.filter(({ startsAt }) => startsAt >= tomorrow);
  const shown = (rows: readonly ListedInterview[], withDay: boolean) =>
    rows.map((row) => ({
      ...{ id: row.id, title: row.title, jobTitle: row.jobTitle, candidateName: row.candidateName, state: row.state },
      ...{ interviewers: row.interviewers, joinUrl: row.joinUrl, location: row.location },
      when: `${withDay ? momentWords(row.startsAt, "day", reader) : "Today"} ${momentWords(row.startsAt, "time", reader)}`,
      minutes: Math.round((row.endsAt.getTime() - row.startsAt.getTime()) / 60_000),
      note: noteOf(row),
    }));
  const lists = past
    ? [{ id: "past", title: "Past", rows: shown(found, true) }]
    : [
        { id: "today", title: "Today", rows: shown(today, false) },
        { id: "upcoming", title: "Coming up", rows: shown(later, true) },
      ];
  const unsettled = found.filter(({ state }) => state === "moved" || state === "failed").length;
  const counts = past ? `${found.length} past.` : `${today.length || "None"} today, ${later.length || "none"} later.`;
  return {
    lists,
    sentence: `${counts}${unsettled > 0 ? ` ${unsettled} need${unsettled === 1 ? "s" : ""} a look.` : ""}`,
    books: actor.permissions.has("interviews:manage"),
  };
}

function noteOf({ state, intent, error }: ListedInterview): string | null {
  if (state === "moved") return intent === "move" ? "Two times to choose from." : "Moved in the calendar.";
  return error;
}
