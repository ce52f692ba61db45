import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Briefcase, Plus } from "lucide-react";
import { JobTable } from "#app/components/jobs/job-table.tsx";
import { JobTabs } from "#app/components/jobs/job-tabs.tsx";
import { withQuery } from "#app/components/jobs/query.ts";
import { jobStatusWords } from "#app/components/jobs/words.ts";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { Card } from "#app/components/ui/card.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { FilterBar } from "#app/components/ui/filter-bar.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { Pagination } from "#app/components/ui/pagination.tsx";
import { Chips } from "#app/components/ui/tabs.tsx";
import { listJobs } from "#app/services/job-list.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { idOf } from "#app/services/search-text.ts";

export const meta: MetaFunction = () => [{ title: "Jobs · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "jobs:read");
  const query = new URL(request.url).searchParams;
  const text = (name: string) => (query.get(name) ?? "").slice(0, 200);
  const filter = { q: text("q"), status: text("status"), department: text("department") };
  const after = idOf(query.get("after"));
  const found = await listJobs(actor, { ...filter, ...(after ? { after } : {}) });
  return { ...found, filter, manages: actor.permissions.has("jobs:manage") };
}

const statuses = ["open", "draft", "closed", "archived"] as const;

export default function Jobs() {
  const { jobs, counts, departments, older, filter, manages } = useLoaderData<typeof loader>();
  const total = statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  const newJob = (
    <ButtonLink to="/jobs/new" variant="primary" icon={Plus}>
      New job
    </ButtonLink>
  );
  const sentence = `${counts.open ?? 0} open, ${counts.draft ?? 0} in draft, ${counts.closed ?? 0} closed.`;
  const chips = [
    { to: withQuery(filter, { status: "" }), label: "All", count: total, current: filter.status === "" },
  ].concat(
    statuses.map((status) => ({
      to: withQuery(filter, { status }),
      label: jobStatusWords[status],
      count: counts[status] ?? 0,
      current: filter.status === status,
    })),
  );
  const selects = [
    {
      ...{ name: "department", label: "Department", value: filter.department },
      options: [{ value: "", label: "All departments" }, ...departments.map((name) => ({ value: name, label: name }))],
    },
  ];
  return (
    <>
      <PageHead title="Jobs" sentence={total > 0 ? sentence : undefined} buttons={manages && newJob} />
      <JobTabs current="/jobs" jobs={total} />
      {total === 0 ? (
        <EmptyState icon={Briefcase} title="No jobs yet" actions={manages && newJob}>
          Connect your ATS and the open jobs appear here within minutes, or write the first one by hand.
        </EmptyState>
      ) : (
        <>
          <FilterBar
            {...{ searchLabel: "Search jobs", search: filter.q, selects }}
            keep={filter.status ? { status: filter.status } : {}}
          />
          <Chips label="Status" chips={chips} />
          <Card label="Jobs" className="mt-3">
            <JobTable jobs={jobs} empty="No job matches. Clear the search or choose another status." />
            <Pagination
              label="Pages"
              counts={`${jobs.length} shown`}
              older={older ? withQuery(filter, { after: older }) : undefined}
            />
          </Card>
        </>
      )}
    </>
  );
}
