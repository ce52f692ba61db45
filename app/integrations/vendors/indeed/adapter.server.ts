import { defineAdapter } from "../../contract/adapter.ts";
import { jobPosting } from "./job-posting.server.ts";
import { manifest } from "./manifest.ts";
import { webhook } from "./webhook.server.ts";

export default defineAdapter(manifest, {
  /** There is nothing to sign in to: Indeed reads the feed we host. */
  async test(ctx) {
    return { id: ctx.config.sourceName, name: ctx.config.companyName };
  },
  jobPosting,
  webhook,
});
