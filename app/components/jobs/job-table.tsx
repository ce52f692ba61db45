import { Link } from "@remix-run/react";
import { type StateOf, stateWord } from "#app/components/state-vocabulary.ts";
import { Count } from "#app/components/ui/money.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { type Column, Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";
import type { RemoteKind } from "#app/integrations/contract/domain.ts";
import { JobState, type JobStatus } from "./job-state.tsx";
import { type Place, placesWords } from "./words.ts";

export interface JobRow {
  id: string;
  title: string;
  status: JobStatus;
  departments: readonly string[];
  locations: readonly Place[];
  remote: RemoteKind;
  openings: number;
  ats: string | null;
  applicants: number;
  postings: Readonly<Partial<Record<StateOf<"posting">, number>>>;
  updatedAt: Date;
}

/** What needs a person comes first; then what moves; then what stands. */
const ORDER: readonly StateOf<"posting">[] = [
  "still_up",
  "rejected",
  "your_step",
  "expiring",
  "validating",
  "queued",
  "in_review",
  "live",
  "draft",
  "closed",
];

/** How a job's boards stand: at most two states with their counts. */
function Boards({ postings }: { postings: JobRow["postings"] }) {
  const present = ORDER.filter((state) => postings[state]);
  if (present.length === 0) return <span className="text-muted">Not posted</span>;
  return (
    <span className="flex flex-wrap gap-x-3">
      {present.slice(0, 2).map((state) => {
        const word = stateWord("posting", state);
        return <StateLabel key={state} state={{ ...word, word: `${postings[state]} ${word.word.toLowerCase()}` }} />;
      })}
    </span>
  );
}

const columns: readonly Column<JobRow>[] = [
  {
    head: "Job",
    cell: (job) => (
      <>
        <Link to={`/jobs/${job.id}`}>{job.title}</Link>
        <small className="block text-muted font-normal">
          {placesWords(job)} · {job.openings === 1 ? "1 opening" : `${job.openings} openings`}
        </small>
      </>
    ),
  },
  { head: "Status", cell: (job) => <JobState status={job.status} /> },
  { head: "Boards", cell: (job) => <Boards postings={job.postings} /> },
  { head: "From", cell: (job) => <span className="text-muted">{job.ats ?? "Written here"}</span> },
  {
    head: "Applicants",
    num: true,
    cell: (job) =>
      job.applicants > 0 ? (
        <Link
          className="link"
          to={`/applicants?job=${job.id}`}
          aria-label={`${job.applicants} applicants of ${job.title}`}
        >
          <Count value={job.applicants} />
        </Link>
      ) : (
        "0"
      ),
  },
  { head: "Changed", num: true, cell: (job) => <Time at={job.updatedAt} className="text-muted" /> },
];

/** The list of jobs. */
export function JobTable({ jobs, empty }: { jobs: readonly JobRow[]; empty: string }) {
  return <Table label="Jobs" columns={columns} rows={jobs} rowKey={(job) => job.id} empty={empty} />;
}
