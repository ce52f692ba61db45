import { Form, useSubmit } from "@remix-run/react";
import { deliveryStates } from "#app/components/state-vocabulary.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Input, SearchInput, Select } from "#app/components/ui/input.tsx";
import { shortUrl } from "./words.ts";

export interface DeliveryFiltersShown {
  /** What a list cannot be narrowed by is absent. */
  endpoint?: string;
  state?: string;
  q?: string;
  type: string;
  /** A day each, YYYY-MM-DD in UTC; empty for none. */
  from: string;
  to: string;
}

interface DeliveryFiltersProps {
  filters: DeliveryFiltersShown;
  types: readonly string[];
  endpoints?: readonly { id: string; url: string }[];
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

/** What a list of deliveries is narrowed by, a GET form. With script a change of a select or a day applies at once. */
export function DeliveryFilters({ filters, types, endpoints = [] }: DeliveryFiltersProps) {
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
      {filters.endpoint !== undefined && (
        <Select
          key={`endpoint:${filters.endpoint}`}
          name="endpoint"
          aria-label="Endpoint"
          className="grow"
          defaultValue={filters.endpoint}
          options={[
            { value: "", label: "All endpoints" },
            ...endpoints.map(({ id, url }) => ({ value: id, label: shortUrl(url) })),
          ]}
        />
      )}
      {filters.q !== undefined && (
        <SearchInput
          key={`q:${filters.q}`}
          label="Search body, error or id"
          name="q"
          maxLength={200}
          defaultValue={filters.q}
          data-search
        />
      )}
      {filters.state !== undefined && (
        <Select
          key={`state:${filters.state}`}
          name="state"
          aria-label="State"
          defaultValue={filters.state}
          options={[{ value: "", label: "All states" }, ...states]}
        />
      )}
      <Select
        key={`type:${filters.type}`}
        name="type"
        aria-label="Event"
        defaultValue={filters.type}
        options={[{ value: "", label: "All events" }, ...types.map((type) => ({ value: type, label: type }))]}
      />
      <DayFilter key={`from:${filters.from}`} name="from" label="From" day={filters.from} />
      <DayFilter key={`to:${filters.to}`} name="to" label="To" day={filters.to} />
      <noscript>
        <Button>Filter</Button>
      </noscript>
    </Form>
  );
}
