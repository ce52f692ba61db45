import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx, HttpRequest } from "../../contract/ctx.ts";
import type { manifest } from "./manifest.ts";

export type SlackCtx = Ctx<ConfigOf<typeof manifest>>;

/** A Web API call. The status is 200 also for failures: `ok` decides and `error` says why. */
export function method(name: string, request: Omit<HttpRequest, "url" | "okPath"> = {}): HttpRequest {
  return {
    method: "POST",
    ...request,
    url: `https://slack.com/api/${name}`,
    okPath: { path: "ok", errorPath: "error" },
  };
}
