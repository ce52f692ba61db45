import { parseArgs } from "node:util";
import { checks, startSuite, table, vendors } from "./suite.ts";

/** `npm run check:conformance -- [vendor …] [--json] [--write]`: the suite without a test runner. Non-zero when a row fails. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, write: { type: "boolean", default: false } },
});
const suite = await startSuite({ writeGolden: values.write });
for (const manifest of vendors) {
  if (positionals.length > 0 && !positionals.includes(manifest.id)) continue;
  for (const check of checks) {
    const row = await suite.run(manifest, check);
    if (!values.json || row.result === "idle") continue;
    const { vendor, title, result, reason } = row;
    const holds = result !== "fails";
    process.stdout.write(
      `${JSON.stringify({ name: `${vendor} ${row.check}`, holds, vendor, check: row.check, title, result, ...(reason ? { reason } : {}) })}\n`,
    );
  }
}
if (!values.json) process.stdout.write(`${table(suite.rows())}\n`);
process.exitCode = suite.rows().some((row) => row.result === "fails") ? 1 : 0;
await suite.close();
