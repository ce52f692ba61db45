import { Form, Link } from "@remix-run/react";
import { RotateCw } from "lucide-react";
import { stateWord } from "#app/components/state-vocabulary.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Card } from "#app/components/ui/card.tsx";
import { Pagination } from "#app/components/ui/pagination.tsx";
import { RowAction } from "#app/components/ui/row-action.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { type Column, Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { Address } from "./address.tsx";
import { Due } from "./due.tsx";
import { causeWords } from "./words.ts";

export interface DeliveryShown {
  id: string;
  eventType: string;
  state: string;
  cause: string;
  attempts: number;
  /** Attempts made before a person started the schedule anew. */
  scheduleFrom: number;
  nextAttemptAt: Date | null;
  lastStatus: number | null;
  lastError: string | null;
  createdAt: Date;
  /** Where a list is over several. */
  endpoint?: { id: string; url: string; state: string };
}

interface DeliveriesTableProps {
  deliveries: readonly DeliveryShown[];
  /** Address of the page before this one in time. */
  older: string | undefined;
  empty: string;
  canReplay: boolean;
  /** They are of more than one endpoint. */
  several?: boolean;
}

const answerOf = (row: DeliveryShown) =>
  row.lastError ?? (row.lastStatus === null ? "–" : `Answered ${row.lastStatus}`);

const TICKED = "ticked-deliveries";
const replayable = (row: DeliveryShown) =>
  ["delivered", "failed", "not_sent"].includes(row.state) && row.endpoint?.state !== "off";

const endpointColumn: Column<DeliveryShown> = {
  head: "Endpoint",
  cell: ({ endpoint }) =>
    endpoint && (
      <>
        <Address url={endpoint.url} />
        {endpoint.state === "off" && <span className="block text-muted text-xs">switched off</span>}
      </>
    ),
};

/** Deliveries, newest first; where they are of several endpoints, each names its own. */
export function DeliveriesTable({ deliveries, older, empty, canReplay, several = false }: DeliveriesTableProps) {
  const tickable = canReplay && deliveries.some(replayable);
  return (
    <Card label="Deliveries">
      {tickable && (
        <Form method="post" id={TICKED} className="log-bar">
          <Button size="sm" icon={RotateCw} name="intent" value="replay-ticked">
            Send the ticked again
          </Button>
          <span className="text-muted">Each goes with the same id and the same bytes.</span>
        </Form>
      )}
      <Table
        label="Deliveries"
        rows={deliveries}
        rowKey={(row) => row.id}
        empty={empty}
        columns={[
          {
            head: "Event",
            cell: (row) => (
              <span className={tickable ? "log-name" : undefined}>
                {tickable && (
                  <input
                    type="checkbox"
                    form={TICKED}
                    name="ticked"
                    value={row.id}
                    disabled={!replayable(row)}
                    aria-label={`Tick ${row.eventType}, ${row.id.slice(-6)}`}
                  />
                )}
                <span>
                  <Link className="link" to={`/webhooks/deliveries/${row.id}`}>
                    <code>{row.eventType}</code>
                  </Link>
                  {causeWords[row.cause] && <span className="block text-muted text-xs">{causeWords[row.cause]}</span>}
                </span>
              </span>
            ),
          },
          ...(several ? [endpointColumn] : []),
          {
            head: "State",
            cell: (row) => (
              <>
                <StateLabel state={stateWord("delivery", row.state)} />
                {row.state === "retrying" && row.nextAttemptAt && (
                  <span className="block text-muted text-xs">
                    next <Due at={row.nextAttemptAt} />
                  </span>
                )}
              </>
            ),
          },
          { head: "Answer", cell: answerOf },
          { head: "Attempts", num: true, cell: (row) => `${row.attempts} of ${8 + row.scheduleFrom}` },
          { head: "Happened", cell: (row) => <Time at={row.createdAt} /> },
          {
            head: "Actions",
            quiet: true,
            cell: (row) =>
              canReplay &&
              replayable(row) && (
                <RowAction field="deliveryId" id={row.id} intent="replay">
                  Send again
                </RowAction>
              ),
          },
        ]}
      />
      <Pagination label="Deliveries" counts={`${deliveries.length} shown`} older={older} />
    </Card>
  );
}
