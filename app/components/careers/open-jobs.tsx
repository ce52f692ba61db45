import { Link } from "@remix-run/react";
import { SearchX } from "lucide-react";
import { Card } from "#app/components/ui/card.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { FilterBar } from "#app/components/ui/filter-bar.tsx";
import { JobFacts, type JobFactsData } from "./job-facts.tsx";

export interface ListedJob extends JobFactsData {
  id: string;
  slug: string;
  title: string;
}

interface OpenJobsProps {
  site: { name: string; slug: string };
  found: {
    jobs: readonly ListedJob[];
    departments: readonly string[];
    places: readonly string[];
    total: number;
    older: string | null;
  };
  search: { q: string; department: string; place: string; src: string };
}

const option = (label: string) => ({ value: label, label });
const query = (fields: Record<string, string>) => {
  const text = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== "")).toString();
  return text === "" ? "" : `?${text}`;
};

/** The list of open jobs with its filters; all of it links and one GET form. */
export function OpenJobs({ site, found, search }: OpenJobsProps) {
  const { src, ...filters } = search;
  const filtered = Object.values(filters).some((value) => value !== "");
  return (
    <>
      <FilterBar
        searchLabel="Search jobs"
        search={search.q}
        selects={[
          {
            name: "department",
            label: "Department",
            value: search.department,
            options: [{ value: "", label: "All departments" }, ...found.departments.map(option)],
          },
          {
            name: "place",
            label: "Place",
            value: search.place,
            options: [
              { value: "", label: "All places" },
              { value: "remote", label: "Remote" },
              ...found.places.map(option),
            ],
          },
        ]}
        keep={src ? { src } : {}}
      />
      {found.jobs.length === 0 ? (
        <EmptyState icon={SearchX} title={filtered ? "No job fits these filters" : "No open jobs right now"}>
          {filtered ? (
            <Link className="link" to={`/careers/${site.slug}${query({ src })}`}>
              Show all jobs
            </Link>
          ) : (
            "New jobs appear here as soon as they open."
          )}
        </EmptyState>
      ) : (
        <Card label={found.total === 1 ? "One open job" : `${found.total} open jobs`}>
          <ul className="job-list">
            {found.jobs.map((job) => (
              <li key={job.id}>
                <Link className="job-link" to={`/careers/${site.slug}/${job.slug}${query({ src })}`}>
                  <b>{job.title}</b>
                  <JobFacts job={{ ...job, publishedAt: null }} />
                </Link>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {found.older && (
        <p className="mt-4">
          <Link className="link" rel="next" to={query({ ...search, after: found.older })}>
            More jobs
          </Link>
        </p>
      )}
    </>
  );
}
