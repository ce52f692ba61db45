import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { refusalIn } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { InboxesTable, InboxForm } from "#app/components/webhooks/inboxes.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { createInbox, listInboxes } from "#app/services/inboxes.server.ts";
import { requireWholeVisitor } from "#app/services/webhook-visitors.server.ts";

export const meta = () => [{ title: "Receive here · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireWholeVisitor(request, "webhooks:read");
  return { inboxes: await orRefuse(() => listInboxes(actor)), canManage: actor.permissions.has("webhooks:manage") };
}

export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireWholeVisitor(request, "webhooks:manage");
  const form = await request.formData();
  const made = await orExplain(() => createInbox(actor, { name: form.get("name") }));
  if (isRefusal(made)) return refused(made, form);
  return redirectWithMessage(`/webhooks/receive/${made.id}`, "The address is ready. What arrives shows below.");
}

export default function Receive() {
  const { inboxes, canManage } = useLoaderData<typeof loader>();
  const refusal = refusalIn(useAnswer<typeof action>());
  return (
    <>
      <PageHead
        title="Receive here"
        sentence="Addresses of Patchbay itself that show what arrives and whether its signature is right."
        crumbs={[{ to: "/webhooks", label: "Webhooks" }, { label: "Receive here" }]}
      />
      <div className="grid gap-4">
        <InboxesTable inboxes={inboxes} />
        {canManage && <InboxForm refusal={refusal} />}
      </div>
    </>
  );
}
