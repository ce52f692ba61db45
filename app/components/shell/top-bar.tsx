import { Link } from "@remix-run/react";
import { TriangleAlert } from "lucide-react";
import { Icon } from "#app/components/ui/icon.tsx";
import { LiveDot } from "#app/components/ui/live-dot.tsx";
import { Brand } from "./brand.tsx";
import { SearchLink } from "./search-link.tsx";
import type { ShellData } from "./shell-data.ts";
import { ThemeSwitch } from "./theme-switch.tsx";

/** Search, the live line, what needs a person, the theme. */
export function TopBar({ member, openIssues, live, theme }: ShellData) {
  return (
    <header className="top">
      <Link className="top-mark" to="/integrations">
        <Brand />
        <span>{member.employer.name}</span>
      </Link>
      <SearchLink />
      <div className="top-right">
        <LiveDot state={live} />
        {openIssues > 0 && (
          <Link className="issues" to="/health">
            <Icon icon={TriangleAlert} />
            <span>{openIssues === 1 ? "1 issue" : `${openIssues} issues`}</span>
          </Link>
        )}
        <ThemeSwitch theme={theme} />
      </div>
    </header>
  );
}
