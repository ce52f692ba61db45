import type { Tab } from "#app/components/ui/tabs.tsx";

/** The pages of one endpoint. */
export function endpointTabs(id: string, pathname: string): Tab[] {
  const base = `/webhooks/endpoints/${id}`;
  const tabs = [
    { to: base, label: "Deliveries" },
    { to: `${base}/recover`, label: "Recover" },
    { to: `${base}/secrets`, label: "Secrets" },
    { to: `${base}/code`, label: "Code" },
    { to: `${base}/settings`, label: "Settings" },
  ];
  return tabs.map((tab) => ({ ...tab, current: pathname === tab.to }));
}
