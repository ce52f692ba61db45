import type { LoaderFunctionArgs } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { Search } from "lucide-react";
import { mainNav, secondNav } from "#app/components/shell/nav.ts";
import { Card } from "#app/components/ui/card.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { FilterBar } from "#app/components/ui/filter-bar.tsx";
import { Icon } from "#app/components/ui/icon.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { requireMember } from "#app/services/people.server.ts";

export const meta = () => [{ title: "Search · Patchbay" }];

/** The palette's page: the same places, without script. */
export async function loader({ request }: LoaderFunctionArgs) {
  await requireMember(request);
  return { q: (new URL(request.url).searchParams.get("q") ?? "").trim().slice(0, 100) };
}

export default function SearchPage() {
  const { q } = useLoaderData<typeof loader>();
  const places = [...mainNav, ...secondNav].filter((entry) => entry.label.toLowerCase().includes(q.toLowerCase()));
  return (
    <>
      <PageHead title="Search" sentence={q ? `${places.length} places match “${q}”.` : "Type what you look for."} />
      <FilterBar searchLabel="Search or jump to" search={q} />
      {places.length === 0 ? (
        <EmptyState icon={Search} title={`No place matches “${q}”`}>
          Check the spelling. Jobs and applicants have a search of their own on their pages.
        </EmptyState>
      ) : (
        <Card label="Places">
          <ul className="p-1">
            {places.map((entry) => (
              <li key={entry.to}>
                <Link className="menu-item" to={entry.to}>
                  <Icon icon={entry.icon} />
                  <span>{entry.label}</span>
                </Link>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}
