import type { LoaderFunctionArgs } from "@remix-run/node";
import { mayCollect, metricsText } from "#app/services/metrics.server.ts";

/** Figures for a collector that shows PATCHBAY_METRICS_TOKEN; without that setting there is no such address. */
export async function loader({ request }: LoaderFunctionArgs) {
  const headers = { "cache-control": "no-store", "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  const may = mayCollect(request.headers.get("authorization"));
  if (may === "off") return new Response("There is nothing here.\n", { status: 404, headers });
  if (may === "no")
    return new Response("Show the token of this instance.\n", {
      status: 401,
      headers: { ...headers, "www-authenticate": "Bearer" },
    });
  return new Response(await metricsText(), { headers });
}
