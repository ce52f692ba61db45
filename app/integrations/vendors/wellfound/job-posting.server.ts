import type { HandOffGuide, JobPosting } from "../../contract/capabilities.ts";
import type { EmploymentType, PostingJob } from "../../contract/domain.ts";
import { handOffGuide } from "../../kit/hand-off.ts";
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
  return handOffGuide({
    name: "Wellfound",
    openUrl: String(config.companyUrl ?? "https://wellfound.com/recruit"),
    before: "Open your company on Wellfound and choose “Post a job”.",
    texts: {
      Title: job.title,
      Type: types[job.employment],
      "Remote policy": remotePolicy(job),
      Locations: places.join("; "),
      Pay: pay(job),
      Description: job.descriptionText,
      "Apply link": job.applyUrl,
    },
    after: "Add at least one skill, and pay or equity: without them Wellfound shows the job little.",
  });
}

export const jobPosting: JobPosting = { way: "hand-off", format: guide };
