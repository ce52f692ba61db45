import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Filter, Plus, Radio } from "lucide-react";
import { MatrixTable } from "#app/components/distribution/matrix-table.tsx";
import { summaryWords } from "#app/components/distribution/summary.ts";
import { JobTabs } from "#app/components/jobs/job-tabs.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardHeader } from "#app/components/ui/card.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { Pagination } from "#app/components/ui/pagination.tsx";
import { matrix } from "#app/services/distribution.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { idOf } from "#app/services/search-text.ts";

export const meta: MetaFunction = () => [{ title: "Distribution · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "jobs:read");
  const query = new URL(request.url).searchParams;
  const hideLive = query.get("live") === "hide";
  const after = idOf(query.get("after"));
  const found = await matrix(actor, { hideLive, ...(after ? { after } : {}) });
  return { ...found, hideLive, manages: actor.permissions.has("jobs:manage") };
}

export default function Distribution() {
  const { boards, jobs, counts, older, hideLive, manages } = useLoaderData<typeof loader>();
  const newJob = (
    <ButtonLink to="/jobs/new" variant="primary" icon={Plus}>
      New job
    </ButtonLink>
  );
  const filter = (
    <ButtonLink size="sm" icon={Filter} to={hideLive ? "?" : "?live=hide"}>
      {hideLive ? "Show all" : "Hide live"}
    </ButtonLink>
  );
  return (
    <>
      <PageHead title="Jobs" sentence={summaryWords(counts, boards.length)} buttons={manages && newJob} />
      <JobTabs current="/jobs/distribution" />
      {jobs.length === 0 && !hideLive ? (
        <EmptyState icon={Radio} title="No jobs yet" actions={manages && newJob}>
          Connect your ATS and the open jobs appear here within minutes, or write the first one by hand.
        </EmptyState>
      ) : (
        <Card className="matrix-card" labelledBy="matrix-title">
          <CardHeader id="matrix-title" title="Every job on every board" end={filter} />
          <MatrixTable jobs={jobs} boards={boards} />
          {jobs.length === 0 && <p className="p-4 text-muted">Everything that is out is live. Nothing waits.</p>}
          <Pagination
            label="Pages"
            counts={`${jobs.length} jobs shown`}
            older={older ? `?after=${older}${hideLive ? "&live=hide" : ""}` : undefined}
          />
        </Card>
      )}
    </>
  );
}
