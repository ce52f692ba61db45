import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { refusalIn } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { GuestLinkForm, GuestLinks, NewGuestLink } from "#app/components/webhooks/guest-links.tsx";
import { shortUrl } from "#app/components/webhooks/words.ts";
import { ownUrl } from "#app/platform/caller.server.ts";
import { isRefusal, orExplain, orRefuse, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { portalUrl } from "#app/services/api/portal-links.server.ts";
import { listEndpoints } from "#app/services/endpoints.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import {
  createPortalLink,
  listPortalLinks,
  portalLinkForm,
  revokePortalLink,
} from "#app/services/portal-links.server.ts";

export const meta = () => [{ title: "Guest links · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "webhooks:manage");
  const [links, endpoints] = await Promise.all([listPortalLinks(actor), listEndpoints(actor)]);
  return { links, endpoints: endpoints.map(({ id, url }) => ({ id, label: shortUrl(url) })), now: Date.now() };
}

export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "webhooks:manage");
  const form = await request.formData();
  if (form.get("intent") === "revoke") {
    await orRefuse(() => revokePortalLink(actor, String(form.get("linkId"))));
    return redirectWithMessage("/webhooks/guests", "The link is ended. Whoever is inside is out with their next step.");
  }
  const made = await orExplain(() => createPortalLink(actor, portalLinkForm(form)));
  return isRefusal(made)
    ? refused(made, form)
    : { url: portalUrl(made.token, ownUrl(request)), expiresAt: made.expiresAt };
}

export default function GuestLinksPage() {
  const { links, endpoints, now } = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const live = links.filter((link) => !link.revokedAt && link.expiresAt.getTime() > now).length;
  return (
    <>
      <PageHead
        title="Guest links"
        sentence={
          live === 0 ? "No link is in force." : live === 1 ? "One link is in force." : `${live} links are in force.`
        }
        crumbs={[{ to: "/webhooks", label: "Webhooks" }, { label: "Guest links" }]}
      />
      <div className="grid gap-4">
        {answer && "url" in answer && <NewGuestLink url={answer.url} expiresAt={answer.expiresAt} />}
        <GuestLinkForm endpoints={endpoints} refusal={refusalIn(answer)} />
        <GuestLinks links={links} now={now} />
      </div>
    </>
  );
}
