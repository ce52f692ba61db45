/** One line of the table: what was broken, and whether what had to hold did. */
export interface Row {
  name: string;
  holds: boolean;
  /** What explains it, by name. */
  figures: Readonly<Record<string, number | string>>;
}

/** Breaks things on purpose and answers a row each. It starts what it needs and ends it. */
export type Scenario = () => Promise<Row[]>;

/** Adds up what must hold; the first thing that does not is named in the row. */
export function row(name: string, figures: Row["figures"], must: Readonly<Record<string, boolean>>): Row {
  const broken = Object.entries(must).find(([, holds]) => !holds)?.[0];
  return { name, holds: broken === undefined, figures: broken === undefined ? figures : { ...figures, broken } };
}

/** The rows for people, a line each with its figures below. */
export function table(rows: readonly Row[]): string {
  return rows
    .flatMap(({ name, holds, figures }) => [
      `${holds ? "✓" : "✗"} ${name}`,
      `    ${Object.entries(figures)
        .map(([key, value]) => `${key}: ${value}`)
        .join(" · ")}`,
    ])
    .join("\n");
}
