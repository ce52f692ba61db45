import { type ActionFunctionArgs, type LoaderFunctionArgs, redirectDocument } from "@remix-run/node";
import { useLoaderData, useNavigation } from "@remix-run/react";
import { SettingsForms } from "#app/components/connections/settings-forms.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { isRefusal, orExplain, orRefuse, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { connectionHead, connectionSettings } from "#app/services/connection-page.server.ts";
import { saveSettings } from "#app/services/connection-settings.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const id = params.id ?? "";
  return orRefuse(async () => ({
    head: await connectionHead(actor, id),
    settings: await connectionSettings(actor, id),
  }));
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const id = params.id ?? "";
  const form = await request.formData();
  const said = await orExplain(() => saveSettings(actor, id, form));
  if (isRefusal(said)) return refused(said);
  if ("signInAt" in said) return redirectDocument(said.signInAt);
  return redirectWithMessage(`/integrations/${id}/settings`, said.sentence);
}

export default function Settings() {
  const { head, settings } = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const busy = useNavigation().state === "submitting";
  return (
    <SettingsForms
      label={head.label}
      vendor={head.vendor.name}
      settings={settings}
      answer={answer && "message" in answer ? answer : null}
      busy={busy}
    />
  );
}
