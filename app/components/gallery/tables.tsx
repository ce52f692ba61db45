import { type StateWord, stateWord, vocabulary } from "#app/components/state-vocabulary.ts";
import { Card, CardHeader, Section } from "#app/components/ui/card.tsx";
import { MatrixCell, MatrixHead } from "#app/components/ui/matrix.tsx";
import { Count } from "#app/components/ui/money.tsx";
import { Pagination } from "#app/components/ui/pagination.tsx";
import { AgeBar } from "#app/components/ui/progress.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { type Column, Table } from "#app/components/ui/table.tsx";

interface Fresh {
  object: string;
  state: StateWord;
  age: string;
  share: number;
  records: number;
}

const rows: readonly Fresh[] = [
  { object: "Jobs", state: vocabulary.sync.succeeded, age: "2 min ago", share: 0.13, records: 31 },
  { object: "Candidates", state: vocabulary.sync.running, age: "3 min ago", share: 0.2, records: 12_837 },
  { object: "Applications", state: vocabulary.sync.partial, age: "2 min ago", share: 0.13, records: 16_402 },
  { object: "Attachments", state: vocabulary.sync.failed, age: "18 h ago", share: 1, records: 9_655 },
];

const columns: readonly Column<Fresh>[] = [
  { head: "Object", cell: (row) => row.object },
  { head: "State", cell: (row) => <StateLabel state={row.state} /> },
  { head: "As of", cell: (row) => <AgeBar share={row.share}>{row.age}</AgeBar> },
  { head: "Records", cell: (row) => <Count value={row.records} />, num: true },
];

const boards = ["Career site", "Indeed", "LinkedIn", "Wellfound"] as const;
const jobs: readonly { title: string; place: string; cells: readonly [string, string][] }[] = [
  {
    title: "Heat Pump Installer",
    place: "Denver, CO · 4 openings",
    cells: [
      ["live", "41 d"],
      ["live", "41 d"],
      ["in_review", "3 h"],
    ],
  },
  {
    title: "Field Service Manager",
    place: "Columbus, OH · 1 opening",
    cells: [
      ["live", "9 d"],
      ["rejected", "pay differs"],
      ["still_up", "sign in"],
      ["your_step", "paste it"],
    ],
  },
];

function MatrixExample() {
  return (
    <section className="scroll-x" aria-label="Matrix, scrolls sideways">
      <table className="matrix" role="table" aria-labelledby="g-matrix">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              Job
            </th>
            {boards.map((board) => (
              <MatrixHead
                key={board}
                name={board}
                way="Feed"
                {...(board === "LinkedIn" ? { trouble: stateWord("connection", "needs_reconnect") } : {})}
              />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {jobs.map((job) => (
            <tr key={job.title} role="row">
              <th role="rowheader" scope="row">
                {job.title}
                <small className="block">{job.place}</small>
              </th>
              {boards.map((board, index) => {
                const cell = job.cells[index];
                return cell ? (
                  <MatrixCell
                    key={board}
                    board={board}
                    state={stateWord("posting", cell[0])}
                    fact={cell[1]}
                    to="/__gallery"
                  />
                ) : (
                  <MatrixCell key={board} board={board} />
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Tables and the matrix. */
export function GalleryTables() {
  return (
    <Section id="g-tables" title="Tables">
      <div className="grid gap-3">
        <Card labelledBy="g-fresh">
          <CardHeader
            id="g-fresh"
            level={3}
            title="Freshness"
            end={<span className="text-muted text-xs">7 objects</span>}
          />
          <Table
            labelledBy="g-fresh"
            columns={columns}
            rows={rows}
            rowKey={(row) => row.object}
            empty="Nothing yet"
            isSelected={(row) => row.object === "Applications"}
          />
          <Pagination label="Pages of objects" counts="4 of 698" older="/__gallery?after=4" />
        </Card>
        <Card labelledBy="g-none">
          <CardHeader id="g-none" level={3} title="Empty table" />
          <Table labelledBy="g-none" columns={columns} rows={[]} rowKey={(row) => row.object} empty="No objects yet." />
        </Card>
        <Card labelledBy="g-matrix" className="matrix-card">
          <CardHeader id="g-matrix" level={3} title="Every job on every board" />
          <MatrixExample />
        </Card>
      </div>
    </Section>
  );
}
