import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export interface Column<Row> {
  /** The head's words; on a phone they label the value. */
  head: string;
  cell: (row: Row) => ReactNode;
  /** Set numbers right. */
  num?: boolean | undefined;
  /** Hide the head from view where a column holds only actions. */
  quiet?: boolean | undefined;
  className?: string | undefined;
}

interface TableProps<Row> {
  /** Names the table; or give the id of its heading. */
  label?: string | undefined;
  labelledBy?: string | undefined;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** One row of words when there is nothing. */
  empty: ReactNode;
  isSelected?: ((row: Row) => boolean) | undefined;
  className?: string | undefined;
}

/** What scrolls sideways is reachable by keyboard. */
const scrolls = { tabIndex: 0 } as const;

/**
 * A table that becomes cards on a phone, label over value. The first column names the row. Roles are explicit, because
 * the phone's layout would take the table's meaning away.
 */
export function Table<Row>(props: TableProps<Row>) {
  const { label, labelledBy, columns, rows, rowKey, empty, isSelected, className } = props;
  return (
    <section className="scroll-x" aria-label={label} aria-labelledby={labelledBy} {...scrolls}>
      <table className={cx("tbl stack", className)} role="table" aria-label={label} aria-labelledby={labelledBy}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.head} role="columnheader" scope="col" className={cx(column.num && "num")}>
                {column.quiet ? <span className="sr-only">{column.head}</span> : column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.length === 0 && (
            <tr role="row" className="tbl-empty">
              <td role="cell" colSpan={columns.length}>
                {empty}
              </td>
            </tr>
          )}
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              role="row"
              className={cx(isSelected?.(row) && "sel")}
              aria-current={isSelected?.(row) ? "true" : undefined}
            >
              {columns.map((column, index) => (
                <Cell key={column.head} column={column} row={row} first={index === 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell<Row>({ column, row, first }: { column: Column<Row>; row: Row; first: boolean }) {
  const className = cx(column.num && "num", column.className);
  if (first) {
    return (
      <th role="rowheader" scope="row" className={className}>
        {column.cell(row)}
      </th>
    );
  }
  return (
    <td role="cell" className={className} {...(column.quiet ? {} : { "data-label": column.head })}>
      {column.cell(row)}
    </td>
  );
}
