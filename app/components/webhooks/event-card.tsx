import type { ReactNode } from "react";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { type Column, Table } from "#app/components/ui/table.tsx";

interface FieldShown {
  path: string;
  kind: string;
  note: string;
}

interface EventShown {
  type: string;
  summary: string;
  version: number;
  fields: readonly FieldShown[];
  sample: string;
  schema: string;
}

const columns: Column<FieldShown>[] = [
  { head: "Field", cell: ({ path }) => <code className="break-all">{path}</code> },
  { head: "Kind", cell: ({ kind }) => <code>{kind}</code> },
  { head: "Meaning", cell: ({ note }) => <span className="text-muted">{note || "–"}</span> },
];

/** What opens when somebody asks for it. */
function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details>
      <summary className="link">{title}</summary>
      <div className="mt-2 mb-2">{children}</div>
    </details>
  );
}

/** One event: when it is sent, its fields, a whole body by example, and its schema on request. */
export function EventCard({ event }: { event: EventShown }) {
  const { type } = event;
  return (
    <Card labelledBy={type}>
      <CardHeader
        id={type}
        level={3}
        title={<code>{type}</code>}
        end={<span className="text-muted">version {event.version}</span>}
      />
      <CardBody className="grid gap-4">
        <p>{event.summary}</p>
        <div className="grid gap-2">
          <Part title="Fields">
            <Table
              label={`Fields of ${type}`}
              columns={columns}
              rows={event.fields}
              rowKey={({ path }) => path}
              empty="No fields."
            />
          </Part>
          <Part title="A body by example">
            <CodeBlock program label={`Body of ${type}`} code={event.sample} />
          </Part>
          <Part title="JSON Schema of the whole body">
            <CodeBlock program label={`Schema of ${type}`} code={event.schema} />
          </Part>
        </div>
      </CardBody>
    </Card>
  );
}
