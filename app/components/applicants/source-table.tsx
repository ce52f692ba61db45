import { Card, CardHeader } from "#app/components/ui/card.tsx";
import { Count, Money } from "#app/components/ui/money.tsx";
import { type Column, Table } from "#app/components/ui/table.tsx";
import { type Mark, SourceLabel } from "./source-label.tsx";

export interface SourceFigures {
  source: string;
  opened: number | null;
  applied: number;
  interviews: number;
  hired: number;
  spent: number | null;
  currency: string | null;
}

interface SourceTableProps {
  sources: readonly SourceFigures[];
  marks: Readonly<Record<string, Mark>>;
}

/** The bars' lengths are the numbers of the columns beside them. */
const legend = [
  { word: "opened", mark: "k" },
  { word: "applied", mark: "k k2" },
  { word: "hired", mark: "k k3" },
] as const;

const nothing = <span className="text-muted">–</span>;

/** Each source with its way from click to hire, and what it cost. */
export function SourceTable({ sources, marks }: SourceTableProps) {
  const most = Math.max(1, ...sources.flatMap((row) => [row.opened ?? 0, row.applied]));
  const width = (n: number) => `${Math.round((n / most) * 100)}%`;
  const money = (row: SourceFigures, amount: number | null) =>
    amount !== null && row.currency ? <Money minor={Math.round(amount)} currency={row.currency} /> : nothing;
  const columns: readonly Column<SourceFigures>[] = [
    { head: "Source", cell: (row) => <SourceLabel mark={marks[row.source] ?? { name: row.source }} /> },
    {
      head: "Opened to hired",
      quiet: true,
      className: "f-col",
      cell: (row) => (
        <span className="funnel" aria-hidden="true">
          {row.opened ? <i style={{ width: width(row.opened) }} /> : null}
          {row.applied > 0 && <i className="k2" style={{ width: width(row.applied) }} />}
          {row.hired > 0 && <i className="k3" style={{ width: width(row.hired) }} />}
        </span>
      ),
    },
    { head: "Opened", num: true, cell: (row) => (row.opened === null ? nothing : <Count value={row.opened} />) },
    { head: "Applied", num: true, cell: (row) => <Count value={row.applied} /> },
    { head: "Interviews", num: true, cell: (row) => <Count value={row.interviews} /> },
    { head: "Hired", num: true, cell: (row) => <Count value={row.hired} /> },
    { head: "Spent", num: true, cell: (row) => money(row, row.spent) },
    {
      head: "Cost each",
      num: true,
      cell: (row) => money(row, row.spent !== null && row.applied > 0 ? row.spent / row.applied : null),
    },
  ];
  return (
    <Card labelledBy="sources">
      <CardHeader
        id="sources"
        title="Where they come from"
        end={
          <span className="flex flex-wrap items-center justify-end gap-x-4 text-muted text-xs">
            {legend.map(({ word, mark }) => (
              <span key={word} className="hidden items-center gap-2 md:inline-flex">
                <i className={mark} aria-hidden="true" />
                {word}
              </span>
            ))}
            last 30 days · all jobs
          </span>
        }
      />
      <Table
        className="srcs"
        labelledBy="sources"
        columns={columns}
        rows={sources.toSorted((a, b) => Number(a.source === "unknown") - Number(b.source === "unknown"))}
        rowKey={(row) => row.source}
        empty="Nobody opened or applied in the last 30 days."
      />
    </Card>
  );
}
