import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { inProject } from "#app/platform/paths.server.ts";
import { byRows } from "./by-rows.ts";
import { byVitest } from "./by-vitest.ts";
import { type WebhookCheck, webhookChecks } from "./catalog.ts";
import { json, type Result, table } from "./result.ts";

/**
 * `npm run check:webhooks -- [name …] [--json]`: whether what is promised about webhooks holds. Without a name all checks
 * that `npm test` runs too; those of the suites chaos and bench take minutes and run when they are named. Exits with 1 when
 * one does not hold, also because it is not there yet, and with 2 for a name that there is not.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
// Children end with us; leaving by `exit` takes the folders away too.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const unknown = positionals.filter((name) => !webhookChecks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(", ")}. There are:`);
  for (const { number, name, suite } of webhookChecks)
    console.error(`  ${String(number).padStart(2)}  ${name}${suite === "test" ? "" : ` (${suite})`}`);
  process.exit(2);
}

const chosen = webhookChecks.filter(({ name, suite }) =>
  positionals.length > 0 ? positionals.includes(name) : suite === "test",
);
const isThere = (check: WebhookCheck) => check.files.every((file) => existsSync(inProject(file)));
const missing = (check: WebhookCheck): Result => ({
  ...{ check, outcome: "not there yet", figures: {}, seconds: 0 },
  broken: check.files.filter((file) => !existsSync(inProject(file))).map((file) => `There is no ${file}.`),
});

const results = chosen.filter((check) => !isThere(check)).map(missing);
results.push(...(await byVitest(chosen.filter((check) => isThere(check) && check.suite === "test"))));
for (const check of chosen.filter((one) => isThere(one) && one.suite !== "test")) results.push(await byRows(check));
results.sort((one, other) => one.check.number - other.check.number);

console.log(values.json ? results.map(json).join("\n") : table(results));
process.exitCode = results.every(({ outcome }) => outcome === "holds") ? 0 : 1;
