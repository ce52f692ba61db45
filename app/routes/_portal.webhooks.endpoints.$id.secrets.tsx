import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { RefusalNote, refusalIn } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { SecretOnce } from "#app/components/webhooks/secret-once.tsx";
import { SecretsCard } from "#app/components/webhooks/secrets-card.tsx";
import { isRefusal, orExplain, orRefuse, refused } from "#app/platform/respond.server.ts";
import { secretKindOf } from "#app/services/endpoint-secrets.server.ts";
import { endpointProofs, listSecrets, revokeSecret, rotateSecret } from "#app/services/endpoints.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  const id = params.id ?? "";
  return orRefuse(async () => {
    const [secrets, proofs] = await Promise.all([listSecrets(actor, id), endpointProofs(actor, [id])]);
    return { secrets, publicKeys: proofs.get(id)?.publicKeys ?? [] };
  });
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  const form = await request.formData();
  const ends = form.get("end");
  if (typeof ends === "string") {
    const ended = await orExplain(() => revokeSecret(actor, params.id ?? "", ends));
    return isRefusal(ended) ? refused(ended) : { ended: ends };
  }
  const kind = secretKindOf(form.get("kind"));
  const old = form.get("old") === "end-now" ? "end-now" : "overlap";
  const made = await orExplain(() => rotateSecret(actor, params.id ?? "", kind, old));
  return isRefusal(made) ? refused(made) : { kind, secret: made };
}

export default function EndpointSecrets() {
  const { secrets, publicKeys } = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const made = answer && "secret" in answer && answer.secret !== undefined ? answer : null;
  return (
    <div className="grid gap-4">
      <RefusalNote refusal={refusalIn(answer)} />
      {made && made.kind !== "ed25519" && (
        <SecretOnce {...(made.kind === "legacy" ? { legacySecret: made.secret } : { secret: made.secret })} />
      )}
      {(["standard", "ed25519", "legacy"] as const).map((kind) => {
        const own = secrets.filter((one) => one.kind === kind);
        return own.length > 0 && <SecretsCard key={kind} kind={kind} secrets={own} publicKeys={publicKeys} />;
      })}
    </div>
  );
}
