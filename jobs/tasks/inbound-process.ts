import { giveUpInbound, processInbound } from "#app/services/inbound-process.server.ts";
import type { TaskContext } from "../task.server.ts";

interface Payload {
  employerId: string;
  deliveryId: string;
}

/** Does what a stored request of a vendor asks for. */
export default async function inboundProcess(payload: Payload, { signal }: TaskContext): Promise<void> {
  await processInbound(payload.employerId, payload.deliveryId, signal);
}

/** Says on the delivery why it was given up; a person can replay it. */
export const onGivenUp = (payload: Payload, error: unknown): Promise<void> =>
  giveUpInbound(payload.employerId, payload.deliveryId, error);
