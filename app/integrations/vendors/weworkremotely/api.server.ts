import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx } from "../../contract/ctx.ts";
import type { manifest } from "./manifest.ts";

export type WeWorkRemotelyCtx = Ctx<ConfigOf<typeof manifest>>;

const BASE = "https://weworkremotely.com/api/v1/remote-jobs";

export const FEED = "https://weworkremotely.com/remote-jobs.rss";

export function listingUrl(id?: string): string {
  return id === undefined ? BASE : `${BASE}/${encodeURIComponent(id)}`;
}
