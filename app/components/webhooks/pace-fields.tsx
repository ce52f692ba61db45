import { errorsFor, type RefusalShown } from "#app/components/people/refusal-note.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { Radio } from "#app/components/ui/choice.tsx";
import { FieldErrors, TextField } from "#app/components/ui/field.tsx";
import type { PaceValues } from "#app/services/endpoint-values.ts";

const orders = [
  ["none", "As fast as possible", "In any order; one slow event holds up none of the others."],
  ["subject", "In order for each subject", "Events about one job, posting or application arrive one after the other."],
  [
    "endpoint",
    "All in order",
    "One request at a time. An event that fails holds up all after it until it arrives or is given up.",
  ],
] as const;

/** How fast, how many at once and in which order the receiver wants its events. */
export function PaceFields({ values, refusal }: { values: PaceValues; refusal: RefusalShown | null }) {
  const field = (name: Exclude<keyof PaceValues, "ordering">) => ({
    id: name,
    name,
    type: "number",
    optional: true,
    defaultValue: values[name],
    errors: errorsFor(refusal, name),
  });
  return (
    <Card labelledBy="pace">
      <CardHeader id="pace" title="Pace and order" />
      <CardBody className="grid max-w-3xl gap-4">
        <div className="grid items-start gap-4 md:grid-cols-2">
          <TextField
            {...field("ratePerSecond")}
            label="Requests per second at most"
            hint="1 to 1,000. Empty: no limit."
          />
          <TextField {...field("concurrency")} label="Requests at once at most" hint="1 to 100. Empty: no limit." />
        </div>
        <fieldset className="grid gap-3 border-0 p-0">
          <legend className="label mb-2">Order</legend>
          {orders.map(([value, label, hint]) => (
            <Radio
              key={value}
              name="ordering"
              value={value}
              label={label}
              hint={hint}
              defaultChecked={values.ordering === value}
            />
          ))}
          <FieldErrors id="ordering" errors={errorsFor(refusal, "ordering")} />
        </fieldset>
        <div className="grid items-start gap-4 md:grid-cols-2">
          <TextField
            {...field("batchEvents")}
            label="Events in one request at most"
            hint="2 to 100. Empty: each event by itself. A batch has another shape: see the guide."
          />
          <TextField
            {...field("batchSeconds")}
            label="Seconds that a batch may wait to fill"
            hint="1 to 60. Needed when there is a number above."
          />
        </div>
      </CardBody>
    </Card>
  );
}
