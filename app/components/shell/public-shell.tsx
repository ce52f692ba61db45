import { Link } from "@remix-run/react";
import type { ReactNode } from "react";
import { Brand } from "./brand.tsx";

/** The frame of pages before the sign-in: the mark, and one narrow column. */
export function PublicShell({ children, narrow = true }: { children: ReactNode; narrow?: boolean }) {
  return (
    <div className={narrow ? "public public-narrow" : "public"}>
      <a className="skip" href="#main">
        Skip to content
      </a>
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
