import { Link } from "@remix-run/react";
import { type StateWord, stateWord } from "#app/components/state-vocabulary.ts";
import { Card } from "#app/components/ui/card.tsx";
import { Pagination } from "#app/components/ui/pagination.tsx";
import { RowAction } from "#app/components/ui/row-action.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";

export interface InboundShown {
  id: string;
  at: Date;
  type: string;
  state: string;
  note: string | null;
  replayed: boolean;
}

const words: Record<string, StateWord> = {
  received: { word: "Received", icon: "clock", tone: "run", means: "Stored; its turn comes." },
  processed: { word: "Processed", icon: "circle-check", tone: "ok", means: "Done." },
  ignored: { word: "Nothing to do", icon: "circle-minus", tone: "idle", means: "It changes nothing we hold." },
  failed: { word: "Failed", icon: "circle-x", tone: "bad", means: "Given up; process it again by hand." },
  refused: { word: "Turned away", icon: "shield-alert", tone: "warn", means: "It did not prove where it comes from." },
};

export const inboundChoices = Object.entries(words).map(([value, { word }]) => ({ value, label: word }));

interface InboundTableProps {
  lines: readonly InboundShown[];
  /** Address of one stored request. */
  hrefOf: (id: string) => string;
  older: string | undefined;
  empty: string;
  canManage: boolean;
}

/** What a vendor sent, newest first, what was turned away among it. */
export function InboundTable({ lines, hrefOf, older, empty, canManage }: InboundTableProps) {
  return (
    <Card label="Deliveries">
      <Table
        label="Deliveries"
        rows={lines}
        rowKey={(line) => line.id}
        empty={empty}
        columns={[
          {
            head: "Event",
            cell: (line) =>
              canManage && line.state !== "refused" ? (
                <Link className="link" to={hrefOf(line.id)} preventScrollReset>
                  <code>{line.type}</code>
                </Link>
              ) : (
                <code>{line.type}</code>
              ),
          },
          {
            head: "State",
            cell: (line) => <StateLabel state={words[line.state] ?? stateWord("delivery", line.state)} />,
          },
          {
            head: "What came of it",
            cell: (line) => (
              <>
                {line.note ?? "–"}
                {line.replayed && <span className="block text-muted text-xs">processed again by hand</span>}
              </>
            ),
          },
          { head: "Arrived", cell: (line) => <Time at={line.at} /> },
          {
            head: "Actions",
            quiet: true,
            cell: (line) =>
              canManage &&
              line.state !== "refused" &&
              line.state !== "received" && (
                <RowAction field="deliveryId" id={line.id}>
                  Process again
                </RowAction>
              ),
          },
        ]}
      />
      <Pagination label="Deliveries" counts={`${lines.length} shown`} older={older} />
    </Card>
  );
}
