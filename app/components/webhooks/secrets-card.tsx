import { Form } from "@remix-run/react";
import type { StateWord } from "#app/components/state-vocabulary.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardFooter, CardHeader } from "#app/components/ui/card.tsx";
import { Radio } from "#app/components/ui/choice.tsx";
import { Countdown } from "#app/components/ui/countdown.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Time } from "#app/components/ui/time.tsx";

interface SecretShown {
  id: string;
  createdAt: Date;
  expiresAt: Date | null;
}

const titles = {
  standard: "Signing secret",
  ed25519: "Pair of keys (v1a)",
  legacy: "Secret of X-Webhook-Signature",
};

interface SecretsCardProps {
  kind: keyof typeof titles;
  secrets: readonly SecretShown[];
  /** For v1a, in the order of the secrets. */
  publicKeys?: readonly string[];
}

/** The live secrets of one kind, and how to get a new one. */
export function SecretsCard({ kind, secrets, publicKeys = [] }: SecretsCardProps) {
  const id = `secrets-${kind}`;
  return (
    <Card labelledBy={id}>
      <CardHeader id={id} title={titles[kind]} />
      <Form method="post">
        {/* The Enter key presses the first button of a form, which must not be one that ends a secret. */}
        <button type="submit" hidden>
          Make a new one
        </button>
        <CardBody className="grid gap-4">
          <ul className="grid gap-3">
            {secrets.map((secret, index) => (
              <SecretRow
                key={secret.id}
                secret={secret}
                publicKey={kind === "ed25519" ? publicKeys[index] : undefined}
              />
            ))}
          </ul>
          <input type="hidden" name="kind" value={kind} />
          {kind === "ed25519" && (
            <p className="text-muted">
              Check <code>v1a</code> signatures with a public key. We keep the private one and show it to nobody.
            </p>
          )}
          {kind !== "legacy" ? (
            <OldSecret kind={kind} />
          ) : (
            <p className="text-muted">
              This header has room for one signature: from the moment a new secret is made, only that one signs.
            </p>
          )}
        </CardBody>
        <CardFooter>
          <span className="end">
            <Button>{kind === "ed25519" ? "Make a new pair" : "Make a new secret"}</Button>
          </span>
        </CardFooter>
      </Form>
    </Card>
  );
}

const live: StateWord = { word: "In use", icon: "circle-check", tone: "ok", means: "Signs every delivery." };
const ending: StateWord = { word: "Ending", icon: "timer", tone: "warn", means: "Signs beside the new one for a day." };

/** One live secret: since when, and for the old one how long it goes on. */
function SecretRow({ secret, publicKey }: { secret: SecretShown; publicKey: string | undefined }) {
  const { expiresAt } = secret;
  return (
    <li className="grid gap-1">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <StateLabel state={expiresAt ? ending : live} className="min-w-18" />
        <span>
          Made <Time at={secret.createdAt} />
          {expiresAt ? (
            <>
              {", signs until "}
              <Time at={expiresAt} show="datetime" />
            </>
          ) : (
            ", signs every delivery"
          )}
        </span>
        {expiresAt && (
          <>
            <Countdown until={expiresAt} />
            <Button size="sm" name="end" value={secret.id}>
              End it now
            </Button>
          </>
        )}
      </div>
      {publicKey && <code className="break-all">{publicKey}</code>}
    </li>
  );
}

function OldSecret({ kind }: { kind: string }) {
  return (
    <fieldset className="grid gap-2 border-0 p-0">
      <legend className="mb-2 text-muted">When a new one is made, the old one</legend>
      <Radio
        name="old"
        value="overlap"
        defaultChecked
        id={`${kind}-overlap`}
        label="keeps signing for 24 hours beside it"
        hint="No delivery fails while you change the receiver."
      />
      <Radio
        name="old"
        value="end-now"
        id={`${kind}-end-now`}
        label="ends at once"
        hint="Choose this when others may know it. Deliveries fail until your receiver has the new one."
      />
    </fieldset>
  );
}
