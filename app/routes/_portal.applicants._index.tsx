import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Users } from "lucide-react";
import { ApplicantTable } from "#app/components/applicants/applicant-table.tsx";
import { applicationStatusWords } from "#app/components/applicants/application-state.tsx";
import { SourceTable } from "#app/components/applicants/source-table.tsx";
import { withQuery } from "#app/components/jobs/query.ts";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { Card } from "#app/components/ui/card.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { FilterBar } from "#app/components/ui/filter-bar.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { Pagination } from "#app/components/ui/pagination.tsx";
import { cursorOf, listApplicants, sourcesOf } from "#app/services/applicant-list.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { idOf } from "#app/services/search-text.ts";
import { sourceMarks } from "#app/services/source-marks.ts";

export const meta: MetaFunction = () => [{ title: "Applicants · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "applications:read");
  const query = new URL(request.url).searchParams;
  const text = (name: string) => (query.get(name) ?? "").slice(0, 200);
  const filter = { q: text("q"), job: idOf(query.get("job")) ?? "", source: text("source"), status: text("status") };
  const after = cursorOf(query.get("after"));
  const { job, ...rest } = filter;
  const found = await listApplicants(actor, { ...rest, ...(job ? { jobId: job } : {}), ...(after ? { after } : {}) });
  const sources = await sourcesOf(actor);
  const marks = sourceMarks([...found.sources, ...sources.map((row) => row.source)]);
  return { found, summary: sources, marks, filter };
}

export default function Applicants() {
  const { found, summary, marks, filter } = useLoaderData<typeof loader>();
  const filtered = Object.values(filter).some((value) => value !== "");
  const recent = summary.reduce((sum, row) => sum + row.applied, 0);
  const known = recent - (summary.find((row) => row.source === "unknown")?.applied ?? 0);
  const share = recent > 0 ? `, ${Math.round((known / recent) * 100)}%,` : "";
  const choice = (name: string, label: string, value: string, options: { value: string; label: string }[]) => ({
    ...{ name, label, value },
    options: [{ value: "", label }, ...options],
  });
  const selects = [
    choice(
      "job",
      "All jobs",
      filter.job,
      found.jobs.map(({ id, title }) => ({ value: id, label: title })),
    ),
    choice(
      "source",
      "All sources",
      filter.source,
      found.sources.map((source) => ({ value: source, label: marks[source]?.name ?? source })),
    ),
    choice(
      "status",
      "All stages",
      filter.status,
      Object.entries(applicationStatusWords).map(([value, label]) => ({ value, label })),
    ),
  ];
  return (
    <>
      <PageHead
        title="Applicants"
        sentence={recent > 0 && `${recent} in the last 30 days. We know where ${known} of them${share} came from.`}
      />
      {found.total === 0 && !filtered ? (
        <EmptyState
          icon={Users}
          title="Nobody has applied yet"
          actions={<ButtonLink to="/jobs">Go to jobs</ButtonLink>}
        >
          Open a job: its page takes applications at once, and every board that carries it leads there.
        </EmptyState>
      ) : (
        <div className="grid gap-4">
          <SourceTable sources={summary} marks={marks} />
          <div>
            <FilterBar searchLabel="Name or e-mail" search={filter.q} selects={selects} />
            <Card label="Applicants, newest first" className="mt-3">
              <ApplicantTable
                applicants={found.applicants}
                marks={marks}
                empty="Nobody matches. Clear the search or choose another filter."
              />
              <Pagination
                label="Pages"
                counts={`${found.applicants.length} of ${found.total}`}
                older={found.older ? withQuery(filter, { after: found.older }) : undefined}
              />
            </Card>
          </div>
        </div>
      )}
    </>
  );
}
