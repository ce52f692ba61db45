import { Link } from "@remix-run/react";
import type { ReactNode } from "react";
import type { StateWord } from "#app/components/state-vocabulary.ts";
import { StateLabel } from "./state.tsx";
import { Tile } from "./tile.tsx";

interface MatrixHeadProps {
  name: string;
  logo?: string | undefined;
  color?: string | undefined;
  /** How it gets there: "API", "Feed", "Hand-off". */
  way: string;
  /** Replaces the way when the whole board waits for something. */
  trouble?: StateWord | undefined;
}

/** A board at the top of its column. */
export function MatrixHead({ name, logo, color, way, trouble }: MatrixHeadProps) {
  return (
    <th role="columnheader" scope="col">
      <span className="mb">
        <Tile name={name} logo={logo} color={color} size="sm" />
        <span>
          <b>{name}</b>
          {trouble ? <small data-tone={trouble.tone}>{trouble.word}</small> : <small>{way}</small>}
        </span>
      </span>
    </th>
  );
}

interface MatrixCellProps {
  /** The board's name; a phone shows it as the label. */
  board: string;
  /** Absent when the job was never sent to this board. */
  state?: StateWord | undefined;
  /** One fact: age, price, or what is wrong. */
  fact?: ReactNode;
  to?: string | undefined;
}

/** One job on one board: state and one fact, a link to the posting. */
export function MatrixCell({ board, state, fact, to }: MatrixCellProps) {
  if (!state || !to) {
    return (
      <td role="cell" className="cell none" data-label={board}>
        <span aria-hidden="true">–</span>
        <span className="sr-only">Not posted</span>
      </td>
    );
  }
  return (
    <td role="cell" className="cell" data-tone={state.tone} data-label={board}>
      <Link to={to}>
        <StateLabel state={state} />
        {fact && <small>{fact}</small>}
      </Link>
    </td>
  );
}
