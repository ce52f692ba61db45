import { and, eq, lt, sql } from "drizzle-orm";
import { withSystem } from "#db/client.server.ts";
import { invitation, rateLimit, session, verification } from "#db/schema/people.ts";
import { tidyInboxes } from "./inboxes.server.ts";

const DAY_MS = 24 * 3600 * 1000;

/**
 * Deletes what ran out: requests at inboxes, sessions, one-time links and codes, invitations a month after their end, and throttle counters of
 * yesterday (no window is longer than an hour). Answers with how many rows went.
 */
export async function tidyPeople(now: Date = new Date()): Promise<number> {
  const requests = await tidyInboxes(now);
  return withSystem(async (tx) => {
    const ago = (ms: number) => new Date(now.getTime() - ms);
    const gone = [
      await tx.delete(session).where(lt(session.expiresAt, now)).returning({ one: sql`1` }),
      await tx.delete(verification).where(lt(verification.expiresAt, now)).returning({ one: sql`1` }),
      await tx
        .delete(invitation)
        .where(and(eq(invitation.status, "pending"), lt(invitation.expiresAt, ago(30 * DAY_MS))))
        .returning({ one: sql`1` }),
      await tx
        .delete(rateLimit)
        .where(lt(rateLimit.lastRequest, ago(DAY_MS).getTime()))
        .returning({ one: sql`1` }),
    ];
    return requests + gone.flat().length;
  });
}
