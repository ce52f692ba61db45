import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, useLoaderData, useSubmit } from "@remix-run/react";
import { InboundRequest } from "#app/components/inbound/inbound-request.tsx";
import { InboundTable, inboundChoices } from "#app/components/inbound/inbound-table.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { Select } from "#app/components/ui/input.tsx";
import { orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { replayInbound } from "#app/services/inbound-log.server.ts";
import { inboundPage } from "#app/services/inbound-page.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:read");
  return orRefuse(() => inboundPage(actor, params.id ?? "", new URL(request.url).searchParams));
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const id = params.id ?? "";
  const form = await request.formData();
  await orRefuse(() => replayInbound(actor, id, String(form.get("deliveryId") ?? "")));
  return redirectWithMessage(`/integrations/${id}/deliveries`, "It is processed again, as a delivery of its own.");
}

export default function ConnectionDeliveries() {
  const { lines, olderHref, state, counts, rhythm, shown, canManage } = useLoaderData<typeof loader>();
  const submit = useSubmit();
  return (
    <div className="grid gap-4">
      <p className="max-w-[76ch] text-muted">
        In the last 24 hours {counts.taken} came in and {counts.refused} {counts.refused === 1 ? "was" : "were"} turned
        away. What comes in is kept encrypted for at least 60 days.{rhythm && ` ${rhythm}`}
      </p>
      <Form method="get" className="filter-bar m-0!" onChange={(event) => submit(event.currentTarget)}>
        <Select
          key={state}
          name="state"
          aria-label="State"
          defaultValue={state}
          options={[{ value: "", label: "All states" }, ...inboundChoices]}
        />
        <noscript>
          <Button>Filter</Button>
        </noscript>
      </Form>
      {shown && <InboundRequest request={shown} />}
      <InboundTable
        lines={lines}
        hrefOf={(id) => `?show=${id}`}
        older={olderHref}
        canManage={canManage}
        empty={state ? "Nothing in this state. Clear the filter." : "Nothing has come in yet."}
      />
    </div>
  );
}
