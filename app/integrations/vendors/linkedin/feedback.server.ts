import type { Feedback } from "../../contract/capabilities.ts";
import { oneByOne } from "../../kit/push.server.ts";
import { type LinkedInCtx, lifecycleAction } from "./api.server.ts";

const refused: ReadonlySet<string> = new Set(["validation", "not-found", "conflict"]);

export const feedback: Feedback = {
  /** One call each. LinkedIn takes "viewed" and "rejected" only; that an application arrived needs no telling. */
  report: (ctx: LinkedInCtx, dispositions) =>
    oneByOne(
      dispositions,
      (kind) => refused.has(kind),
      async (one) => {
        const action = one.status === "rejected" ? "APPLICATION_REJECTED" : "APPLICATION_VIEWED";
        if (!one.isNew) await lifecycleAction(ctx, action, one);
        return {};
      },
    ),
};
