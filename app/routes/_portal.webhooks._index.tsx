import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { BookOpen, CircleX, Inbox, Plus, UserRoundPlus, Webhook } from "lucide-react";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { MenuLink } from "#app/components/ui/menu.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { EndpointsTable } from "#app/components/webhooks/endpoints-table.tsx";
import { endpointsSentence } from "#app/components/webhooks/words.ts";
import { endpointFigures } from "#app/services/endpoint-figures.server.ts";
import { listEndpoints } from "#app/services/endpoints.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export const meta = () => [{ title: "Webhooks · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:read");
  const endpoints = await listEndpoints(actor);
  const figures = await endpointFigures(
    actor,
    endpoints.map(({ id }) => id),
  );
  const rows = endpoints.flatMap((row) => {
    const own = figures.get(row.id);
    return own ? [{ ...row, figures: own }] : [];
  });
  const canManage = actor.permissions.has("webhooks:manage");
  const whole = !actor.guest?.endpointId;
  return { rows, whole, canAdd: canManage && whole, canInvite: canManage && !actor.guest };
}

export default function Webhooks() {
  const { rows, whole, canAdd, canInvite } = useLoaderData<typeof loader>();
  const add = (
    <ButtonLink to="/webhooks/new" variant="primary" icon={Plus}>
      Add endpoint
    </ButtonLink>
  );
  return (
    <>
      <PageHead
        title="Webhooks"
        sentence={endpointsSentence(rows)}
        buttons={
          <>
            <ButtonLink to="/webhooks/events" icon={BookOpen}>
              Event catalogue
            </ButtonLink>
            {canAdd && add}
          </>
        }
        more={
          whole && (
            <>
              <MenuLink to="/webhooks/failed" icon={CircleX}>
                Failed deliveries
              </MenuLink>
              <MenuLink to="/webhooks/receive" icon={Inbox}>
                Receive here
              </MenuLink>
              {canInvite && (
                <MenuLink to="/webhooks/guests" icon={UserRoundPlus}>
                  Guest links
                </MenuLink>
              )}
            </>
          )
        }
      />
      {rows.length === 0 ? (
        <EmptyState icon={Webhook} title="No endpoints yet">
          Give us an https address of your own system. Every delivery is signed, tried for a day, and kept here with its
          answer.
        </EmptyState>
      ) : (
        <EndpointsTable endpoints={rows} />
      )}
    </>
  );
}
