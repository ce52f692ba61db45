import { type ActionFunctionArgs, data, type LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { refusalIn } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { EndpointEnd } from "#app/components/webhooks/endpoint-end.tsx";
import { EndpointForm } from "#app/components/webhooks/endpoint-form.tsx";
import { SecretOnce } from "#app/components/webhooks/secret-once.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { endpointForm, previewPayload, typedEndpoint } from "#app/services/endpoint-form.server.ts";
import { changedWords, endpointSettingsPage } from "#app/services/endpoint-page.server.ts";
import { updateEndpoint } from "#app/services/endpoints.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  return orRefuse(() => endpointSettingsPage(actor, params.id ?? ""));
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  const id = params.id ?? "";
  const form = await request.formData();
  const typed = typedEndpoint(form);
  if (form.get("intent") === "preview") return { preview: previewPayload(form), typed };
  const saved = await orExplain(() => updateEndpoint(actor, id, endpointForm(form)));
  if (isRefusal(saved)) return data({ ...saved, typed }, { status: 400 });
  if (saved.legacySecret !== null) return saved;
  return redirectWithMessage(`/webhooks/endpoints/${id}`, changedWords(saved.dropped));
}

export default function EndpointSettings() {
  const { endpoint, types, values } = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const typed = answer && "typed" in answer ? { ...answer.typed, certificate: values.certificate } : null;
  return (
    <div className="grid gap-4">
      {answer && "legacySecret" in answer && <SecretOnce legacySecret={answer.legacySecret} />}
      <EndpointForm
        types={types}
        values={typed ?? values}
        preview={answer && "preview" in answer ? answer.preview : null}
        refusal={refusalIn(answer)}
        submit="Save"
        cancel={`/webhooks/endpoints/${endpoint.id}`}
      />
      <EndpointEnd endpoint={endpoint} />
    </div>
  );
}
