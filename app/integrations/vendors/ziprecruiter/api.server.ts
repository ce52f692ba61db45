import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx } from "../../contract/ctx.ts";
import type { manifest } from "./manifest.ts";

export type ZipRecruiterCtx = Ctx<ConfigOf<typeof manifest>>;

const JOBS = "https://api.ziprecruiter.com/partner/v0/job";

/** The address of one job; without an id, of all. Ids are percent-encoded beyond the unreserved set. */
export function jobUrl(id?: string): string {
  return id === undefined ? JOBS : `${JOBS}/${encodeURIComponent(id)}`;
}
