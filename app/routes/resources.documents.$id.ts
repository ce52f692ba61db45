import type { LoaderFunctionArgs } from "@remix-run/node";
import { download } from "#app/platform/download.server.ts";
import { orRefuse } from "#app/platform/respond.server.ts";
import { findDocument, openDocument } from "#app/services/documents.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { needId } from "#app/services/search-text.ts";

/** One candidate's file for a signed-in person. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "applications:read");
  return download(await orRefuse(async () => openDocument(await findDocument(actor, needId(params.id)))));
}
