import { listenForSilence } from "#app/services/inbound-silence.server.ts";

/** Every hour: which connections' vendors sent something in the hour before, and which are silent against their rhythm. */
export default async function inboundSilence(): Promise<void> {
  await listenForSilence();
}
