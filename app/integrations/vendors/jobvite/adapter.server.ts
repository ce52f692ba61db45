import { defineAdapter } from "../../contract/adapter.ts";
import { classify, read } from "./api.server.ts";
import { envelope } from "./envelope.server.ts";
import { manifest } from "./manifest.ts";
import { pullOnboardings } from "./onboarding.server.ts";
import { sync } from "./sync.server.ts";
import { webhook } from "./webhook.server.ts";
import { candidatePage, jobPage } from "./wire.ts";

export default defineAdapter(manifest, {
  /** Rights are given per API, so each that is used is asked once. The company id is the employer's own word. */
  async test(ctx) {
    await read(ctx, "job", { start: 1, count: 1 }, jobPage);
    const { candidates } = await read(ctx, "candidate", { start: 1, count: 1 }, candidatePage);
    await pullOnboardings(ctx, { cursor: null });
    const { companyId } = ctx.config;
    return { id: companyId, name: candidates?.[0]?.application?.job?.company || companyId };
  },
  classify,
  envelope,
  sync,
  webhook,
});
