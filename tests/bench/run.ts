import { parseArgs } from "node:util";
import { machine, type Row } from "./bench.ts";
import { benches, chosen, groups } from "./catalog.ts";
import { binariesVersion } from "./postgres-version.ts";
import { table } from "./table.ts";

/** `npm run bench -- [row or group …] [--long] [--json]`: measures, prints, and exits non-zero when a row does not hold. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, long: { type: "boolean", default: false } },
});
// Children and Postgres end with us; leaving by `exit` takes the folders away too.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const { benches: measurements, unknown } = chosen(positionals);
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(", ")}. There are: ${Object.keys(benches).join(", ")}.`);
  console.error(`Groups of them: ${Object.keys(groups).join(", ")}.`);
  process.exit(2);
}

const rows: Row[] = [];
for (const [name, measure] of measurements) {
  if (!values.json) console.error(`${name} …`);
  for (const row of await measured(name, () => measure({ long: values.long }))) {
    rows.push(row);
    if (values.json) console.log(JSON.stringify({ ...row, machine: machine(binariesVersion()) }));
  }
}
if (!values.json) console.log(table(rows, machine(binariesVersion())));
process.exitCode = rows.every((row) => row.holds) ? 0 : 1;

/** A row that could not be measured does not hold. */
async function measured(name: string, measure: () => Promise<Row[]>): Promise<Row[]> {
  try {
    return await measure();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ name, holds: false, ours: 0, unit: "-", target: "to be measured", figures: { failed: why } }];
  }
}
