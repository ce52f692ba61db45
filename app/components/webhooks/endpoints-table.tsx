import { Link } from "@remix-run/react";
import { Card } from "#app/components/ui/card.tsx";
import { Sparkline } from "#app/components/ui/sparkline.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { Address } from "./address.tsx";
import { type Latency, LatencyBar } from "./latency-bar.tsx";
import { type EndpointShown, endpointWord, typesInWords } from "./words.ts";

export interface Figures {
  delivered: number;
  failed: number;
  waiting: number;
  typicalMs: number | null;
  latency: Latency | null;
  hours: readonly { at: string; good: number; bad: number }[];
}

type Row = EndpointShown & { figures: Figures };

const share = ({ delivered, failed }: Figures): string =>
  delivered + failed === 0 ? "–" : `${Math.floor((1000 * delivered) / (delivered + failed)) / 10}%`;

/** All endpoints with how the last day went. */
export function EndpointsTable({ endpoints }: { endpoints: readonly Row[] }) {
  const slowest = Math.max(1, ...endpoints.map(({ figures }) => figures.latency?.p99 ?? 0));
  return (
    <Card label="Endpoints">
      <Table
        label="Endpoints"
        rows={endpoints}
        rowKey={(row) => row.id}
        empty="No endpoints yet."
        columns={[
          {
            head: "Address",
            className: "ep-address",
            cell: (row) => (
              <>
                <Link className="link" to={`/webhooks/endpoints/${row.id}`}>
                  <Address url={row.url} />
                </Link>
                {row.description && <span className="block text-muted text-xs">{row.description}</span>}
              </>
            ),
          },
          { head: "State", cell: (row) => <StateLabel state={endpointWord(row.state)} /> },
          { head: "Events", className: "whitespace-nowrap", cell: (row) => typesInWords(row.eventTypes) },
          {
            head: "Last 24 h",
            cell: ({ figures }) => (
              <Sparkline
                narrow
                bars={figures.hours.map((hour) => ({ total: hour.good + hour.bad, failed: hour.bad }))}
                label={`${figures.delivered} attempts succeeded and ${figures.failed} failed in 24 hours.`}
              />
            ),
          },
          { head: "Succeeded", num: true, cell: (row) => share(row.figures) },
          {
            head: "Answered within",
            cell: ({ figures }) => (figures.latency ? <LatencyBar latency={figures.latency} most={slowest} /> : "–"),
          },
          { head: "Waiting", num: true, cell: (row) => row.figures.waiting },
          {
            head: "Last success",
            cell: (row) => (row.lastSuccessAt ? <Time at={row.lastSuccessAt} /> : "Never"),
          },
        ]}
      />
    </Card>
  );
}
