import type { LoaderFunctionArgs } from "@remix-run/node";
import { download } from "#app/platform/download.server.ts";
import { orRefuse } from "#app/platform/respond.server.ts";
import { openLink } from "#app/services/document-links.server.ts";

/** One candidate's file for whoever was given a signed link in the last minutes. */
export async function loader({ params }: LoaderFunctionArgs) {
  return download(await orRefuse(() => openLink(params.link ?? "")));
}
