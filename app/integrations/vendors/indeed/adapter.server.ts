import { defineAdapter } from "../../contract/adapter.ts";
import { unlessMissing } from "../../kit/pull.server.ts";
import { classify } from "./api.server.ts";
import { feedback } from "./feedback.server.ts";
import { jobPosting } from "./job-posting.server.ts";
import { jobSync } from "./job-sync.server.ts";
import { manifest } from "./manifest.ts";
import { webhook } from "./webhook.server.ts";

export default defineAdapter(manifest, {
  /**
   * With a feed there is nothing to sign in to. Job Sync has no call that names the account: a posting that cannot exist
   * is asked for, and "not found" proves the client and its permission.
   */
  async test(ctx) {
    const account = { id: ctx.config.sourceName, name: ctx.config.companyName };
    if (ctx.config.way !== "job-sync") return account;
    await unlessMissing(() => jobSync.status(ctx, { externalId: "patchbay-connection-test" }));
    return account;
  },
  classify,
  jobPosting,
  webhook,
  feedback,
});
