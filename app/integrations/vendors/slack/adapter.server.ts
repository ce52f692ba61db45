import { z } from "zod";
import { defineAdapter } from "../../contract/adapter.ts";
import { parseJson } from "../../kit/paths.ts";
import { method } from "./api.server.ts";
import { manifest } from "./manifest.ts";
import { messaging } from "./messaging.server.ts";
import { webhook } from "./webhook.server.ts";
import { authTest, errorKinds } from "./wire.ts";

const refusal = z.object({ ok: z.literal(false), error: z.string() });

export default defineAdapter(manifest, {
  async test(ctx) {
    const answer = await ctx.http.json(method("auth.test", { idempotent: true }), authTest);
    return { id: answer.team_id, name: answer.team };
  },
  /** Slack says 200 and `ok: false`: the error word decides. Under 429 and 5xx the status does. */
  classify({ status, text }) {
    if (status === 429 || status >= 500) return null;
    const parsed = refusal.safeParse(parseJson(text));
    return parsed.success ? (errorKinds[parsed.data.error] ?? "contract") : null;
  },
  messaging,
  webhook,
});
