import { giveUpInterview, writeInterview } from "#app/services/interview-write.server.ts";
import type { TaskPayload } from "../catalog.ts";
import type { TaskContext } from "../task.server.ts";

type Payload = TaskPayload<"interview-write">;

/** Tells the calendar what was decided about an interview: that it is on, moved or off. */
export default async function interviewWrite(
  { employerId, interviewId }: Payload,
  { signal }: TaskContext,
): Promise<void> {
  await writeInterview(employerId, interviewId, signal);
}

/** Says on the interview why it was given up; a person can try again. */
export const onGivenUp = ({ employerId, interviewId }: Payload, error: unknown): Promise<void> =>
  giveUpInterview(employerId, interviewId, error);
