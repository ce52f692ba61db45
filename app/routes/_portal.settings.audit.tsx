import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Download } from "lucide-react";
import { AuditTable } from "#app/components/people/audit-table.tsx";
import { SettingsPage } from "#app/components/people/settings-page.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { Card } from "#app/components/ui/card.tsx";
import { FilterBar } from "#app/components/ui/filter-bar.tsx";
import { Pagination } from "#app/components/ui/pagination.tsx";
import { listAudit, verifyAuditChain } from "#app/services/audit.server.ts";
import { auditFilterOf } from "#app/services/audit-filter.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export const meta = () => [{ title: "Audit log · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor, user } = await requireMember(request, "settings:manage");
  const url = new URL(request.url);
  const { filter, shown } = auditFilterOf(url);
  const chain = url.searchParams.has("verify") ? await verifyAuditChain(actor.employerId) : null;
  return { ...(await listAudit(actor, filter)), shown, chain, instance: user.instanceAdmin };
}

export default function Audit() {
  const { entries, older, shown, chain, instance } = useLoaderData<typeof loader>();
  const search = new URLSearchParams(Object.entries(shown).filter(([, value]) => value !== ""));
  const olderLink = older === null ? undefined : `?${search}${search.size > 0 ? "&" : ""}before=${older}`;
  return (
    <SettingsPage
      title="Audit log"
      sentence={sentenceOf(chain)}
      instance={instance}
      buttons={
        <>
          <ButtonLink to="?verify=1">Verify</ButtonLink>
          <ButtonLink to={`/settings/audit.csv?${search}`} icon={Download} reloadDocument>
            Export
          </ButtonLink>
        </>
      }
    >
      <FilterBar
        searchLabel="Search who, what, action"
        search={shown.q}
        selects={[{ name: "who", label: "Who", value: shown.who, options: actors }]}
        end={
          <>
            <input className="input" type="date" name="from" aria-label="From" defaultValue={shown.from} />
            <input className="input" type="date" name="to" aria-label="Until" defaultValue={shown.to} />
          </>
        }
      />
      <Card label="Entries">
        <AuditTable entries={entries} />
        <Pagination label="Entries" counts={`${entries.length} shown, newest first`} older={olderLink} />
      </Card>
    </SettingsPage>
  );
}

const actors = [
  { value: "", label: "Anyone" },
  { value: "person", label: "People" },
  { value: "api", label: "API keys" },
  { value: "system", label: "Patchbay" },
  { value: "vendor", label: "Vendors" },
];

function sentenceOf(chain: { entries: number; brokenAt: number | null; head: string } | null): string {
  if (!chain) return "Every change with who made it. Entries are chained, so that a changed one is found.";
  if (chain.brokenAt !== null) return `The chain breaks at entry ${chain.brokenAt}: somebody changed the stored log.`;
  return `The chain holds over ${chain.entries} entries. It ends with ${chain.head.slice(0, 16)}.`;
}
