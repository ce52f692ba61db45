import { type LoaderFunctionArgs, redirect } from "@remix-run/node";
import { orRefuse } from "#app/platform/respond.server.ts";
import { beginConsent } from "#app/services/oauth.server.ts";
import { requireMember, requirePerson } from "#app/services/people.server.ts";

/** Leads to the vendor's consent page; the way back is bound to this session. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const { user, sessionId } = await requirePerson(request);
  const query = new URL(request.url).searchParams;
  const connectionId = query.get("connection");
  // Without a connection there is nothing to sign in for yet: the wizard makes one.
  if (!connectionId) return redirect(`/integrations/connect/${encodeURIComponent(params.vendor ?? "")}`);
  const back = query.get("return") ?? `/integrations/connect/${params.vendor}?connection=${connectionId}`;
  const url = await orRefuse(() => beginConsent({ actor, userId: user.id, sessionId }, connectionId, back));
  return redirect(url.href, { headers: { "cache-control": "no-store" } });
}
