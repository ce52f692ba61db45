import type { Disposition, DispositionResult, Feedback } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { type LinkedInCtx, lifecycleAction } from "./api.server.ts";

/** LinkedIn takes "viewed" and "rejected" only; that an application arrived needs no telling. */
async function tell(ctx: LinkedInCtx, one: Disposition): Promise<void> {
  if (one.isNew) return;
  await lifecycleAction(ctx, one.status === "rejected" ? "APPLICATION_REJECTED" : "APPLICATION_VIEWED", one);
}

export const feedback: Feedback = {
  /** One call each. What LinkedIn refuses fails alone; trouble of the line is thrown, so that the rest is tried later. */
  async report(ctx: LinkedInCtx, dispositions) {
    const results: DispositionResult[] = [];
    for (const one of dispositions) {
      try {
        await tell(ctx, one);
        results.push({ localId: one.localId, ok: true });
      } catch (error) {
        if (!(error instanceof IntegrationError) || !["validation", "not-found", "conflict"].includes(error.kind)) {
          if (results.length === 0) throw error;
          break;
        }
        results.push({ localId: one.localId, ok: false, error });
      }
    }
    return results;
  },
};
