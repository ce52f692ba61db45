import { tidyPeople } from "#app/services/tidy.server.ts";

/** Every hour: forgets sessions, one-time links, invitations and counters whose time is over. */
export default async function task(): Promise<void> {
  await tidyPeople();
}
