import { z } from "zod";
import { defineAdapter } from "../../contract/adapter.ts";
import type { ErrorKind } from "../../contract/errors.ts";
import { calendarListUrl } from "./api.server.ts";
import { calendar } from "./calendar.server.ts";
import { manifest } from "./manifest.ts";
import { webhook } from "./webhook.server.ts";
import { calendarEntry } from "./wire.ts";

const problem = z.object({ error: z.object({ errors: z.array(z.object({ reason: z.string() })).nullish() }) });

const reasons: Readonly<Record<string, ErrorKind>> = {
  userRateLimitExceeded: "rate-limited",
  rateLimitExceeded: "rate-limited",
  quotaExceeded: "rate-limited",
  fullSyncRequired: "cursor-expired",
  updatedMinTooLongAgo: "cursor-expired",
};

export default defineAdapter(manifest, {
  async test(ctx) {
    const primary = await ctx.http.json({ url: calendarListUrl("primary") }, calendarEntry);
    return { id: primary.id, name: primary.id };
  },
  /** 403 means both "slow down" and "never", 410 both "gone" and "read everything again": the reason decides. */
  classify({ status, text }) {
    if (status !== 403 && status !== 410) return null;
    try {
      const parsed = problem.safeParse(JSON.parse(text));
      const reason = parsed.success ? parsed.data.error.errors?.[0]?.reason : undefined;
      return (reason !== undefined && reasons[reason]) || null;
    } catch {
      return null;
    }
  },
  calendar,
  webhook,
});
