import { Form } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardFooter, CardHeader } from "#app/components/ui/card.tsx";
import { Radio } from "#app/components/ui/choice.tsx";
import { Time } from "#app/components/ui/time.tsx";

interface SecretShown {
  id: string;
  createdAt: Date;
  expiresAt: Date | null;
}

const titles = { standard: "Signing secret", legacy: "Secret of X-Webhook-Signature" };

/** The live secrets of one kind, and how to get a new one. */
export function SecretsCard({ kind, secrets }: { kind: keyof typeof titles; secrets: readonly SecretShown[] }) {
  const id = `secrets-${kind}`;
  return (
    <Card labelledBy={id}>
      <CardHeader id={id} title={titles[kind]} />
      <Form method="post">
        <CardBody className="grid gap-4">
          <ul className="grid gap-2">
            {secrets.map((secret) => (
              <li key={secret.id}>
                Made <Time at={secret.createdAt} />
                {secret.expiresAt ? (
                  <>
                    {", signs until "}
                    <Time at={secret.expiresAt} show="datetime" />
                  </>
                ) : (
                  ", signs every delivery"
                )}
              </li>
            ))}
          </ul>
          <input type="hidden" name="kind" value={kind} />
          {kind === "standard" ? (
            <OldSecret />
          ) : (
            <p className="text-muted">
              This header has room for one signature: from the moment a new secret is made, only that one signs.
            </p>
          )}
        </CardBody>
        <CardFooter>
          <span className="end">
            <Button>Make a new secret</Button>
          </span>
        </CardFooter>
      </Form>
    </Card>
  );
}

function OldSecret() {
  return (
    <fieldset className="grid gap-2 border-0 p-0">
      <legend className="mb-2 text-muted">When a new one is made, the old one</legend>
      <Radio
        name="old"
        value="overlap"
        defaultChecked
        id="old-overlap"
        label="keeps signing for 24 hours beside it"
        hint="No delivery fails while you change the receiver."
      />
      <Radio
        name="old"
        value="end-now"
        id="old-end-now"
        label="ends at once"
        hint="Choose this when others may know it. Deliveries fail until your receiver has the new one."
      />
    </fieldset>
  );
}
