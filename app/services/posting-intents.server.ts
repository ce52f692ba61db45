import { z } from "zod";
import type { Actor } from "./actor.ts";
import { AppError } from "./errors.ts";
import { needConnected } from "./posting-farewell.server.ts";
import { closePostings, confirmPosting, lookAgain, settleUnknown } from "./postings.server.ts";

const intents = z.discriminatedUnion("intent", [
  z.object({ intent: z.literal("close") }),
  z.object({ intent: z.literal("look") }),
  z.object({ intent: z.literal("live"), url: z.string().trim().max(2000).default("") }),
  z.object({ intent: z.literal("rejected"), reason: z.string().max(500).default("") }),
  z.object({ intent: z.literal("closed") }),
  z.object({ intent: z.literal("updated") }),
  z.object({ intent: z.literal("found"), found: z.string().trim().max(2000).default("") }),
  z.object({ intent: z.literal("again") }),
]);

/** What the posting page's buttons do, and the sentence that says it was done. AppError invalid for anything else. */
export async function actOnPosting(actor: Actor, postingId: string, form: unknown): Promise<{ said: string }> {
  const parsed = intents.safeParse(form);
  if (!parsed.success) throw new AppError("invalid", "Choose one of the buttons of this page.");
  const wish = parsed.data;
  await needConnected(actor, postingId);
  switch (wish.intent) {
    case "close":
      await closePostings(actor, { postingId }, "withdrawn");
      return { said: "It is being closed. We look until it is gone." };
    case "look":
      await lookAgain(actor, postingId);
      return { said: "We ask the board now; this page follows along." };
    case "live":
      await confirmPosting(actor, postingId, { state: "live", ...(wish.url ? { url: wish.url } : {}) });
      return { said: "Marked as live." };
    case "rejected":
      await confirmPosting(actor, postingId, { state: "rejected", reason: wish.reason });
      return { said: "Marked as rejected." };
    case "closed":
      await confirmPosting(actor, postingId, { state: "closed" });
      return { said: "Closed, and seen to be gone." };
    case "updated":
      await confirmPosting(actor, postingId, { state: "updated" });
      return { said: "The board is up to date." };
    case "found":
      await settleUnknown(actor, postingId, { found: wish.found });
      return { said: "We look at it now; this page follows along." };
    case "again":
      await settleUnknown(actor, postingId, { again: true });
      return { said: "It is sent again." };
  }
}
