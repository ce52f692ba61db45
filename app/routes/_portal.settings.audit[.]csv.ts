import { Readable } from "node:stream";
import { createReadableStreamFromReadable, type LoaderFunctionArgs } from "@remix-run/node";
import { orRefuse } from "#app/platform/respond.server.ts";
import { exportAudit } from "#app/services/audit.server.ts";
import { auditFilterOf } from "#app/services/audit-filter.server.ts";
import { requireMember } from "#app/services/people.server.ts";

/** The audit log as the page filters it, as one file, streamed. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { actor, employer } = await requireMember(request, "settings:manage");
  const lines = await orRefuse(() => exportAudit(actor, auditFilterOf(new URL(request.url)).filter));
  return new Response(createReadableStreamFromReadable(Readable.from(lines)), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="audit-${employer.slug}.csv"`,
      "cache-control": "no-store",
    },
  });
}
