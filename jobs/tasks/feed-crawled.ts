import { feedCrawled } from "#app/services/posting-feed.server.ts";

/** A board has read its feed to the end: what it carried is with the board, what was taken out is gone. */
export default async function feedCrawledTask(payload: { employerId: string; connectionId: string }): Promise<void> {
  await feedCrawled(payload.employerId, payload.connectionId);
}
