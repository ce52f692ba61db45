import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { dependentsOf } from "#app/components/connections/dependents.ts";
import { Freshness } from "#app/components/connections/freshness.tsx";
import { ConnectionIssue } from "#app/components/connections/issue.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { KeyValue } from "#app/components/ui/key-value.tsx";
import { Sparkline } from "#app/components/ui/sparkline.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { orRefuse } from "#app/platform/respond.server.ts";
import { connectionOverview } from "#app/services/connection-page.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:read");
  return orRefuse(() => connectionOverview(actor, params.id ?? ""));
}

export default function Overview() {
  const page = useLoaderData<typeof loader>();
  const dependents = dependentsOf(page.dependents);
  const calls = page.bars.reduce((sum, bar) => sum + bar.total, 0);
  return (
    <div className="cols">
      <div className="col">
        {page.issues.map((issue) => (
          <ConnectionIssue key={issue.id} issue={issue} />
        ))}
        <Freshness rows={page.freshness} />
      </div>
      <div className="col-side">
        <Card labelledBy="calls">
          <CardHeader id="calls" title="Last 14 days" />
          <CardBody>
            <Sparkline bars={page.bars} label={`${calls} calls in the last 14 days`} height={32} />
            <KeyValue
              pairs={[
                { label: "Succeeded", value: page.rate === null ? "No runs" : `${page.rate}% of ${calls}` },
                { label: "Last success", value: page.lastSuccessAt ? <Time at={page.lastSuccessAt} /> : "–" },
                { label: "Last test", value: page.lastTestedAt ? <Time at={page.lastTestedAt} /> : "–" },
                ...(page.signInEndsAt
                  ? [{ label: "Sign-in ends", value: <Time at={page.signInEndsAt} show="date" /> }]
                  : []),
              ]}
            />
          </CardBody>
        </Card>
        <Card labelledBy="dependents">
          <CardHeader id="dependents" title="What hangs on it" />
          <CardBody>
            {dependents.length === 0 ? (
              <p className="text-muted">Nothing yet.</p>
            ) : (
              <KeyValue pairs={dependents.map(({ label, count }) => ({ label, value: count }))} />
            )}
          </CardBody>
        </Card>
      </div>
    </div>
  );
}
