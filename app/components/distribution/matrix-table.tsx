import { Link } from "@remix-run/react";
import { type Place, placesWords } from "#app/components/jobs/words.ts";
import { connectionWord, postingStates, type StateWord } from "#app/components/state-vocabulary.ts";
import { MatrixCell, MatrixHead } from "#app/components/ui/matrix.tsx";
import { Count } from "#app/components/ui/money.tsx";
import type { RemoteKind } from "#app/integrations/contract/domain.ts";
import { type CellFacts, Fact, wayWords } from "./fact.tsx";

interface Cell extends CellFacts {
  id: string;
  connectionId: string;
  state: keyof typeof postingStates;
}

export interface MatrixJob {
  id: string;
  title: string;
  status: "draft" | "open" | "closed" | "archived";
  locations: readonly Place[];
  remote: RemoteKind;
  openings: number;
  publishedAt: Date | null;
  closedAt: Date | null;
  applicants: number;
  cells: readonly Cell[];
}

interface Board {
  id: string;
  vendorId: string;
  label: string;
  way: keyof typeof wayWords;
  color: string;
  state: string;
}

const troubleOf = (board: Board): StateWord | undefined =>
  board.state === "active" || board.state === "degraded" ? undefined : connectionWord(board.state);

/** The career site follows the job: it is up exactly while the job is open. */
function careerSite(job: MatrixJob): { state: StateWord; facts: CellFacts } {
  const state = job.status === "open" ? "live" : job.status === "draft" ? "draft" : "closed";
  const base = { state, desired: "live" as const, reason: null, queuedAt: null, expiresAt: null };
  return { state: postingStates[state], facts: { ...base, liveAt: job.publishedAt, closedAt: job.closedAt } };
}

function Row({ job, boards }: { job: MatrixJob; boards: readonly Board[] }) {
  const site = careerSite(job);
  const openings = job.openings === 1 ? "1 opening" : `${job.openings} openings`;
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        <Link to={job.status === "open" || job.status === "draft" ? `/jobs/${job.id}/publish` : `/jobs/${job.id}`}>
          {job.title}
        </Link>
        <small>
          {placesWords(job)} · {job.status === "closed" ? "closed" : openings}
        </small>
      </th>
      <MatrixCell
        board="Career site"
        state={site.state}
        to={`/jobs/${job.id}`}
        fact={job.status === "draft" ? "free" : <Fact cell={site.facts} way="api" />}
      />
      {boards.map((board) => {
        const cell = job.cells.find((one) => one.connectionId === board.id);
        return (
          <MatrixCell
            key={board.id}
            board={board.label}
            state={cell && postingStates[cell.state]}
            fact={cell && <Fact cell={cell} way={board.way} />}
            to={cell && `/jobs/postings/${cell.id}`}
          />
        );
      })}
      <td role="cell" className="num">
        <Count value={job.applicants} />
      </td>
    </tr>
  );
}

/** Every job on every board; on a phone, per job a list of boards. */
export function MatrixTable({ jobs, boards }: { jobs: readonly MatrixJob[]; boards: readonly Board[] }) {
  return (
    <section className="scroll-x" aria-label="Matrix, scrolls sideways">
      <table className="matrix" role="table" aria-labelledby="matrix-title">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              Job
            </th>
            <MatrixHead name="Career site" way="Yours" />
            {boards.map((board) => (
              <MatrixHead
                key={board.id}
                name={board.label}
                logo={board.vendorId}
                color={board.color}
                way={wayWords[board.way]}
                trouble={troubleOf(board)}
              />
            ))}
            <th role="columnheader" scope="col" className="num">
              Applicants
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {jobs.map((job) => (
            <Row key={job.id} job={job} boards={boards} />
          ))}
        </tbody>
      </table>
    </section>
  );
}
