import { Link } from "@remix-run/react";
import { MapPin, Video } from "lucide-react";
import { Icon } from "#app/components/ui/icon.tsx";
import { State } from "#app/components/ui/state.tsx";
import { type Column, Table } from "#app/components/ui/table.tsx";

export interface InterviewRow {
  id: string;
  when: string;
  minutes: number;
  candidateName: string;
  title: string;
  jobTitle: string;
  interviewers: readonly string[];
  joinUrl: string | null;
  location: string | null;
  state: "booking" | "booked" | "moved" | "cancelling" | "cancelled" | "failed";
  note: string | null;
}

const columns: readonly Column<InterviewRow>[] = [
  {
    head: "When",
    cell: (row) => (
      <>
        <b className="nowrap">{row.when}</b>
        <small>{row.minutes} min</small>
      </>
    ),
  },
  {
    head: "Candidate",
    cell: (row) => (
      <>
        <Link to={`/interviews/${row.id}`}>
          <b className="m">{row.candidateName}</b>
        </Link>
        <small className="text-muted">
          {row.title.includes(row.jobTitle) ? row.title : `${row.title} · ${row.jobTitle}`}
        </small>
      </>
    ),
  },
  {
    head: "With",
    className: "i-with",
    cell: (row) => (
      <>
        <span>{row.interviewers.join(", ") || "Nobody yet"}</span>
        <small className="src text-muted">
          {row.location ? <Icon icon={MapPin} /> : <Icon icon={Video} />}
          {row.location ?? (row.joinUrl ? "Video" : "No link yet")}
        </small>
      </>
    ),
  },
  {
    head: "State",
    className: "i-inv",
    cell: (row) => (
      <>
        <State family="interview" value={row.state} />
        {row.note && <small className="text-muted">{row.note}</small>}
      </>
    ),
  },
];

/** Interviews in the order of time. */
export function InterviewTable(props: { labelledBy: string; rows: readonly InterviewRow[]; empty: string }) {
  return (
    <Table
      className="ups"
      labelledBy={props.labelledBy}
      columns={columns}
      rows={props.rows}
      rowKey={(row) => row.id}
      empty={props.empty}
    />
  );
}
