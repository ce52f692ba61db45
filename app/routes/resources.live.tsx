import type { LoaderFunctionArgs } from "@remix-run/node";
import { liveResponse } from "#app/services/live.server.ts";
import { requireMember } from "#app/services/people.server.ts";

/** The live line of one employer: says that something changed, never what it holds. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { employer } = await requireMember(request);
  return liveResponse(request, employer.id);
}
