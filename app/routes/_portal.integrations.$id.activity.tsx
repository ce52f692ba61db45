import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { ActivityList } from "#app/components/connections/activity-list.tsx";
import { orRefuse } from "#app/platform/respond.server.ts";
import { listActivity, readActivityFilter } from "#app/services/activity.server.ts";
import { getConnection } from "#app/services/connections.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "activity:read");
  return orRefuse(async () => {
    const { id } = await getConnection(actor, params.id ?? "");
    const filter = readActivityFilter(new URL(request.url).searchParams);
    return { id, ...(await listActivity(actor.employerId, { ...filter, connectionId: id })) };
  });
}

export default function ConnectionActivity() {
  const { id, entries, older } = useLoaderData<typeof loader>();
  return <ActivityList entries={entries} older={older && `/integrations/${id}/activity?before=${older}`} />;
}
