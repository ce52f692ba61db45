import type { PaceValues } from "./endpoint-values.ts";

const orderings = ["none", "subject", "endpoint"] as const;
const numbers = ["ratePerSecond", "concurrency", "batchEvents", "batchSeconds"] as const;

const text = (value: FormDataEntryValue | null): string => (typeof value === "string" ? value.trim() : "");

/** The pace as the service takes it: nothing entered asks for nothing; what is no number is refused there, at its field. */
export function paceOf(form: FormData) {
  const number = (name: (typeof numbers)[number]) => {
    const entered = text(form.get(name));
    return entered === "" ? null : Number(entered);
  };
  return {
    ...{ ratePerSecond: number("ratePerSecond"), concurrency: number("concurrency") },
    ...{ batchEvents: number("batchEvents"), batchSeconds: number("batchSeconds") },
    ordering: orderings.find((one) => one === form.get("ordering")) ?? ("none" as const),
  };
}

/** What was typed, for the same form again. */
export const typedPace = (form: FormData): PaceValues => ({
  ...{ ratePerSecond: text(form.get("ratePerSecond")), concurrency: text(form.get("concurrency")) },
  ...{ batchEvents: text(form.get("batchEvents")), batchSeconds: text(form.get("batchSeconds")) },
  ordering: text(form.get("ordering")) || "none",
});

/** What is stored, for the form. */
export const shownPace = (
  row: Readonly<Record<(typeof numbers)[number], number | null>> & { ordering: string },
): PaceValues => ({
  ...{ ratePerSecond: row.ratePerSecond?.toString() ?? "", concurrency: row.concurrency?.toString() ?? "" },
  ...{ batchEvents: row.batchEvents?.toString() ?? "", batchSeconds: row.batchSeconds?.toString() ?? "" },
  ordering: row.ordering,
});
