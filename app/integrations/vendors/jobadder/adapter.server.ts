import { z } from "zod";
import { defineAdapter } from "../../contract/adapter.ts";
import { apiUrl } from "./api.server.ts";
import { manifest } from "./manifest.ts";
import { sync } from "./sync.server.ts";
import { webhook } from "./webhook.server.ts";

const me = z.object({ accountName: z.string().min(1), admin: z.boolean().nullish() });

export default defineAdapter(manifest, {
  /** JobAdder has no number for an account: its name, in lower case, is the stable id. */
  async test(ctx) {
    const { accountName, admin } = await ctx.http.json({ url: apiUrl(ctx, "users/current") }, me);
    return {
      id: accountName.toLowerCase(),
      name: accountName,
      ...(admin === false
        ? { warnings: ["Whoever signed in is no administrator, so JobAdder may leave records out."] }
        : {}),
    };
  },
  sync,
  webhook,
});
