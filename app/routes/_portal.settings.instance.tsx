import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData, useNavigation } from "@remix-run/react";
import { InstanceAppCard } from "#app/components/connections/instance-app.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { instanceApps } from "#app/services/instance-apps.server.ts";
import { steerInstanceApp } from "#app/services/instance-apps-steer.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export const meta = () => [{ title: "Instance · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "instance:manage");
  return { apps: await orRefuse(() => instanceApps(actor)) };
}

export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "instance:manage");
  const form = await request.formData();
  const said = await orExplain(() => steerInstanceApp(actor, form));
  const flash = isRefusal(said)
    ? { tone: "bad" as const, title: said.message }
    : { tone: said.ok ? ("ok" as const) : ("bad" as const), title: said.sentence.slice(0, 300) };
  return redirectWithMessage("/settings/instance", flash);
}

export default function InstancePage() {
  const { apps } = useLoaderData<typeof loader>();
  const busy = useNavigation().state === "submitting";
  return (
    <>
      <PageHead
        title="Instance"
        sentence="The apps by which this Patchbay signs in at vendors. Register each once, with exactly the address shown."
      />
      <div className="grid gap-4">
        {apps.map((app) => (
          <InstanceAppCard key={app.vendorId} app={app} busy={busy} />
        ))}
      </div>
    </>
  );
}
