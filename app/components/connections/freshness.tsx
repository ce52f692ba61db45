import { Card, CardHeader } from "#app/components/ui/card.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";

export interface FreshnessRow {
  name: string;
  lastAt: Date | null;
  nextAt: Date | null;
  status: string | null;
  records: number | null;
}

const title = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** How old each kind of data is and when it is read again. */
export function Freshness({ rows }: { rows: readonly FreshnessRow[] }) {
  if (rows.length === 0) return null;
  return (
    <Card labelledBy="freshness">
      <CardHeader id="freshness" title="How fresh it is" />
      <Table
        labelledBy="freshness"
        rows={rows}
        rowKey={(row) => row.name}
        empty="Nothing is read from here."
        columns={[
          { head: "Object", cell: (row) => title(row.name) },
          { head: "Last complete", cell: (row) => (row.lastAt ? <Time at={row.lastAt} /> : "Not yet") },
          { head: "Next", cell: (row) => (row.nextAt ? <Time at={row.nextAt} /> : "Not planned") },
          { head: "Outcome", cell: (row) => (row.status ? title(row.status) : "–") },
          { head: "Records", num: true, cell: (row) => row.records ?? "–" },
        ]}
      />
    </Card>
  );
}
