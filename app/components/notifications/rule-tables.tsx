import { Form, Link } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { type Column, Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";

export interface RuleRow {
  id: string;
  label: string;
  channel: string;
  title: string;
  enabled: boolean;
}

const steer = (row: RuleRow) => (
  <Form method="post" className="btns">
    <input type="hidden" name="rule" value={row.id} />
    <Button size="sm" name="intent" value={row.enabled ? "off" : "on"}>
      {row.enabled ? "Switch off" : "Switch on"}
    </Button>
    <Button size="sm" variant="ghost" name="intent" value="remove">
      Remove
    </Button>
  </Form>
);

/** What is told to whom. */
export function RuleTable({ rows, base, manages }: { rows: readonly RuleRow[]; base: string; manages: boolean }) {
  const columns: readonly Column<RuleRow>[] = [
    {
      head: "When",
      cell: (row) => (
        <>
          {manages ? <Link to={`${base}?rule=${row.id}`}>{row.label}</Link> : row.label}
          <small className="block text-muted">{row.title}</small>
        </>
      ),
    },
    { head: "Tell", cell: (row) => row.channel },
    { head: "State", cell: (row) => (row.enabled ? "On" : <span className="text-muted">Off</span>) },
    ...(manages ? [{ head: "Actions", quiet: true, cell: steer }] : []),
  ];
  return (
    <Table
      label="Rules"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      empty="No rules. Nothing is told until you make one."
    />
  );
}

export interface MessageRow {
  id: string;
  title: string;
  channel: string;
  status: "queued" | "sending" | "sent" | "unclear" | "failed";
  error: string | null;
  createdAt: Date;
}

const statusWords: Record<MessageRow["status"], string> = {
  queued: "Waiting",
  sending: "Sending",
  sent: "Sent",
  unclear: "Not sure",
  failed: "Not sent",
};

/** The latest messages; what failed or may have arrived can be sent again. */
export function MessageTable({ rows, manages }: { rows: readonly MessageRow[]; manages: boolean }) {
  const columns: readonly Column<MessageRow>[] = [
    { head: "Message", cell: (row) => row.title },
    { head: "Channel", cell: (row) => row.channel },
    {
      head: "State",
      cell: (row) => (
        <>
          {statusWords[row.status]}
          {row.error && <small className="block text-muted">{row.error}</small>}
          {manages && (row.status === "failed" || row.status === "unclear") && (
            <Form method="post" className="mt-1">
              <input type="hidden" name="message" value={row.id} />
              <Button size="sm" name="intent" value="resend">
                Send again
              </Button>
            </Form>
          )}
        </>
      ),
    },
    { head: "When", num: true, cell: (row) => <Time at={row.createdAt} /> },
  ];
  return (
    <Table
      label="Latest messages"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      empty="Nothing was told yet. The next event that a rule asks for shows here."
    />
  );
}
