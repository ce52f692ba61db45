export interface ConnectionTab {
  slug: string;
  label: string;
  /** Shown only for connections with this capability. */
  needs?: string;
}

/** The tabs of a connection, in order. Each is a page under the connection's address. */
export const connectionTabs: readonly ConnectionTab[] = [
  { slug: "", label: "Overview" },
  { slug: "settings", label: "Settings" },
  { slug: "notifications", label: "Notifications", needs: "messaging" },
  { slug: "activity", label: "Activity" },
  { slug: "deliveries", label: "Deliveries", needs: "webhook" },
  { slug: "troubleshooting", label: "Troubleshooting" },
];

/** The tabs that a connection has, as links. */
export function tabsOf(id: string, capabilities: readonly string[], pathname: string) {
  return connectionTabs
    .filter((tab) => tab.needs === undefined || capabilities.includes(tab.needs))
    .map((tab) => {
      const to = tab.slug === "" ? `/integrations/${id}` : `/integrations/${id}/${tab.slug}`;
      return { to, label: tab.label, current: pathname === to };
    });
}
