import { z } from "zod";
import type { FeedPosting } from "../../contract/capabilities.ts";
import type { PostingJob } from "../../contract/domain.ts";
import { element, feedEnvelope, feedItem } from "../../kit/feed.server.ts";
import { problem } from "../../kit/posting.ts";
import { problems } from "./rules.ts";
import { elementFromDomain } from "./wire.ts";

const feedConfig = z.object({ organizationId: z.string(), companyName: z.string() });

/** One `<job>` of the "Basic Jobs" feed. Pay and end date have no confirmed element, so they are left out. */
function itemOf(job: PostingJob, given: Record<string, unknown>): string {
  const config = feedConfig.parse(given);
  const told = elementFromDomain(job, { ...config, applyConnect: false }, "CREATE", job.updatedAt);
  return feedItem([
    ["partnerJobId", job.key],
    ["company", config.companyName],
    ["companyId", config.organizationId],
    ["title", job.title],
    ["description", job.descriptionHtml],
    ["applyUrl", job.applyUrl],
    ["location", told.location],
    ["workplaceTypes", told.workplaceTypes[0]],
    ["jobtype", told.employmentStatus],
    ["experienceLevel", "experienceLevel" in told ? told.experienceLevel : undefined],
  ]);
}

export const feed: FeedPosting = {
  way: "feed",
  format: itemOf,
  validate(job) {
    if (job.key.length <= 40) return problems(job);
    return [...problems(job), problem("title", "The reference is too long for LinkedIn's feed.")];
  },
  envelope({ name, siteUrl, updatedAt }) {
    return feedEnvelope([
      element("lastBuildDate", updatedAt.toUTCString()),
      element("publisher", name, "cdata"),
      element("publisherUrl", siteUrl, "cdata"),
    ]);
  },
};
