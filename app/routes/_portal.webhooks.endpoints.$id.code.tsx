import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { snippets } from "#app/components/webhooks/snippets.ts";

export default function EndpointCode() {
  return (
    <div className="grid gap-4">
      <p className="words text-muted">
        Check the signature over the raw body before you read it, answer within 15 seconds with any 2xx, and keep each
        webhook-id for 8 days: a delivery may come twice, and in any order.
      </p>
      {snippets.map(({ language, install, code }) => (
        <Card key={language} labelledBy={`code-${language}`}>
          <CardHeader id={`code-${language}`} title={language} />
          <CardBody className="grid gap-4">
            {install && <CodeBlock label="Install" code={install} />}
            <CodeBlock label="Receiver" code={code} />
          </CardBody>
        </Card>
      ))}
    </div>
  );
}
