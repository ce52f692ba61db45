import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { Time } from "#app/components/ui/time.tsx";

interface InboundRequestProps {
  request: {
    line: { type: string; at: Date; note: string | null };
    method: string;
    headers: Readonly<Record<string, string>>;
    body: string;
  };
}

/** One stored request as it came. */
export function InboundRequest({ request }: InboundRequestProps) {
  const { line, method, headers, body } = request;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <Card labelledBy="request">
      <CardHeader
        id="request"
        title={<code>{line.type}</code>}
        end={
          <span className="text-muted">
            <Time at={line.at} show="datetime" />
          </span>
        }
      />
      <CardBody>
        {line.note && <p className="mb-4">{line.note}</p>}
        <CodeBlock label="Request" code={`${method}\n${lines.join("\n")}\n\n${body}`} />
      </CardBody>
    </Card>
  );
}
