import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { ActivityList } from "#app/components/connections/activity-list.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { Chips } from "#app/components/ui/tabs.tsx";
import { listActivity, readActivityFilter } from "#app/services/activity.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export const meta = () => [{ title: "Activity · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "activity:read");
  const filter = readActivityFilter(new URL(request.url).searchParams);
  return { kind: filter.kind ?? "", ...(await listActivity(actor.employerId, filter)) };
}

const chips = [
  { kind: "", label: "All" },
  { kind: "sync", label: "Syncs" },
  { kind: "webhook", label: "Webhooks" },
  { kind: "posting", label: "Postings" },
  { kind: "message", label: "Messages" },
  { kind: "interview", label: "Interviews" },
  { kind: "credential", label: "Connections" },
  { kind: "person", label: "People" },
];

export default function ActivityPage() {
  const { kind, entries, older } = useLoaderData<typeof loader>();
  const address = (to: string) => (to === "" ? "/activity" : `/activity?kind=${to}`);
  return (
    <>
      <PageHead title="Activity" sentence="What Patchbay, your tools and your team did, newest first." />
      <Chips
        label="Kind"
        chips={chips.map((chip) => ({ to: address(chip.kind), label: chip.label, current: chip.kind === kind }))}
      />
      <ActivityList entries={entries} older={older && `${address(kind)}${kind === "" ? "?" : "&"}before=${older}`} />
    </>
  );
}
