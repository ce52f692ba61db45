import { type ActionFunctionArgs, data, type LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { refusalIn } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { EndpointForm } from "#app/components/webhooks/endpoint-form.tsx";
import { SecretOnce } from "#app/components/webhooks/secret-once.tsx";
import { isRefusal, orExplain } from "#app/platform/respond.server.ts";
import { endpointForm, eventChoices, previewPayload, typedEndpoint } from "#app/services/endpoint-form.server.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { sandboxReceiver } from "#app/services/vendor-wire.server.ts";
import { requireWholeVisitor } from "#app/services/webhook-visitors.server.ts";

export const meta = () => [{ title: "Add endpoint · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { employer } = await requireWholeVisitor(request, "webhooks:manage");
  return { values: typedEndpoint(new FormData()), types: eventChoices(), receiver: sandboxReceiver(employer.slug) };
}

export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireWholeVisitor(request, "webhooks:manage");
  const form = await request.formData();
  const typed = typedEndpoint(form);
  if (form.get("intent") === "preview") return { preview: previewPayload(form), typed };
  const made = await orExplain(() => createEndpoint(actor, endpointForm(form)));
  return isRefusal(made) ? data({ ...made, typed }, { status: 400 }) : made;
}

export default function NewEndpoint() {
  const { values, types, receiver } = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const crumbs = [{ to: "/webhooks", label: "Webhooks" }, { label: "Add endpoint" }];
  if (answer && "id" in answer) {
    return (
      <>
        <PageHead title="The endpoint is ready" sentence="Everything it wants is sent from now on." crumbs={crumbs} />
        <SecretOnce secret={answer.secret} legacySecret={answer.legacySecret} />
        <div className="btns">
          <ButtonLink to={`/webhooks/endpoints/${answer.id}`} variant="primary">
            Open the endpoint
          </ButtonLink>
          <ButtonLink to={`/webhooks/endpoints/${answer.id}/code`}>See receiver code</ButtonLink>
        </div>
      </>
    );
  }
  return (
    <>
      <PageHead
        title="Add endpoint"
        sentence="We sign each delivery with a secret that you see once, right after this."
        crumbs={crumbs}
      />
      <EndpointForm
        types={types}
        receiver={receiver}
        values={answer && "typed" in answer ? answer.typed : values}
        preview={answer && "preview" in answer ? answer.preview : null}
        refusal={refusalIn(answer)}
        submit="Add endpoint"
        cancel="/webhooks"
      />
    </>
  );
}
