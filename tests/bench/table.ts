import type { Machine, Row } from "./bench.ts";

const number = (value: number): string =>
  Number.isFinite(value) ? value.toLocaleString("en-US", { maximumFractionDigits: 2 }) : "?";

/** The rows for people: a line each, with what explains it below, and the machine at the end. */
export function table(rows: readonly Row[], on: Machine): string {
  const head = ["", "row", "ratio", "ours", "baseline", "unit", "target"];
  const lines = rows.map((row) => [
    row.holds ? "holds" : "MISSES",
    row.name,
    row.ratio === undefined ? "" : `${number(row.ratio)} ×`,
    number(row.ours),
    row.baseline === undefined ? "" : number(row.baseline),
    row.unit,
    row.target,
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => (line[column] ?? "").length)),
  );
  const align = (line: readonly string[]) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const explained = rows.flatMap((row, index) => {
    const figures = Object.entries(row.figures ?? {}).map(([name, value]) => `${name} ${value}`);
    return [align(lines[index] ?? []), ...(figures.length > 0 ? [`        ${figures.join(" · ")}`] : [])];
  });
  const machine =
    `${on.cores} cores (${on.cpu}), ${on.memoryGb} GB, Node ${on.node}, Postgres ${on.postgres}, ` +
    `load of the last minute ${on.load}`;
  const busy = on.load > on.cores ? ["The machine was busy with other things: trust the ratios, not the times."] : [];
  return [align(head), ...explained, "", machine, ...busy].join("\n");
}
