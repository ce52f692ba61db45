import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { RefusalNote, refusalIn } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { SecretOnce } from "#app/components/webhooks/secret-once.tsx";
import { SecretsCard } from "#app/components/webhooks/secrets-card.tsx";
import { isRefusal, orExplain, orRefuse, refused } from "#app/platform/respond.server.ts";
import { getEndpoint, listSecrets, rotateSecret } from "#app/services/endpoints.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  const id = params.id ?? "";
  const [endpoint, secrets] = await orRefuse(() => Promise.all([getEndpoint(actor, id), listSecrets(actor, id)]));
  return { secrets, legacy: endpoint.legacySignature };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  const form = await request.formData();
  const kind = form.get("kind") === "legacy" ? "legacy" : "standard";
  const old = form.get("old") === "end-now" ? "end-now" : "overlap";
  const made = await orExplain(() => rotateSecret(actor, params.id ?? "", kind, old));
  return isRefusal(made) ? refused(made) : { kind, secret: made };
}

export default function EndpointSecrets() {
  const { secrets, legacy } = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const made = answer && "secret" in answer ? answer : null;
  return (
    <div className="grid gap-4">
      <RefusalNote refusal={refusalIn(answer)} />
      {made && <SecretOnce {...(made.kind === "legacy" ? { legacySecret: made.secret } : { secret: made.secret })} />}
      <SecretsCard kind="standard" secrets={secrets.filter((one) => one.kind === "standard")} />
      {legacy && <SecretsCard kind="legacy" secrets={secrets.filter((one) => one.kind === "legacy")} />}
    </div>
  );
}
