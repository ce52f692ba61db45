import { defineAdapter } from "../../contract/adapter.ts";
import { jobPosting } from "./job-posting.server.ts";
import { manifest } from "./manifest.ts";

export default defineAdapter(manifest, {
  /** There is nothing to sign in to: a person posts, and the company page names the account. */
  async test(ctx) {
    const slug = new URL(ctx.config.companyUrl).pathname.split("/").filter(Boolean).at(-1) ?? "Wellfound";
    return { id: ctx.config.companyUrl, name: slug };
  },
  jobPosting,
});
