import { Form } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardFooter, CardHeader } from "#app/components/ui/card.tsx";
import { Checkbox } from "#app/components/ui/choice.tsx";
import { SelectField, TextField } from "#app/components/ui/field.tsx";
import { Count } from "#app/components/ui/money.tsx";
import { Time } from "#app/components/ui/time.tsx";

interface RecoverFormProps {
  missedSince: Date | null;
  types: readonly string[];
  /** How much has failed or was not sent in the last 30 days, counted up to 100,000. */
  recoverable: { count: number; more: boolean };
}

const spans = [
  { value: "1h", label: "The last hour" },
  { value: "6h", label: "The last 6 hours" },
  { value: "24h", label: "The last 24 hours" },
  { value: "3d", label: "The last 3 days" },
  { value: "7d", label: "The last 7 days" },
  { value: "30d", label: "The last 30 days" },
  { value: "90d", label: "The last 90 days" },
  { value: "all", label: "Everything that is kept" },
];

/** Asks since when, and what, to send again. */
export function RecoverForm({ missedSince, types, recoverable }: RecoverFormProps) {
  const { count, more } = recoverable;
  return (
    <Form method="post">
      <Card labelledBy="recover">
        <CardHeader id="recover" title="Send again what it missed" />
        <CardBody className="grid max-w-3xl gap-4">
          <p className="max-w-[76ch] text-muted">
            {count === 0 ? (
              "Nothing failed and nothing was left unsent in the last 30 days."
            ) : (
              <>
                <Count value={count} />
                {more && " and more"} {count === 1 ? "delivery" : "deliveries"} of the last 30 days failed or were not
                sent.
              </>
            )}{" "}
            Each event goes out once, with the same id and the same bytes. What arrived meanwhile, or is under way, is
            left alone.
          </p>
          <div className="grid items-start gap-4 md:grid-cols-2">
            <SelectField
              id="since"
              name="since"
              label="Since"
              defaultValue={missedSince ? "missed" : "24h"}
              options={[...(missedSince ? [{ value: "missed", label: "Since it missed something" }] : []), ...spans]}
            />
            <TextField
              id="exact"
              name="exact"
              type="datetime-local"
              label="Or since this moment"
              hint="In UTC. Counts before the choice above."
              optional
            />
          </div>
          {missedSince && (
            <p className="text-muted text-xs">
              It missed something since <Time at={missedSince} show="datetime" />.
            </p>
          )}
          <fieldset className="grid gap-2 border-0 p-0">
            <legend className="label mb-2">What</legend>
            <Checkbox name="states" value="failed" label="What ran out of tries" defaultChecked />
            <Checkbox name="states" value="not_sent" label="What was not sent while it was off" defaultChecked />
            <Checkbox
              name="states"
              value="delivered"
              label="What arrived too"
              hint="The receiver gets these events again; it must know a webhook-id that it had."
            />
          </fieldset>
          <SelectField
            id="type"
            name="type"
            label="Events"
            defaultValue=""
            options={[{ value: "", label: "All events" }, ...types.map((type) => ({ value: type, label: type }))]}
          />
        </CardBody>
        <CardFooter>
          <div className="btns end">
            <Button variant="primary" name="intent" value="recover">
              Recover
            </Button>
          </div>
        </CardFooter>
      </Card>
    </Form>
  );
}
