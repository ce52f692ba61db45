import { Link, useLocation } from "@remix-run/react";
import { Ellipsis } from "lucide-react";
import { Icon } from "#app/components/ui/icon.tsx";
import { MenuLink, useDetailsMenu } from "#app/components/ui/menu.tsx";
import { EmployerChoices } from "./employer-switcher.tsx";
import { currentEntry, mainNav, secondNav } from "./nav.ts";
import type { ShellData } from "./shell-data.ts";
import { UserActions } from "./user-menu.tsx";

const tabs = mainNav.slice(0, 4);
const rest = [...mainNav.slice(4), ...secondNav];

/** The phone's places: four tabs, and the rest behind "More". */
export function TabBar({ member }: Pick<ShellData, "member">) {
  const current = currentEntry(useLocation().pathname);
  const menu = useDetailsMenu();
  const inRest = rest.some((entry) => entry.to === current);
  return (
    <nav className="tabbar" aria-label="Main, phone">
      <ul>
        {tabs.map((tab) => (
          <li key={tab.to}>
            <Link className="tab" to={tab.to} aria-current={tab.to === current ? "page" : undefined}>
              <Icon icon={tab.icon} />
              <span>{tab.label}</span>
            </Link>
          </li>
        ))}
        <li>
          <details className="menu menu-up menu-sheet" ref={menu}>
            <summary className="tab" aria-current={inRest ? "true" : undefined}>
              <Icon icon={Ellipsis} />
              <span>More</span>
            </summary>
            <div className="menu-list">
              {rest.map((entry) => (
                <MenuLink
                  key={entry.to}
                  to={entry.to}
                  icon={entry.icon}
                  aria-current={entry.to === current ? "page" : undefined}
                >
                  {entry.label}
                </MenuLink>
              ))}
              {member.employers.length > 1 && (
                <div className="menu-part">
                  <EmployerChoices member={member} />
                </div>
              )}
              <div className="menu-part">
                <UserActions />
              </div>
            </div>
          </details>
        </li>
      </ul>
    </nav>
  );
}
