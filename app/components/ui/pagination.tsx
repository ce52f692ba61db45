import { Link } from "@remix-run/react";
import type { ReactNode } from "react";

interface PaginationProps {
  /** "50 of 4,128", or "50 newest". */
  counts: ReactNode;
  newer?: string | undefined;
  older?: string | undefined;
  label: string;
}

/** Newer and older by cursor, as links. */
export function Pagination({ counts, newer, older, label }: PaginationProps) {
  return (
    <nav className="card-foot" aria-label={label}>
      <span className="text-muted">{counts}</span>
      <span className="end flex gap-4">
        {newer && (
          <Link className="link" to={newer} rel="prev">
            Newer
          </Link>
        )}
        {older && (
          <Link className="link" to={older} rel="next">
            Older
          </Link>
        )}
      </span>
    </nav>
  );
}
