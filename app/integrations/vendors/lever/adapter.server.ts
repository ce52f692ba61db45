import { z } from "zod";
import { defineAdapter } from "../../contract/adapter.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { unlessMissing } from "../../kit/pull.server.ts";
import { text } from "../../kit/shapes.ts";
import { apiUrl, type LeverCtx, listOf, oneOf } from "./api.server.ts";
import { manifest } from "./manifest.ts";
import { sync } from "./sync.server.ts";
import { webhook } from "./webhook.server.ts";

const user = z.object({
  id: z.string(),
  email: text,
  accessRole: text,
  deactivatedAt: z.number().nullish(),
});

/** Lever has no "who am I": the account is known by the mail domain of a Super Admin. */
async function organisation(ctx: LeverCtx): Promise<string> {
  const { data } = await ctx.http.json({ url: apiUrl("users") }, listOf(user));
  const active = data.filter((one) => !one.deactivatedAt);
  const admin = active.find((one) => /super\s*admin/i.test(one.accessRole ?? "")) ?? active[0];
  const domain = (admin?.email ?? "").split("@")[1]?.toLowerCase();
  if (domain) return domain;
  throw new IntegrationError("forbidden", "Lever shows no user to this credential.", { field: "users:read:admin" });
}

async function checkActingUser(ctx: LeverCtx, id: string): Promise<void> {
  const config = (message: string) => new IntegrationError("config", message, { field: "actingUserId" });
  const found = await unlessMissing(() => ctx.http.json({ url: apiUrl(`users/${id}`) }, oneOf(user)));
  if (!found) throw config("Lever knows no user with the acting user's id.");
  if (found.data.deactivatedAt) throw config("The acting user is deactivated in Lever.");
}

export default defineAdapter(manifest, {
  async test(ctx) {
    const name = await organisation(ctx);
    const { actingUserId } = ctx.config;
    if (actingUserId) await checkActingUser(ctx, actingUserId);
    await ctx.http.json({ url: apiUrl("postings"), query: { limit: 1 } }, listOf(z.object({ id: z.string() })));
    return { id: name, name };
  },
  sync,
  webhook,
});
