import { Link, useLocation } from "@remix-run/react";
import { Icon } from "#app/components/ui/icon.tsx";
import { EmployerSwitcher } from "./employer-switcher.tsx";
import { currentEntry, mainNav, type NavEntry, secondNav } from "./nav.ts";
import type { ShellData } from "./shell-data.ts";
import { UserMenu } from "./user-menu.tsx";

interface EntriesProps {
  entries: readonly NavEntry[];
  openIssues: number;
  className?: string | undefined;
}

function Entries({ entries, openIssues, className }: EntriesProps) {
  const current = currentEntry(useLocation().pathname);
  return (
    <ul className={className}>
      {entries.map((entry) => (
        <li key={entry.to}>
          <Link
            to={entry.to}
            prefetch="intent"
            className="side-link tip tip-rail"
            data-tip={entry.label}
            aria-current={entry.to === current ? "page" : undefined}
          >
            <Icon icon={entry.icon} />
            <span className="nav-label">{entry.label}</span>
            {entry.to === "/health" && openIssues > 0 && (
              <span className="count">
                {openIssues}
                <span className="sr-only"> open issues</span>
              </span>
            )}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** 232 px from 1280, an icon rail from 768, nothing on a phone: there the tab bar stands in. */
export function SideBar({ member, openIssues }: Pick<ShellData, "member" | "openIssues">) {
  return (
    <aside className="side" aria-label="Employer and places">
      <div className="side-top">
        <EmployerSwitcher member={member} />
      </div>
      <nav aria-label="Main">
        <Entries entries={mainNav} openIssues={openIssues} />
        <Entries entries={secondNav} openIssues={openIssues} className="nav-2" />
      </nav>
      <div className="side-foot">
        <UserMenu member={member} />
      </div>
    </aside>
  );
}
