import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Inbox } from "lucide-react";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { InboxRequestCard } from "#app/components/webhooks/inbox-request.tsx";
import { InboxSettings } from "#app/components/webhooks/inboxes.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { inboxPage, steerInbox } from "#app/services/inbox-page.server.ts";
import { requireWholeVisitor } from "#app/services/webhook-visitors.server.ts";

export const meta = () => [{ title: "Receive here · Patchbay" }];

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireWholeVisitor(request, "webhooks:read");
  return orRefuse(() => inboxPage(actor, params.id ?? ""));
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireWholeVisitor(request, "webhooks:manage");
  const form = await request.formData();
  const done = await orExplain(() => steerInbox(actor, params.id ?? "", form));
  if (isRefusal(done))
    return redirectWithMessage(`/webhooks/receive/${params.id ?? ""}`, { tone: "bad", title: done.message });
  return redirectWithMessage(done.to, done.message);
}

export default function InboxPage() {
  const { inbox, requests, verified, endpoint, answers, canManage } = useLoaderData<typeof loader>();
  const sentence =
    requests.length === 0
      ? "Nothing has arrived in the last 24 hours."
      : `${requests.length} arrived in the last 24 hours, ${verified} with a right signature.`;
  return (
    <>
      <PageHead
        title={inbox.name}
        sentence={sentence}
        crumbs={[
          { to: "/webhooks", label: "Webhooks" },
          { to: "/webhooks/receive", label: "Receive here" },
          { label: inbox.name },
        ]}
      />
      <div className="grid gap-4">
        <InboxSettings inbox={inbox} endpoint={endpoint} answers={answers} canManage={canManage} />
        {requests.map((one) => (
          <InboxRequestCard key={one.id} request={one} />
        ))}
        {requests.length === 0 && (
          <EmptyState icon={Inbox} title="Nothing here yet">
            Post to the address above, or send a test event to an endpoint that has it. The newest 50 requests of a day
            show here.
          </EmptyState>
        )}
      </div>
    </>
  );
}
