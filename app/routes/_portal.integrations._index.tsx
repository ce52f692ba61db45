import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Plug } from "lucide-react";
import { ConnectionTool, Needs, VendorTool } from "#app/components/connections/tool-card.tsx";
import { categoryWords, counted } from "#app/components/connections/words.ts";
import { withQuery } from "#app/components/jobs/query.ts";
import { Section } from "#app/components/ui/card.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { FilterBar } from "#app/components/ui/filter-bar.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { Pagination } from "#app/components/ui/pagination.tsx";
import { Chips } from "#app/components/ui/tabs.tsx";
import { marketplace } from "#app/services/marketplace.server.ts";
import { readToolFilter } from "#app/services/marketplace-filter.ts";
import { requireMember } from "#app/services/people.server.ts";

export const meta = () => [{ title: "Integrations · Patchbay" }];

/** All tools, the employer's first; search and filters are the address. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:read");
  const filter = readToolFilter(new URL(request.url).searchParams);
  return { filter, ...(await marketplace(actor, filter)) };
}

const states = [
  { value: "", label: "Any state" },
  { value: "needs-you", label: "Needs you" },
  { value: "active", label: "Connected" },
  { value: "degraded", label: "Degraded" },
  { value: "needs_reconnect", label: "Needs reconnect" },
  { value: "paused_by_user", label: "Paused" },
];
const costs = [
  { value: "", label: "Any cost" },
  { value: "free", label: "Free" },
  { value: "paid", label: "Paid" },
  { value: "premium", label: "Premium" },
];

export default function Marketplace() {
  const { filter, yours, fitting, page, pages, others, issues, counts, total } = useLoaderData<typeof loader>();
  const { q, category, state, cost } = filter;
  const toPage = (number: number) =>
    withQuery({ q, category, state, cost }, { page: number === 1 ? "" : String(number) });
  const chip = (category: string, label: string, count: number) => ({
    to: category === "" ? "/integrations" : `/integrations?category=${category}`,
    label,
    count,
    current: filter.category === category,
  });
  return (
    <>
      <PageHead
        title="Integrations"
        sentence={`${counted(total.added, "tool")} added: ${total.running} running, ${total.waiting} waiting for you.`}
      />
      <Needs issues={issues} />
      <FilterBar
        searchLabel={`Search ${total.all} tools`}
        search={filter.q}
        keep={filter.category === "" ? {} : { category: filter.category }}
        selects={[
          { name: "state", label: "State", value: filter.state, options: states },
          { name: "cost", label: "Cost", value: filter.cost, options: costs },
        ]}
      />
      <Chips
        label="Category"
        chips={[
          chip("", "All", total.all),
          ...counts.map((one) => chip(one.category, categoryWords[one.category] ?? one.category, one.count)),
        ]}
      />
      {yours.length > 0 && (
        <Section id="yours" title="Yours" count={fitting}>
          <ul className="tools">
            {yours.map((tool) => (
              <ConnectionTool key={tool.id} tool={tool} />
            ))}
          </ul>
          {pages > 1 && (
            <Pagination
              label="Pages of your tools"
              counts={`${yours.length} of ${counted(fitting, "tool")}, page ${page} of ${pages}`}
              words={{ newer: "Previous", older: "Next" }}
              newer={page > 1 ? toPage(page - 1) : undefined}
              older={page < pages ? toPage(page + 1) : undefined}
            />
          )}
        </Section>
      )}
      {others.length > 0 && (
        <Section id="others" title={yours.length > 0 ? "More tools" : "Tools"} count={others.length}>
          <ul className="tools">
            {others.map((tool) => (
              <VendorTool key={tool.vendorId} tool={tool} />
            ))}
          </ul>
        </Section>
      )}
      {yours.length + others.length === 0 && (
        <EmptyState icon={Plug} title={filter.q ? `No tool matches “${filter.q}”` : "No tool matches these filters"}>
          Check the spelling, or clear the filters to see all {total.all}.
        </EmptyState>
      )}
    </>
  );
}
