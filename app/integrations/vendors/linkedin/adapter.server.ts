import { defineAdapter } from "../../contract/adapter.ts";
import { listingOf } from "./api.server.ts";
import { feedback } from "./feedback.server.ts";
import { jobPosting } from "./job-posting.server.ts";
import { manifest } from "./manifest.ts";
import { webhook } from "./webhook.server.ts";

export default defineAdapter(manifest, {
  /** No call names the account. The state of a job that cannot exist is asked for: all answers except 401 and 403 prove the client. */
  async test(ctx) {
    if (ctx.config.way === "api") await listingOf(ctx, "patchbay-connection-test");
    return { id: ctx.config.organizationId, name: ctx.config.companyName };
  },
  jobPosting,
  webhook,
  feedback,
});
