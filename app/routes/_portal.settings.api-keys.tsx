import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { ApiKeyForm, ApiKeysTable, NewKey } from "#app/components/people/api-keys.tsx";
import { refusalIn } from "#app/components/people/refusal-note.tsx";
import { SettingsPage } from "#app/components/people/settings-page.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { keyScopes } from "#app/platform/permissions.ts";
import { isRefusal, orExplain, orRefuse, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "#app/services/api-keys.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export const meta = () => [{ title: "API keys · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor, user } = await requireMember(request, "api-keys:manage");
  const scopes = keyScopes.filter((scope) => actor.permissions.has(scope));
  return { keys: await listApiKeys(actor), scopes, instance: user.instanceAdmin, now: Date.now() };
}

export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "api-keys:manage");
  const form = await request.formData();
  if (form.get("intent") === "revoke") {
    await orRefuse(() => revokeApiKey(actor, String(form.get("keyId"))));
    return redirectWithMessage("/settings/api-keys", "Key ended. Programs that use it are refused from now on.");
  }
  const days = form.get("days") || null;
  const input = { name: form.get("name"), scopes: form.getAll("scopes"), days };
  const made = await orExplain(() => createApiKey(actor, input));
  return isRefusal(made) ? refused(made, form) : { made: made.key };
}

export default function ApiKeys() {
  const { keys, scopes, instance, now } = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const live = keys.filter((key) => !key.revokedAt && (!key.expiresAt || key.expiresAt.getTime() > now)).length;
  const sentence =
    live === 0 ? "No key is in force." : live === 1 ? "One key is in force." : `${live} keys are in force.`;
  return (
    <SettingsPage title="API keys" sentence={sentence} instance={instance}>
      {answer && "made" in answer && <NewKey value={answer.made} />}
      <ApiKeysTable keys={keys} now={now} />
      <ApiKeyForm scopes={scopes} refusal={refusalIn(answer)} />
    </SettingsPage>
  );
}
