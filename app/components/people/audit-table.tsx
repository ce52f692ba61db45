import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";

interface EntryRow {
  seq: number;
  at: Date;
  actorName: string;
  action: string;
  subjectKind: string | null;
  subjectName: string | null;
  data: unknown;
}

/** "invitation.sent" as "Invitation sent". */
const inWords = (action: string): string => {
  const words = action.replaceAll(/[._-]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const details = (data: unknown): string => {
  const text = JSON.stringify(data);
  return text === "{}" ? "" : text;
};

/** Entries of the audit log, newest first. */
export function AuditTable({ entries }: { entries: readonly EntryRow[] }) {
  return (
    <Table
      label="Entries"
      rows={entries}
      rowKey={(entry) => String(entry.seq)}
      empty="No entry matches. Clear the search or widen the days."
      columns={[
        { head: "Number", num: true, cell: (entry) => entry.seq },
        { head: "When", cell: (entry) => <Time at={entry.at} show="datetime" /> },
        { head: "Who", cell: (entry) => entry.actorName },
        { head: "What", cell: (entry) => inWords(entry.action) },
        { head: "About", cell: (entry) => entry.subjectName ?? entry.subjectKind ?? "" },
        { head: "Details", cell: (entry) => <code className="break-all text-xs">{details(entry.data)}</code> },
      ]}
    />
  );
}
