import type { AnyAdapter } from "./contract/adapter.ts";
import type { JobPosting } from "./contract/capabilities.ts";
import type { Manifest, PostingProfile } from "./contract/manifest.ts";

type Values = Readonly<Record<string, unknown>>;
type Fields = Pick<Manifest, "fields">;

/** What a select field chooses under these values: its initial option when unset, the first when it names none. */
export function chosen<T>(
  { fields }: Fields,
  choice: { field: string; options: Readonly<Record<string, T>> },
  config: Values,
): T | undefined {
  const initial = fields.find((field) => field.key === choice.field)?.initial ?? "";
  const wanted = String(config[choice.field] ?? initial);
  return Object.hasOwn(choice.options, wanted) ? choice.options[wanted] : Object.values(choice.options)[0];
}

/** How postings travel on a connection with these settings; undefined for a vendor that takes none. */
export function postingProfile(
  manifest: Fields & Pick<Manifest, "posting">,
  config: Values,
): PostingProfile | undefined {
  const { posting } = manifest;
  return posting && "kind" in posting ? chosen(manifest, posting, config) : posting;
}

/** The module that carries them; its way is that of `postingProfile`. */
export function postingModule(
  adapter: Pick<AnyAdapter, "manifest" | "jobPosting">,
  config: Values,
): JobPosting | undefined {
  const { manifest, jobPosting } = adapter;
  if (jobPosting?.way !== "choice") return jobPosting;
  const { posting } = manifest;
  if (!posting || !("kind" in posting)) return undefined;
  return chosen(manifest, { field: posting.field, options: jobPosting.options }, config);
}
