import { giveUpNotification, sendNotification } from "#app/services/notification-send.server.ts";
import type { TaskPayload } from "../catalog.ts";
import type { TaskContext } from "../task.server.ts";

type Payload = TaskPayload<"notification-send">;

/** Sends one message to one channel, once. */
export default async function notificationSend(
  { employerId, notificationId }: Payload,
  { signal }: TaskContext,
): Promise<void> {
  await sendNotification(employerId, notificationId, signal);
}

export const onGivenUp = ({ employerId, notificationId }: Payload, error: unknown): Promise<void> =>
  giveUpNotification(employerId, notificationId, error);
