import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { dependentsOf } from "#app/components/connections/dependents.ts";
import { Freshness, HeldDeletions, PushSwitch, Rejects } from "#app/components/connections/freshness.tsx";
import { ConnectionIssue } from "#app/components/connections/issue.tsx";
import { RefusalNote } from "#app/components/people/refusal-note.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { KeyValue } from "#app/components/ui/key-value.tsx";
import { Sparkline } from "#app/components/ui/sparkline.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { connectionHead, connectionOverview } from "#app/services/connection-page.server.ts";
import { steerSync } from "#app/services/connection-sync.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:read");
  const id = params.id ?? "";
  return orRefuse(async () => ({ head: await connectionHead(actor, id), ...(await connectionOverview(actor, id)) }));
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const id = params.id ?? "";
  const form = await request.formData();
  const said = await orExplain(() => steerSync(actor, id, form));
  if (isRefusal(said)) return refused(said);
  return redirectWithMessage(`/integrations/${id}`, said);
}

export default function Overview() {
  const page = useLoaderData<typeof loader>();
  const answer = useActionData<typeof action>();
  const runs = page.head.state === "active" || page.head.state === "degraded";
  const dependents = dependentsOf(page.dependents);
  const calls = page.bars.reduce((sum, bar) => sum + bar.total, 0);
  return (
    <div className="cols">
      <div className="col">
        <RefusalNote refusal={answer && "message" in answer ? answer : null} />
        <HeldDeletions held={page.held} vendor={page.head.vendor.name} />
        {page.issues.map((issue) => (
          <ConnectionIssue key={issue.id} issue={issue} said={page.head.sentence} />
        ))}
        <Freshness rows={page.freshness} syncs={page.syncs} runs={runs} />
        <Rejects rejects={page.rejects} />
      </div>
      <div className="col-side">
        <Card labelledBy="calls">
          <CardHeader id="calls" title="Last 14 days" />
          <CardBody className="grid gap-3">
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
        {page.push !== null && <PushSwitch push={page.push} vendor={page.head.vendor.name} />}
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
