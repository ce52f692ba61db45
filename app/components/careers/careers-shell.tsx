import { Link } from "@remix-run/react";
import type { ReactNode } from "react";
import { SkipLink } from "#app/components/shell/skip-link.tsx";
import { Tile } from "#app/components/ui/tile.tsx";

interface CareersShellProps {
  site: { name: string; slug: string; website: string | null };
  /** Keeps the source token on the way through the site. */
  query: string;
  children: ReactNode;
}

/** The frame of an employer's career site: their name, their page, and who runs it in the foot. */
export function CareersShell({ site, query, children }: CareersShellProps) {
  return (
    <div className="careers">
      <SkipLink />
      <header className="careers-head">
        <Link to={`/careers/${site.slug}${query}`} className="flex items-center gap-2">
          <Tile name={site.name} />
          <span>{site.name}</span>
        </Link>
        {site.website && (
          <a className="link font-normal" href={site.website} rel="noopener">
            About us
          </a>
        )}
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer className="careers-foot">Jobs at {site.name}. This page runs on Patchbay.</footer>
    </div>
  );
}
