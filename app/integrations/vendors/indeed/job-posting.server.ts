import { z } from "zod";
import type { FeedPosting, PostingWays } from "../../contract/capabilities.ts";
import { jobSync } from "./job-sync.server.ts";
import { envelopeOf, itemFromDomain } from "./wire.ts";
import { descriptionProblems } from "./wire-job-sync.ts";

const feedConfig = z.object({
  sourceName: z.string(),
  companyName: z.string(),
  contactEmail: z.string(),
  applyApiToken: z.string().optional(),
});

const feed: FeedPosting = {
  way: "feed",
  format: (job, config) => itemFromDomain(job, feedConfig.parse(config)),
  validate: descriptionProblems,
  envelope: envelopeOf,
};

export const jobPosting: PostingWays = { way: "choice", options: { feed, "job-sync": jobSync } };
