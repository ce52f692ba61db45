import type { LoaderFunctionArgs } from "@remix-run/node";
import { orRefuse } from "#app/platform/respond.server.ts";
import { readDocument } from "#app/services/documents.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { needId } from "#app/services/search-text.ts";

/** One candidate's file, always as a download and never as a page of this site. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "applications:read");
  const { fileName, contentType, body } = await orRefuse(() => readDocument(actor, needId(params.id)));
  const plain = fileName.replace(/[^\x20-\x7e]|["\\]/g, "_");
  return new Response(new Uint8Array(body), {
    headers: {
      "content-type": contentType,
      "content-length": String(body.byteLength),
      "content-disposition": `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(fileName)}`,
      "cache-control": "private, no-store",
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
    },
  });
}
