import { defineAdapter } from "../../contract/adapter.ts";
import { listingUrl } from "./api.server.ts";
import { jobPosting } from "./job-posting.server.ts";
import { manifest } from "./manifest.ts";

export default defineAdapter(manifest, {
  /** No call names the account. A listing that cannot exist is asked for: "not yours" proves the token, 401 refutes it. */
  async test(ctx) {
    await ctx.http.send({ url: listingUrl("0"), accept: [404] });
    return { id: `${ctx.config.company} <${ctx.config.posterEmail}>`, name: ctx.config.company };
  },
  jobPosting,
});
