import { parseArgs } from "node:util";
import { type Row, type Scenario, table } from "./chaos.ts";
import { crash } from "./crash.ts";
import { inbound } from "./inbound.ts";
import { longTransaction } from "./long-transaction.ts";
import { outage } from "./outage.ts";
import { refresh } from "./refresh.ts";

/**
 * `npm run chaos [scenario …] -- [--json]`: breaks things on purpose, in real processes, and looks at what holds. Exits
 * non-zero when a row does not hold.
 */
const scenarios: Readonly<Record<string, Scenario>> = {
  refresh,
  crash,
  outage,
  "long-transaction": longTransaction,
  inbound,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
// Children and Postgres end with us; leaving by `exit` takes the folders away too.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const unknown = positionals.filter((name) => !Object.hasOwn(scenarios, name));
if (unknown.length > 0) {
  console.error(`There is no scenario ${unknown.join(", ")}. There are: ${Object.keys(scenarios).join(", ")}.`);
  process.exit(2);
}

const rows: Row[] = [];
for (const [name, run] of Object.entries(scenarios)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (!values.json) console.error(`${name} …`);
  for (const { figures, ...row } of await ran(name, run)) {
    rows.push({ ...row, figures });
    if (values.json) console.log(JSON.stringify({ ...row, ...figures }));
  }
}
if (!values.json) console.log(table(rows));
process.exitCode = rows.every((row) => row.holds) ? 0 : 1;

/** A scenario that broke itself does not hold. */
async function ran(name: string, run: Scenario): Promise<Row[]> {
  try {
    return await run();
  } catch (error) {
    return [{ name, holds: false, figures: { failed: error instanceof Error ? error.message : String(error) } }];
  }
}
