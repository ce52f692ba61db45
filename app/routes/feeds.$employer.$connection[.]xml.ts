import type { LoaderFunctionArgs } from "@remix-run/node";
import { feedResponse } from "#app/services/feeds.server.ts";

/** The feed that a board crawls: public, conditional, streamed. */
export function loader({ request, params }: LoaderFunctionArgs) {
  return feedResponse(request, params.employer ?? "", params.connection ?? "");
}
