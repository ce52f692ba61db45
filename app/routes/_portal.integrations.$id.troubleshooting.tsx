import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { BookOpen } from "lucide-react";
import { Markdown } from "#app/components/markdown.tsx";
import { Card, CardBody } from "#app/components/ui/card.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { orRefuse } from "#app/platform/respond.server.ts";
import { vendorGuide } from "#app/services/connection-page.server.ts";
import { getConnection } from "#app/services/connections.server.ts";
import { requireMember } from "#app/services/people.server.ts";

/** The vendor's own guide, as it lies beside its adapter. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:read");
  return orRefuse(async () => vendorGuide((await getConnection(actor, params.id ?? "")).vendorId));
}

export default function Troubleshooting() {
  const { readme, troubleshooting } = useLoaderData<typeof loader>();
  if (readme !== null)
    return (
      <Card label="Guide">
        <CardBody>
          <Markdown source={readme} />
        </CardBody>
      </Card>
    );
  if (troubleshooting.length === 0)
    return (
      <EmptyState icon={BookOpen} title="No guide yet">
        Nothing is known to go wrong here.
      </EmptyState>
    );
  return (
    <Card label="Guide">
      <CardBody>
        <dl className="grid gap-3">
          {troubleshooting.map((one) => (
            <div key={one.symptom}>
              <dt className="label">{one.symptom}</dt>
              <dd>{one.fix}</dd>
            </div>
          ))}
        </dl>
      </CardBody>
    </Card>
  );
}
