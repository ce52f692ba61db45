import { Form } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { Checkbox } from "#app/components/ui/choice.tsx";

/** Switching off and on, and deleting. */
export function EndpointEnd({ endpoint }: { endpoint: { id: string; state: string } }) {
  const off = endpoint.state === "off";
  return (
    <Card labelledBy="end">
      <CardHeader id="end" title={off ? "Switch on or delete" : "Switch off or delete"} />
      <CardBody>
        <p className="mb-4 text-muted">
          While it is off, events for it are kept as not sent and can be sent again. Deleting it ends its secrets too.
        </p>
        <Form method="post" action={`/webhooks/endpoints/${endpoint.id}`} className="grid justify-items-start gap-3">
          {off && (
            <Checkbox
              name="recover"
              value="yes"
              label="Also send what it missed"
              hint="Everything that was not sent or failed since deliveries stopped arriving, each event once."
              defaultChecked
            />
          )}
          <Button name="intent" value={off ? "on" : "off"}>
            {off ? "Switch on" : "Switch off"}
          </Button>
        </Form>
        <details className="mt-4">
          <summary className="link">Delete this endpoint</summary>
          <Form method="post" action={`/webhooks/endpoints/${endpoint.id}`} className="mt-3">
            <p className="mb-3">Nothing more is sent there, and what waits is not sent. This cannot be taken back.</p>
            <Button variant="danger" name="intent" value="delete">
              Delete endpoint
            </Button>
          </Form>
        </details>
      </CardBody>
    </Card>
  );
}
