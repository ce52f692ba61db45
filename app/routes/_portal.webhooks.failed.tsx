import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { DeliveriesTable } from "#app/components/webhooks/deliveries-table.tsx";
import { DeliveryFilters } from "#app/components/webhooks/delivery-filters.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { failedPage } from "#app/services/delivery-page.server.ts";
import { replayFrom } from "#app/services/delivery-replay.server.ts";
import { requireWholeVisitor } from "#app/services/webhook-visitors.server.ts";

export const meta = () => [{ title: "Failed deliveries · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireWholeVisitor(request, "webhooks:read");
  return orRefuse(() => failedPage(actor, new URL(request.url).searchParams));
}

/** Sends one delivery again, or the ticked ones. */
export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireWholeVisitor(request, "webhooks:manage");
  const here = `/webhooks/failed${new URL(request.url).search}`;
  const form = await request.formData();
  const done = await orExplain(() => replayFrom(actor, null, form, here));
  if (done === null) return redirectWithMessage(here, { tone: "bad", title: "This button does nothing." });
  if (isRefusal(done)) return redirectWithMessage(here, { tone: "bad", title: done.message });
  return redirectWithMessage(done.to, done.message);
}

export default function FailedDeliveries() {
  const { deliveries, olderHref, filters, endpoints, types, canManage } = useLoaderData<typeof loader>();
  const filtered = Object.values(filters).some((value) => value !== "");
  const none = deliveries.length === 0 && !filtered && !olderHref;
  return (
    <>
      <PageHead
        title="Failed deliveries"
        sentence={
          none
            ? "No delivery ran out of attempts."
            : "What ran out of attempts, over all endpoints. It leaves this list when it is sent again."
        }
        crumbs={[{ to: "/webhooks", label: "Webhooks" }, { label: "Failed deliveries" }]}
      />
      <div className="grid gap-4">
        <DeliveryFilters filters={filters} types={types} endpoints={endpoints} />
        <DeliveriesTable
          several
          deliveries={deliveries}
          older={olderHref}
          canReplay={canManage}
          empty={
            filtered
              ? "No failed delivery matches. Clear a filter."
              : "A delivery comes here after its last attempt, to be sent again."
          }
        />
      </div>
    </>
  );
}
