import type { PostingProblem } from "../../contract/capabilities.ts";
import type { PostingJob } from "../../contract/domain.ts";
import { problem } from "../../kit/posting.ts";
import { placeText } from "./wire.ts";

/** What the rules cannot say as data: LinkedIn reads places as "City, Country", and takes eight of them. */
export function problems(job: PostingJob): readonly PostingProblem[] {
  const found: PostingProblem[] = [];
  if (job.locations.length > 8) found.push(problem("location", "LinkedIn takes up to eight places per job."));
  if (job.locations.some((place) => placeText(place) === null))
    found.push(
      problem("location", "LinkedIn needs a city with its region or country, or a postal code with its country."),
    );
  if (job.descriptionHtml.length > 25_000)
    found.push(
      problem("description", "With its formatting the description is longer than LinkedIn's 25,000 characters."),
    );
  return found;
}
