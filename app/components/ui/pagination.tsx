import { Link } from "@remix-run/react";
import type { ReactNode } from "react";

interface PaginationProps {
  /** "50 of 4,128", or "50 newest". */
  counts: ReactNode;
  newer?: string | undefined;
  older?: string | undefined;
  label: string;
  /** What the links say where the list is not by age. */
  words?: { newer: string; older: string };
}

/** Newer and older by cursor, as links. */
export function Pagination({
  counts,
  newer,
  older,
  label,
  words = { newer: "Newer", older: "Older" },
}: PaginationProps) {
  return (
    <nav className="card-foot" aria-label={label}>
      <span className="text-muted">{counts}</span>
      <span className="end flex gap-4">
        {newer && (
          <Link className="link" to={newer} rel="prev">
            {words.newer}
          </Link>
        )}
        {older && (
          <Link className="link" to={older} rel="next">
            {words.older}
          </Link>
        )}
      </span>
    </nav>
  );
}
