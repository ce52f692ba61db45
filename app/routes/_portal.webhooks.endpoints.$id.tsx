import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, type MetaFunction, Outlet, useLoaderData, useLocation } from "@remix-run/react";
import { Send } from "lucide-react";
import { Button } from "#app/components/ui/button.tsx";
import { Select } from "#app/components/ui/input.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Tabs } from "#app/components/ui/tabs.tsx";
import { Address } from "#app/components/webhooks/address.tsx";
import { endpointTabs } from "#app/components/webhooks/endpoint-tabs.ts";
import { endpointSentence, endpointWord, shortUrl } from "#app/components/webhooks/words.ts";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { endpointPage, steerEndpoint } from "#app/services/endpoint-page.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data ? shortUrl(data.endpoint.url) : "Endpoint"} · Patchbay` },
];

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:read", params.id);
  return orRefuse(() => endpointPage(actor, params.id ?? ""));
}

/** Test event, switch on and off, delete: from any tab. */
export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  const form = await request.formData();
  const done = await orExplain(() => steerEndpoint(actor, params.id ?? "", form));
  if (!isRefusal(done)) return redirectWithMessage(done.to, done.message);
  return redirectWithMessage(`/webhooks/endpoints/${params.id ?? ""}`, { tone: "bad", title: done.message });
}

export default function EndpointPage() {
  const { endpoint, waiting, types, canManage } = useLoaderData<typeof loader>();
  const { pathname } = useLocation();
  const base = `/webhooks/endpoints/${endpoint.id}`;
  const test = (
    <Form method="post" action={base} className="flex flex-wrap gap-2">
      <Select
        name="type"
        aria-label="Event to test with"
        className="w-48"
        options={types.map(({ type }) => ({ value: type, label: type }))}
      />
      <Button name="intent" value="test" icon={Send}>
        Send test event
      </Button>
    </Form>
  );
  return (
    <>
      <PageHead
        title={<Address url={endpoint.url} />}
        state={<StateLabel state={endpointWord(endpoint.state)} pill />}
        sentence={endpointSentence(endpoint, waiting)}
        crumbs={[{ to: "/webhooks", label: "Webhooks" }, { label: new URL(endpoint.url).host }]}
        buttons={canManage && endpoint.state !== "off" ? test : undefined}
      />
      <Tabs label="Endpoint" tabs={endpointTabs(endpoint.id, pathname)} />
      <Outlet />
    </>
  );
}
