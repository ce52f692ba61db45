import { Link } from "@remix-run/react";
import { type Column, Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { ApplicationState, type ApplicationStatus, type AtAts, AtsState } from "./application-state.tsx";
import { howWeKnow, type Mark, SourceLabel } from "./source-label.tsx";

export interface ApplicantRow {
  id: string;
  firstName: string;
  lastName: string;
  email: string | null;
  jobTitle: string;
  status: ApplicationStatus;
  stage: string | null;
  source: string;
  byLink: boolean;
  ats: string | null;
  atAts: AtAts;
  appliedAt: Date;
}

interface ApplicantTableProps {
  applicants: readonly ApplicantRow[];
  marks: Readonly<Record<string, Mark>>;
  empty: string;
}

/** Applications, newest first. */
export function ApplicantTable({ applicants, marks, empty }: ApplicantTableProps) {
  const columns: readonly Column<ApplicantRow>[] = [
    {
      head: "Name and job",
      cell: (row) => (
        <>
          <Link to={`/applicants/${row.id}`}>{`${row.firstName} ${row.lastName}`.trim() || "Unnamed person"}</Link>
          <small>{row.jobTitle}</small>
        </>
      ),
    },
    {
      head: "Stage",
      className: "a-stage",
      cell: (row) => (row.status === "active" ? (row.stage ?? "New") : <ApplicationState status={row.status} />),
    },
    {
      head: "Source",
      cell: (row) => <SourceLabel mark={marks[row.source] ?? { name: row.source }} how={howWeKnow(row)} />,
    },
    {
      head: "In the ATS",
      cell: (row) => (row.ats ? <AtsState value={row.atAts} /> : <span className="text-muted">–</span>),
    },
    { head: "Applied", num: true, className: "a-when text-muted", cell: (row) => <Time at={row.appliedAt} /> },
  ];
  return (
    <Table
      className="people"
      label="Applicants"
      columns={columns}
      rows={applicants}
      rowKey={(row) => row.id}
      empty={empty}
    />
  );
}
