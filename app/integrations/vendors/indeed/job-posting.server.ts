import { z } from "zod";
import type { JobPosting, PostingProblem } from "../../contract/capabilities.ts";
import type { PostingJob } from "../../contract/domain.ts";
import { envelopeOf, itemFromDomain } from "./wire.ts";

const feedConfig = z.object({
  sourceName: z.string(),
  companyName: z.string(),
  contactEmail: z.string(),
  applyApiToken: z.string().optional(),
});

/** HTML may be 65,000 bytes at most, which only the encoded text can tell. */
function validate(job: PostingJob): readonly PostingProblem[] {
  const bytes = new TextEncoder().encode(job.descriptionHtml).length;
  return bytes > 65_000
    ? [{ field: "description", level: "error", message: "Indeed takes at most 65,000 bytes of description." }]
    : [];
}

export const jobPosting: JobPosting = {
  way: "feed",
  format: (job, config) => itemFromDomain(job, feedConfig.parse(config)),
  validate,
  envelope: envelopeOf,
};
