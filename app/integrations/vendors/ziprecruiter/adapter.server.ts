import { defineAdapter } from "../../contract/adapter.ts";
import { jobUrl } from "./api.server.ts";
import { jobPosting } from "./job-posting.server.ts";
import { manifest } from "./manifest.ts";
import { webhook } from "./webhook.server.ts";

export default defineAdapter(manifest, {
  /** No call names the account. A job that cannot exist is asked for: "unknown job" proves the key, 401 refutes it. */
  async test(ctx) {
    await ctx.http.send({ url: jobUrl("patchbay-connection-test"), accept: [404] });
    return { id: ctx.config.employerId, name: ctx.config.employerName };
  },
  jobPosting,
  webhook,
});
