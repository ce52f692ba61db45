import type { LoaderFunctionArgs } from "@remix-run/node";
import { ErrorPage } from "#app/components/error-page.tsx";
import { orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { finishConsent } from "#app/services/oauth.server.ts";
import { requireMember, requirePerson } from "#app/services/people.server.ts";

/** Where the vendor sends the browser back to: ends on the page that the sign-in was started from. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const { user, sessionId } = await requirePerson(request);
  const query = new URL(request.url).searchParams;
  const who = { actor, userId: user.id, sessionId };
  const { proof, returnTo } = await orRefuse(() => finishConsent(who, params.vendor ?? "", query));
  if (!proof.ok) return redirectWithMessage(returnTo, { tone: "bad", title: proof.message.slice(0, 300) });
  return redirectWithMessage(returnTo, `Signed in as ${proof.account.name}, and the test has passed.`);
}

export default function Callback() {
  return null;
}

export function ErrorBoundary() {
  return <ErrorPage />;
}
