import { wakeInbound } from "#app/services/inbound-process.server.ts";

/** Every five minutes: takes up stored requests that still wait, such as those of a connection that was paused. */
export default async function inboundWake(): Promise<void> {
  await wakeInbound();
}
