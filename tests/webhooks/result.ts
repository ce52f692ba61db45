import type { WebhookCheck } from "./catalog.ts";

export type Outcome = "holds" | "fails" | "not there yet";

/** What became of one check. */
export interface Result {
  check: WebhookCheck;
  outcome: Outcome;
  /** What was measured, by name. */
  figures: Readonly<Record<string, number | string>>;
  /** What did not hold, a line each. */
  broken: readonly string[];
  seconds: number;
}

/** One line of JSON for a program. */
export function json({ check, outcome, figures, broken, seconds }: Result): string {
  const { number, name, property, suite } = check;
  return JSON.stringify({
    ...{ name, holds: outcome === "holds", number, outcome, suite, property, figures },
    ...(broken.length > 0 ? { broken } : {}),
    seconds: Math.round(seconds * 10) / 10,
  });
}

/** The results for people: a line each, with what was measured and what broke below. */
export function table(results: readonly Result[]): string {
  const lines = results.flatMap(({ check, outcome, figures, broken, seconds }) => {
    const mark = outcome === "holds" ? "✓" : "✗";
    const head = `${mark} ${String(check.number).padStart(2)}  ${check.name.padEnd(17)}${outcome.padEnd(14)}${seconds.toFixed(1).padStart(7)} s`;
    const words = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
    return [
      outcome === "not there yet" ? head.replace(/ +\S+ s$/, "") : head,
      ...(words.length > 0 ? [`        ${words.join(" · ")}`] : []),
      ...broken.map((line) => `        ${line}`),
    ];
  });
  const counts = (["holds", "fails", "not there yet"] as const)
    .map((outcome) => [results.filter((result) => result.outcome === outcome).length, outcome] as const)
    .filter(([count]) => count > 0)
    .map(
      ([count, outcome]) =>
        `${count} ${outcome === "holds" && count > 1 ? "hold" : outcome === "fails" && count > 1 ? "fail" : outcome}`,
    );
  return [...lines, "", counts.join(", ")].join("\n");
}
