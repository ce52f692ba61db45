import { z } from "zod";
import { defineAdapter } from "../../contract/adapter.ts";
import { baseUrl, isV1 } from "./api.server.ts";
import { manifest } from "./manifest.ts";
import { sync } from "./sync.server.ts";
import { webhook } from "./webhook.server.ts";

const user = z.object({
  id: z.number().int().transform(String),
  name: z.string().nullish(),
  site_admin: z.boolean().nullish(),
});

export default defineAdapter(manifest, {
  /** Greenhouse has no "who am I": one job proves the key may read, and the account is named by the acting user or the client. */
  async test(ctx) {
    await ctx.http.json({ url: `${baseUrl(ctx)}/jobs`, query: { per_page: 1 } }, z.array(z.object({ id: z.number() })));
    const acting = ctx.config.actingUserId;
    if (!acting)
      return {
        id: ctx.config.clientId ?? ctx.connectionId,
        name: isV1(ctx) ? "Harvest v1 key" : (ctx.config.clientId ?? ""),
      };
    const url = isV1(ctx) ? `${baseUrl(ctx)}/users/${acting}` : `${baseUrl(ctx)}/users`;
    const one = isV1(ctx)
      ? await ctx.http.json({ url }, user)
      : (await ctx.http.json({ url, query: { ids: acting } }, z.array(user)))[0];
    const warnings =
      one && one.site_admin === false ? ["The acting user is not a Site Admin: lists may come back incomplete."] : [];
    return { id: acting, name: one?.name ?? `User ${acting}`, warnings };
  },
  sync,
  webhook,
});
