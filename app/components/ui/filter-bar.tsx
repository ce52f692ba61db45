import { Form, useSubmit } from "@remix-run/react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { type Option, SearchInput, Select } from "./input.tsx";

export interface FilterSelect {
  name: string;
  label: string;
  value: string;
  options: readonly Option[];
}

interface FilterBarProps {
  /** Names the search, for example "Search 47 tools". */
  searchLabel: string;
  search: string;
  searchName?: string | undefined;
  selects?: readonly FilterSelect[] | undefined;
  /** Hidden inputs that keep the rest of the address. */
  keep?: Readonly<Record<string, string>> | undefined;
  end?: ReactNode;
}

/** Search and selects of a list, a GET form: with script a change applies at once, without it a Filter button shows. */
export function FilterBar(props: FilterBarProps) {
  const { searchLabel, search, searchName = "q", selects = [], keep = {}, end } = props;
  const submit = useSubmit();
  return (
    <Form
      method="get"
      role="search"
      className="filter-bar"
      onChange={(event) => {
        if (event.target instanceof HTMLSelectElement) submit(event.currentTarget, { preventScrollReset: true });
      }}
    >
      {Object.entries(keep).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <SearchInput label={searchLabel} name={searchName} defaultValue={search} key={search} data-search />
      {selects.map((select) => (
        <Select
          key={`${select.name}:${select.value}`}
          name={select.name}
          aria-label={select.label}
          defaultValue={select.value}
          options={select.options}
        />
      ))}
      <noscript>
        <Button>Filter</Button>
      </noscript>
      {end}
    </Form>
  );
}
