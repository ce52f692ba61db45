import { Form, useSubmit } from "@remix-run/react";
import { deliveryStates } from "#app/components/state-vocabulary.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Select } from "#app/components/ui/input.tsx";

interface DeliveryFiltersProps {
  filters: { state: string; type: string };
  types: readonly string[];
}

/** State and event of the list, a GET form. */
export function DeliveryFilters({ filters, types }: DeliveryFiltersProps) {
  const submit = useSubmit();
  const states = Object.entries(deliveryStates).map(([value, { word }]) => ({ value, label: word }));
  return (
    <Form
      method="get"
      className="filter-bar m-0!"
      onChange={(event) => submit(event.currentTarget, { preventScrollReset: true })}
    >
      <Select
        key={`state:${filters.state}`}
        name="state"
        aria-label="State"
        defaultValue={filters.state}
        options={[{ value: "", label: "All states" }, ...states]}
      />
      <Select
        key={`type:${filters.type}`}
        name="type"
        aria-label="Event"
        defaultValue={filters.type}
        options={[{ value: "", label: "All events" }, ...types.map((type) => ({ value: type, label: type }))]}
      />
      <noscript>
        <Button>Filter</Button>
      </noscript>
    </Form>
  );
}
