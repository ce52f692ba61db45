import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { AttemptsChart } from "#app/components/webhooks/attempts-chart.tsx";
import { DeliveriesTable } from "#app/components/webhooks/deliveries-table.tsx";
import { DeliveryFilters } from "#app/components/webhooks/delivery-filters.tsx";
import { SendAgain } from "#app/components/webhooks/send-again.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { deliveriesPage } from "#app/services/delivery-page.server.ts";
import { replayFrom } from "#app/services/delivery-replay.server.ts";
import { endpointPage, steerEndpoint } from "#app/services/endpoint-page.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:read", params.id);
  const search = new URL(request.url).searchParams;
  const [page, list] = await orRefuse(() =>
    Promise.all([endpointPage(actor, params.id ?? ""), deliveriesPage(actor, params.id ?? "", search)]),
  );
  return { ...list, figures: page.figures, types: page.types, canManage: page.canManage };
}

/** Sends one delivery again; the other buttons post to the layout, and here without script. */
export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage", params.id);
  const id = params.id ?? "";
  const here = `/webhooks/endpoints/${id}`;
  const form = await request.formData();
  const done = await orExplain(
    async () => (await replayFrom(actor, id, form, here)) ?? (await steerEndpoint(actor, id, form)),
  );
  if (isRefusal(done)) return redirectWithMessage(here, { tone: "bad", title: done.message });
  return redirectWithMessage(done.to, done.message);
}

export default function EndpointDeliveries() {
  const { deliveries, olderHref, filters, searchedDays, figures, types, canManage } = useLoaderData<typeof loader>();
  const filtered = Object.values(filters).some((value) => value !== "");
  return (
    <div className="grid gap-4">
      {figures && <AttemptsChart figures={figures} />}
      <DeliveryFilters filters={filters} types={types.map(({ type }) => type)} />
      {searchedDays !== null && (
        <p className="text-muted text-xs">
          Searched in the last {searchedDays} days. Choose a first day to look further back.
        </p>
      )}
      {canManage && deliveries.length > 0 && <SendAgain filters={filters} />}
      <DeliveriesTable
        deliveries={deliveries}
        older={olderHref}
        canReplay={canManage}
        empty={filtered ? "No delivery matches. Clear a filter." : "No deliveries yet. Send a test event to see one."}
      />
    </div>
  );
}
