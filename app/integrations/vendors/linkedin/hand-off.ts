import type { HandOffPosting } from "../../contract/capabilities.ts";
import { employmentLabels, workplaceLabels } from "../../kit/words.ts";
import { placeText } from "./wire.ts";

export const handOff: HandOffPosting = {
  way: "hand-off",
  format(job, config) {
    const blocks = [
      { label: "Title", text: job.title },
      { label: "Company", text: String(config.companyName ?? job.company) },
      { label: "Workplace", text: workplaceLabels[job.remote] },
      { label: "Location", text: placeText(job.locations[0]) ?? "" },
      { label: "Job type", text: employmentLabels[job.employment] },
      { label: "Description", text: job.descriptionText },
      { label: "Apply link", text: job.applyUrl },
    ];
    return {
      openUrl: "https://www.linkedin.com/job-posting/",
      steps: [
        "Sign in to LinkedIn as somebody who may post for your company, and begin a job post.",
        "Copy each text below into the field of the same name.",
        "Under “How applicants apply”, choose an external website and paste the apply link, so that applicants arrive here.",
        "Publish there, copy the address of the job page and paste it here.",
      ],
      blocks: blocks.filter((block) => block.text !== ""),
      closing: ["Open the job on LinkedIn.", "Choose “Close job” there.", "Confirm here that it is gone."],
    };
  },
};
