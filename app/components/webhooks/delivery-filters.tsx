import { Form, useSubmit } from "@remix-run/react";
import { deliveryStates } from "#app/components/state-vocabulary.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Input, SearchInput, Select } from "#app/components/ui/input.tsx";

export interface DeliveryFiltersShown {
  state: string;
  type: string;
  q: string;
  /** A day each, YYYY-MM-DD in UTC; empty for none. */
  from: string;
  to: string;
}

interface DeliveryFiltersProps {
  filters: DeliveryFiltersShown;
  types: readonly string[];
}

/** One end of the days shown. Its words name it, because an empty day says nothing by itself. */
function DayFilter({ name, label, day }: { name: string; label: string; day: string }) {
  return (
    <span className="f-day">
      <label htmlFor={`day-${name}`}>
        {label}
        <span className="sr-only"> day, UTC</span>
      </label>
      <Input id={`day-${name}`} type="date" name={name} defaultValue={day} />
    </span>
  );
}

/** Text, state, event and days of the list, a GET form. With script a change of a select or a day applies at once. */
export function DeliveryFilters({ filters, types }: DeliveryFiltersProps) {
  const submit = useSubmit();
  const states = Object.entries(deliveryStates).map(([value, { word }]) => ({ value, label: word }));
  return (
    <Form
      method="get"
      role="search"
      className="filter-bar m-0!"
      onChange={(event) => {
        const { target } = event;
        const typed = target instanceof HTMLInputElement && target.type === "search";
        if (!typed) submit(event.currentTarget, { preventScrollReset: true });
      }}
    >
      <SearchInput
        key={`q:${filters.q}`}
        label="Search body, error or id"
        name="q"
        maxLength={200}
        defaultValue={filters.q}
        data-search
      />
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
      <DayFilter key={`from:${filters.from}`} name="from" label="From" day={filters.from} />
      <DayFilter key={`to:${filters.to}`} name="to" label="to" day={filters.to} />
      <noscript>
        <Button>Filter</Button>
      </noscript>
    </Form>
  );
}
