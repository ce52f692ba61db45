import { Link } from "@remix-run/react";
import { CircleCheck } from "lucide-react";
import { IssueActions, type ShownIssue } from "#app/components/connections/issue.tsx";
import { Card } from "#app/components/ui/card.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { IssueList, IssueRow } from "#app/components/ui/issue-card.tsx";
import { Figures } from "#app/components/ui/key-value.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Tile } from "#app/components/ui/tile.tsx";
import { Time } from "#app/components/ui/time.tsx";

interface HealthPage {
  open: readonly unknown[];
  snoozed: readonly unknown[];
  queueSeconds: number;
  waitingJobs: number;
  webhookSeconds: number;
  tokensEnding: readonly { connectionId: string; label: string; endsAt: Date }[];
}

const span = (seconds: number): string =>
  seconds < 60
    ? `${seconds} s`
    : seconds < 5_400
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3_600)} h`;

/** How old the oldest waiting work is, and which sign-ins end soon. */
export function HealthFigures({ page }: { page: HealthPage }) {
  const [first, ...rest] = page.tokensEnding;
  return (
    <Figures
      items={[
        { label: "Open issues", value: page.open.length, note: `${page.snoozed.length} snoozed` },
        {
          label: "Oldest waiting work",
          value: page.waitingJobs === 0 ? "None" : span(page.queueSeconds),
          note: `${page.waitingJobs} waiting`,
        },
        { label: "Oldest unread webhook", value: page.webhookSeconds === 0 ? "None" : span(page.webhookSeconds) },
        {
          label: "Sign-ins ending in 14 days",
          value: page.tokensEnding.length,
          note: first && (
            <>
              <Link className="link" to={`/integrations/${first.connectionId}`}>
                {first.label}
              </Link>{" "}
              <Time at={first.endsAt} show="date" />
              {rest.length > 0 && ` and ${rest.length} more`}
            </>
          ),
        },
      ]}
    />
  );
}

type Row = ShownIssue & { connectionId: string | null };

/** Issues of all connections, worst first; without any, when the last one healed. */
export function IssueRows({
  issues,
  lastHealed,
}: {
  issues: readonly Row[];
  lastHealed: { title: string; resolvedAt: Date | null } | null;
}) {
  if (issues.length === 0)
    return (
      <EmptyState icon={CircleCheck} title="No open issues" level={3}>
        {lastHealed?.resolvedAt ? (
          <>
            The last one healed <Time at={lastHealed.resolvedAt} />: {lastHealed.title}.
          </>
        ) : (
          "When something needs you, it stands here with the one step that fixes it."
        )}
      </EmptyState>
    );
  return (
    <IssueList label="Issues">
      {issues.map((issue) => (
        <IssueRow
          key={issue.id}
          id={`issue-${issue.id}`}
          tone={issue.severity === "bad" ? "bad" : "warn"}
          title={issue.title}
          to={issue.connectionId ? `/integrations/${issue.connectionId}` : undefined}
          text={issue.detail}
          meta={issue.occurrences > 1 ? `Seen ${issue.occurrences} times` : undefined}
          first={<Time at={issue.firstSeenAt} />}
          last={<Time at={issue.lastSeenAt} />}
          actions={<IssueActions issue={issue} />}
        />
      ))}
    </IssueList>
  );
}

interface VendorRow {
  vendorId: string;
  name: string;
  color: string | null;
  connections: number;
  calls: number;
  rate: number | null;
  meanMs: number | null;
}

/** Calls per tool in the last day. */
export function VendorTable({ vendors }: { vendors: readonly VendorRow[] }) {
  return (
    <Card label="Tools in the last day">
      <Table
        label="Tools in the last day"
        rows={vendors}
        rowKey={(row) => row.vendorId}
        empty="No tool is connected yet."
        columns={[
          {
            head: "Tool",
            cell: (row) => (
              <span className="flex items-center gap-2">
                <Tile name={row.name} logo={row.vendorId} color={row.color ?? undefined} size="sm" />
                {row.name}
              </span>
            ),
          },
          { head: "Connections", num: true, cell: (row) => row.connections },
          { head: "Calls", num: true, cell: (row) => row.calls },
          { head: "Succeeded", num: true, cell: (row) => (row.rate === null ? "No runs" : `${row.rate}%`) },
          { head: "Mean answer", num: true, cell: (row) => (row.meanMs === null ? "–" : `${row.meanMs} ms`) },
        ]}
      />
    </Card>
  );
}
