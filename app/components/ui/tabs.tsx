import { Link } from "@remix-run/react";
import type { ReactNode } from "react";

export interface Tab {
  to: string;
  label: string;
  count?: ReactNode;
  current?: boolean | undefined;
}

function TabLinks({ tabs }: { tabs: readonly Tab[] }) {
  return tabs.map((tab) => (
    <Link key={tab.to} to={tab.to} aria-current={tab.current ? "page" : undefined} preventScrollReset>
      {tab.label}
      {tab.count !== undefined && <span className="n">{tab.count}</span>}
    </Link>
  ));
}

/** Pages of one thing; each tab is a URL. */
export function Tabs({ tabs, label }: { tabs: readonly Tab[]; label: string }) {
  return (
    <nav className="tabs" aria-label={label}>
      <TabLinks tabs={tabs} />
    </nav>
  );
}

/** Filters with their counts; each chip is a URL. */
export function Chips({ chips, label }: { chips: readonly Tab[]; label: string }) {
  return (
    <nav className="chips" aria-label={label}>
      <TabLinks tabs={chips} />
    </nav>
  );
}
