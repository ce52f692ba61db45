import type { ActionFunctionArgs } from "@remix-run/node";
import { PublicCard } from "#app/components/people/public-card.tsx";
import { assertSameOrigin } from "#app/platform/caller.server.ts";
import { clearGuest } from "#app/platform/guest-cookie.server.ts";
import { orRefuse, redirectWithCookies } from "#app/platform/respond.server.ts";

export const meta = () => [{ title: "Webhooks by link · Patchbay" }];

/** Forgets the guest's link in this browser. */
export async function action({ request }: ActionFunctionArgs) {
  await orRefuse(async () => assertSameOrigin(request));
  return redirectWithCookies("/portal", [await clearGuest()]);
}

export default function PortalEnd() {
  return (
    <PublicCard title="You are not in" sentence="You left, or your link has ended.">
      <p>Open your link again while it is in force, or ask the person who sent it for a new one.</p>
    </PublicCard>
  );
}
