import { useLocation } from "@remix-run/react";
import type { ReactNode } from "react";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { Tabs } from "#app/components/ui/tabs.tsx";

const tabs = [
  { to: "/settings", label: "Employer" },
  { to: "/settings/team", label: "Team" },
  { to: "/settings/api-keys", label: "API keys" },
  { to: "/settings/account", label: "Your account" },
  { to: "/settings/audit", label: "Audit log" },
  { to: "/settings/instance", label: "Instance" },
  { to: "/settings/unclaimed", label: "Unclaimed webhooks" },
] as const;

/** Only for who administers the instance. */
const ofInstance: ReadonlySet<string> = new Set(["/settings/instance", "/settings/unclaimed"]);

interface SettingsPageProps {
  title: string;
  sentence: ReactNode;
  /** Who administers the instance sees its tab too. */
  instance?: boolean;
  buttons?: ReactNode;
  children: ReactNode;
}

/** A page of the settings: the same tabs on each. */
export function SettingsPage({ title, sentence, instance = false, buttons, children }: SettingsPageProps) {
  const { pathname } = useLocation();
  const shown = tabs.filter((tab) => instance || !ofInstance.has(tab.to));
  return (
    <>
      <PageHead title={title} sentence={sentence} buttons={buttons} />
      <Tabs label="Settings" tabs={shown.map((tab) => ({ ...tab, current: pathname === tab.to }))} />
      <div className="mt-5 grid gap-5">{children}</div>
    </>
  );
}
