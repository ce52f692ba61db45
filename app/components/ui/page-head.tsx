import { Link } from "@remix-run/react";
import { Ellipsis } from "lucide-react";
import type { ReactNode } from "react";
import { Menu } from "./menu.tsx";

export interface Crumb {
  to?: string | undefined;
  label: string;
}

/** Where this page stands; the last entry is the page itself. */
export function Breadcrumbs({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <nav className="crumbs" aria-label="Breadcrumb">
      <ol>
        {crumbs.map((crumb, index) => (
          <li key={crumb.label}>
            {crumb.to && index < crumbs.length - 1 ? (
              <Link to={crumb.to}>{crumb.label}</Link>
            ) : (
              <span aria-current="page">{crumb.label}</span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface PageHeadProps {
  title: ReactNode;
  /** One sentence that answers "is it all right?". */
  sentence?: ReactNode;
  /** Mark before the title. */
  tile?: ReactNode;
  /** Pill beside the title. */
  state?: ReactNode;
  crumbs?: readonly Crumb[] | undefined;
  /** At most two buttons. */
  buttons?: ReactNode;
  /** Entries of the "more" menu: links or forms with a button each. */
  more?: ReactNode;
}

/** The head of a page: h1, one sentence, at most two buttons and "more". */
export function PageHead({ title, sentence, tile, state, crumbs, buttons, more }: PageHeadProps) {
  return (
    <>
      {crumbs && <Breadcrumbs crumbs={crumbs} />}
      <div className="page-head">
        <div className={tile ? "flex items-start gap-3" : undefined}>
          {tile}
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <h1>{title}</h1>
              {state}
            </div>
            {sentence && <p className="sub">{sentence}</p>}
          </div>
        </div>
        {(buttons || more) && (
          <div className="btns">
            {buttons}
            {more && (
              <Menu label="More actions" icon={Ellipsis}>
                {more}
              </Menu>
            )}
          </div>
        )}
      </div>
    </>
  );
}
