import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, useActionData, useLoaderData } from "@remix-run/react";
import { PublicCard } from "#app/components/people/public-card.tsx";
import { RefusalNote } from "#app/components/people/refusal-note.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { isRefusal, orExplain, redirectWithCookies, refused } from "#app/platform/respond.server.ts";
import { optionalMember } from "#app/services/people.server.ts";
import { linkOfToken } from "#app/services/portal-links.server.ts";
import { openPortalLink } from "#app/services/webhook-visitors.server.ts";

export const meta = () => [{ title: "Webhooks by link · Patchbay" }, { name: "referrer", content: "same-origin" }];

/** Reading this page opens nothing: mail scanners follow links. The button does. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const link = await linkOfToken(params.token ?? "");
  return { expiresAt: link?.expiresAt ?? null, member: (await optionalMember(request))?.user.name ?? null };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const opened = await orExplain(() => openPortalLink(request, params.token ?? ""));
  return isRefusal(opened) ? refused(opened) : redirectWithCookies(opened.to, [opened.cookie]);
}

export default function PortalLinkPage() {
  const { expiresAt, member } = useLoaderData<typeof loader>();
  const refusal = useActionData<typeof action>();
  if (!expiresAt) {
    return (
      <PublicCard title="This link has ended" sentence="Links are short-lived, and whoever made one can end it.">
        <p>Ask the person who sent it for a new one.</p>
      </PublicCard>
    );
  }
  return (
    <PublicCard
      title="Webhooks by link"
      sentence="You need no account. The link opens the webhook pages and nothing else."
    >
      <RefusalNote refusal={refusal} />
      {member ? (
        <p>
          You are signed in as {member}, and see what your team may see. To see what a guest sees, open this address in
          a private window.
        </p>
      ) : (
        <Form method="post" className="grid gap-4">
          <p className="text-muted">
            It ends <Time at={expiresAt} show="datetime" />.
          </p>
          <div>
            <Button variant="primary">Open the webhooks</Button>
          </div>
        </Form>
      )}
    </PublicCard>
  );
}
