import { noteCalendarTrouble, pullCalendar } from "#app/services/calendar-sync.server.ts";
import type { TaskPayload } from "../catalog.ts";
import type { TaskContext } from "../task.server.ts";

type Payload = TaskPayload<"calendar-pull">;

/** Reads what changed in one calendar since the last time. */
export default async function calendarPull(
  { employerId, connectionId, calendarId }: Payload,
  { signal }: TaskContext,
): Promise<void> {
  await pullCalendar(employerId, connectionId, calendarId, signal);
}

export const onGivenUp = ({ employerId, connectionId, calendarId }: Payload, error: unknown): Promise<void> =>
  noteCalendarTrouble(employerId, connectionId, calendarId, error);
