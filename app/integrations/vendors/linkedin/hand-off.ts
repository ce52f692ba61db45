import type { HandOffPosting } from "../../contract/capabilities.ts";
import { handOffGuide } from "../../kit/hand-off.ts";
import { employmentLabels, workplaceLabels } from "../../kit/words.ts";
import { placeText } from "./wire.ts";

export const handOff: HandOffPosting = {
  way: "hand-off",
  format: (job, config) =>
    handOffGuide({
      name: "LinkedIn",
      openUrl: "https://www.linkedin.com/job-posting/",
      before: "Sign in to LinkedIn as somebody who may post for your company, and begin a job post.",
      texts: {
        Title: job.title,
        Company: String(config.companyName ?? job.company),
        Workplace: workplaceLabels[job.remote],
        Location: placeText(job.locations[0]) ?? "",
        "Job type": employmentLabels[job.employment],
        Description: job.descriptionText,
        "Apply link": job.applyUrl,
      },
      after:
        "Under “How applicants apply”, choose an external website and paste the apply link, so that applicants arrive here.",
    }),
};
