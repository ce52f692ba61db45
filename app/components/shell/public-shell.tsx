import { Link } from "@remix-run/react";
import type { ReactNode } from "react";
import { Brand } from "./brand.tsx";
import { SkipLink } from "./skip-link.tsx";

/** The frame of pages before the sign-in: the mark, and one narrow column. */
export function PublicShell({ children, narrow = true }: { children: ReactNode; narrow?: boolean }) {
  return (
    <div className={narrow ? "public public-narrow" : "public"}>
      <SkipLink />
      <header className="public-head">
        <Link to="/" className="top-mark">
          <Brand />
          <span>Patchbay</span>
        </Link>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
