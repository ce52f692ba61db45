import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { refusalIn } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { EndpointEnd } from "#app/components/webhooks/endpoint-end.tsx";
import { EndpointForm } from "#app/components/webhooks/endpoint-form.tsx";
import { SecretOnce } from "#app/components/webhooks/secret-once.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { endpointForm } from "#app/services/endpoint-form.server.ts";
import { endpointPage } from "#app/services/endpoint-page.server.ts";
import { updateEndpoint } from "#app/services/endpoints.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  return orRefuse(() => endpointPage(actor, params.id ?? ""));
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  const id = params.id ?? "";
  const form = await request.formData();
  const saved = await orExplain(() => updateEndpoint(actor, id, endpointForm(form)));
  if (isRefusal(saved)) return refused(saved, form);
  if (saved.legacySecret === null) return redirectWithMessage(`/webhooks/endpoints/${id}`, "The endpoint is changed.");
  return saved;
}

export default function EndpointSettings() {
  const { endpoint, types } = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  return (
    <div className="grid gap-4">
      {answer && "legacySecret" in answer && <SecretOnce legacySecret={answer.legacySecret} />}
      <EndpointForm
        types={types}
        values={endpoint}
        refusal={refusalIn(answer)}
        submit="Save"
        cancel={`/webhooks/endpoints/${endpoint.id}`}
      />
      <EndpointEnd endpoint={endpoint} />
    </div>
  );
}
