import { type ActionFunctionArgs, type LoaderFunctionArgs, redirect, redirectDocument } from "@remix-run/node";
import { type MetaFunction, useLoaderData } from "@remix-run/react";
import { ConnectWizard } from "#app/components/connections/connect-wizard.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { Tile } from "#app/components/ui/tile.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { wizard } from "#app/services/connect-wizard.server.ts";
import { takeWizardStep } from "#app/services/connect-wizard-step.server.ts";
import { vendorOf } from "#app/services/connections.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `Connect ${data?.vendor.name ?? "a tool"} · Patchbay` },
];

const connectionOf = (request: Request) => new URL(request.url).searchParams.get("connection");

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  // Your own systems are no vendor to sign in to: they are endpoints, with pages of their own.
  if (params.vendor === "webhooks") throw redirect("/webhooks");
  return orRefuse(() => wizard(actor, params.vendor ?? "", connectionOf(request)));
}

/** One step: it leads on, to the vendor, or stays and says why. */
export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const vendorId = params.vendor ?? "";
  const form = await request.formData();
  const step = await orExplain(() => takeWizardStep(actor, vendorId, connectionOf(request), form));
  if (isRefusal(step)) {
    for (const field of vendorOf(vendorId).fields) if (field.kind === "secret") form.delete(field.key);
    return refused(step, form);
  }
  switch (step.kind) {
    case "consent":
      return redirectDocument(`/oauth/${vendorId}/authorize?connection=${step.connectionId}`);
    case "next": {
      const next = `/integrations/connect/${vendorId}?connection=${step.connectionId}`;
      return step.message === undefined ? redirect(next) : redirectWithMessage(next, step.message);
    }
    case "done":
      return redirectWithMessage(`/integrations/${step.connectionId}`, step.message);
  }
}

export default function Connect() {
  const data = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const { vendor, connection } = data;
  const verb = connection?.state === "needs_reconnect" ? "Reconnect" : "Connect";
  return (
    <>
      <PageHead
        title={`${verb} ${vendor.name}`}
        tile={<Tile name={vendor.name} logo={vendor.vendorId} color={vendor.color} size="lg" />}
        sentence="About 3 minutes. You can leave and come back. Nothing is switched on before the test has passed."
        crumbs={[{ to: "/integrations", label: "Integrations" }, { label: `${verb} ${vendor.name}` }]}
      />
      <ConnectWizard data={data} answer={answer && "message" in answer ? answer : null} />
    </>
  );
}
