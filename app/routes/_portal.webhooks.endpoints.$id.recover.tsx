import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Note } from "#app/components/ui/note.tsx";
import { RecoverForm } from "#app/components/webhooks/recover-form.tsx";
import { PastRecoveries, RunningRecovery } from "#app/components/webhooks/recoveries-card.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { steerEndpoint } from "#app/services/endpoint-page.server.ts";
import { recoverPageData } from "#app/services/recoveries.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:read", params.id);
  return orRefuse(() => recoverPageData(actor, params.id ?? ""));
}

/** Starts a recovery, or stops the one that runs. */
export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  const form = await request.formData();
  const done = await orExplain(() => steerEndpoint(actor, params.id ?? "", form));
  if (!isRefusal(done)) return redirectWithMessage(done.to, done.message);
  return redirectWithMessage(`/webhooks/endpoints/${params.id ?? ""}/recover`, { tone: "bad", title: done.message });
}

export default function EndpointRecover() {
  const { recoveries, endpoint, types, recoverable, canManage } = useLoaderData<typeof loader>();
  const running = recoveries.find((row) => row.state === "running");
  const off = endpoint.state === "off";
  return (
    <div className="grid gap-4">
      {off && (
        <Note tone="warn">The endpoint is switched off. Switch it on under Settings, and send what it missed.</Note>
      )}
      {running && <RunningRecovery recovery={running} canManage={canManage} />}
      {canManage && !off && !running && (
        <RecoverForm missedSince={endpoint.missedSince} types={types} recoverable={recoverable} />
      )}
      <PastRecoveries recoveries={recoveries.filter((row) => row !== running)} />
    </div>
  );
}
