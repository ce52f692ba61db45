import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";

interface EventShown {
  type: string;
  summary: string;
  version: number;
  sample: string;
  schema: string;
}

/** One event: when it is sent, its data by example, and its whole schema on request. */
export function EventCard({ event }: { event: EventShown }) {
  return (
    <Card labelledBy={event.type}>
      <CardHeader
        id={event.type}
        title={<code>{event.type}</code>}
        end={<span className="text-muted">version {event.version}</span>}
      />
      <CardBody className="grid gap-4">
        <p>{event.summary}</p>
        <details>
          <summary className="link">Data by example</summary>
          <CodeBlock label={`data of ${event.type}`} code={event.sample} />
        </details>
        <details>
          <summary className="link">JSON Schema of the whole body</summary>
          <CodeBlock label={`Schema of ${event.type}`} code={event.schema} />
        </details>
      </CardBody>
    </Card>
  );
}
