import type { HandOffGuide, JobPosting } from "../../contract/capabilities.ts";
import type { EmploymentType, PostingJob } from "../../contract/domain.ts";
import { amountText } from "../../kit/money.ts";
import { employmentLabels } from "../../kit/words.ts";

const types: Readonly<Record<EmploymentType, string>> = {
  ...employmentLabels,
  temporary: "Contract",
  volunteer: "Choose what fits",
  other: "Choose what fits",
};

function remotePolicy(job: PostingJob): string {
  const countries = job.locations.flatMap((place) => (place.country ? [place.country] : []));
  const where = countries.length > 0 ? `, hires in ${[...new Set(countries)].join(", ")}` : "";
  return { remote: `Remote${where}`, hybrid: "Hybrid", on_site: "On site" }[job.remote];
}

function pay(job: PostingJob): string {
  if (!job.salary) return "";
  const { min, max, currency, period } = job.salary;
  return `${currency} ${amountText(min, currency)} to ${amountText(max, currency)} a ${period}`;
}

function guide(job: PostingJob, config: Record<string, unknown>): HandOffGuide {
  const places = job.locations.map((place) => [place.city, place.region, place.country].filter(Boolean).join(", "));
  const blocks = [
    { label: "Title", text: job.title },
    { label: "Type", text: types[job.employment] },
    { label: "Remote policy", text: remotePolicy(job) },
    { label: "Locations", text: places.join("; ") },
    { label: "Pay", text: pay(job) },
    { label: "Description", text: job.descriptionText },
    { label: "Apply link", text: job.applyUrl },
  ];
  return {
    openUrl: String(config.companyUrl ?? "https://wellfound.com/recruit"),
    steps: [
      "Open your company on Wellfound and choose “Post a job”.",
      "Copy each text below into the field of the same name.",
      "Add at least one skill, and pay or equity: without them Wellfound shows the job little.",
      "Publish there, copy the address of the job page and paste it here.",
    ],
    blocks: blocks.filter((block) => block.text !== ""),
    closing: ["Open the job on Wellfound.", "Choose “Close job” there.", "Confirm here that it is gone."],
  };
}

export const jobPosting: JobPosting = { way: "hand-off", format: guide };
