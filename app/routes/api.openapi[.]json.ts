import type { LoaderFunctionArgs } from "@remix-run/node";
import { ownUrl } from "#app/platform/caller.server.ts";
import { openApi } from "#app/services/api/openapi.server.ts";

/** The API's description, open to everyone. */
export const loader = ({ request }: LoaderFunctionArgs) =>
  Response.json(openApi(ownUrl(request)), { headers: { "access-control-allow-origin": "*" } });
