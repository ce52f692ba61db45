import { defineAdapter } from "../../contract/adapter.ts";
import type { ErrorKind } from "../../contract/errors.ts";
import { parseJson, textAt } from "../../kit/paths.ts";
import { calendarListUrl } from "./api.server.ts";
import { calendar } from "./calendar.server.ts";
import { manifest } from "./manifest.ts";
import { webhook } from "./webhook.server.ts";
import { calendarEntry } from "./wire.ts";

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
    const reason = textAt(parseJson(text), "error.errors.0.reason");
    return (reason !== undefined && reasons[reason]) || null;
  },
  calendar,
  webhook,
});
