import { Tabs } from "#app/components/ui/tabs.tsx";

/** The pages about jobs: the list, and every job on every board. */
export function JobTabs({ current, jobs }: { current: "/jobs" | "/jobs/distribution"; jobs?: number }) {
  const tabs = [
    { to: "/jobs", label: "Jobs", ...(jobs === undefined ? {} : { count: jobs }) },
    { to: "/jobs/distribution", label: "Distribution" },
  ];
  return <Tabs label="Jobs" tabs={tabs.map((tab) => ({ ...tab, current: tab.to === current }))} />;
}
