import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { env } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { startSuite, vendors } from "#tests/conformance/suite.ts";
import { documents, specsOf } from "./catalog.ts";
import { consent } from "./consent.ts";
import { deviations } from "./deviations.ts";
import { judgeExchange } from "./judge.ts";
import { recording } from "./recording.ts";

/**
 * `npm run test:contracts -- [vendor …] [--json]`: runs each adapter through the conformance checks and holds every request
 * it sends, and every answer the simulated vendor gives, against the vendor's own documents. They are no part of this
 * repository: the folder is `../shared/contracts`, or PATCHBAY_CONTRACTS. Non-zero when a fault is not an allowed one.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const root = env().PATCHBAY_CONTRACTS ?? inProject("..", "shared", "contracts");

interface Row {
  name: string;
  holds: boolean;
  figures: Record<string, string | number>;
}

const rows: Row[] = [];
const told = (row: Row): void => {
  rows.push(row);
  const { figures, ...rest } = row;
  const words = Object.entries(figures).map(([key, value]) => `${key} ${value}`);
  console.log(
    values.json
      ? JSON.stringify({ ...rest, ...figures })
      : `${row.holds ? "✓" : "✗"} ${row.name}: ${words.join(" · ")}`,
  );
};

if (!existsSync(root))
  told({ name: "contracts", holds: true, figures: { skipped: `there are no documents at ${root}` } });
else
  for (const manifest of vendors) {
    if (!Object.hasOwn(documents, manifest.id)) continue;
    if (positionals.length > 0 && !positionals.includes(manifest.id)) continue;
    const specs = specsOf(manifest.id, root);
    if (!specs) told({ name: manifest.id, holds: true, figures: { skipped: "its documents are not there" } });
    else await hold(manifest.id, specs);
  }
process.exitCode = rows.every((row) => row.holds) ? 0 : 1;

async function hold(vendor: string, specs: NonNullable<ReturnType<typeof specsOf>>): Promise<void> {
  const traffic = recording(vendor);
  const suite = await startSuite({ around: traffic.around });
  const manifest = vendors.find((one) => one.id === vendor);
  // Outages are the kit's matter and not the vendor's contract; what is pure makes no call.
  for (const check of manifest ? await suite.applicable(manifest) : [])
    if (manifest && !/^[RS]-/.test(check.id)) await suite.run(manifest, check);
  if (manifest) await consent(manifest, suite.egress, suite.sandbox);
  await suite.close();
  for (const { check, title, reason = "" } of suite.rows().filter((row) => row.result === "fails"))
    told({ name: `${vendor} · ${check} ${title}`, holds: false, figures: { "not said to its end": reason } });

  const judged = traffic.exchanges.map((exchange) => judgeExchange(specs, exchange));
  const seen = new Map<string, number>();
  for (const fault of judged.flatMap((one) => one?.faults ?? [])) seen.set(fault, (seen.get(fault) ?? 0) + 1);
  const own = deviations.filter((one) => one.vendor === vendor);
  const allowed = [...seen].filter(([fault]) => own.some((one) => one.fault.test(fault)));
  const faults = [...seen].filter(([fault]) => !own.some((one) => one.fault.test(fault)));
  const idle = own.filter((one) => ![...seen.keys()].some((fault) => one.fault.test(fault)));
  told({
    name: vendor,
    holds: faults.length === 0 && idle.length === 0,
    figures: {
      operations: new Set(judged.flatMap((one) => (one ? [one.operation] : []))).size,
      requests: judged.filter((one) => one !== null).length,
      answers: traffic.exchanges.filter((one, index) => judged[index] !== null && !one.spoilt).length,
      outside: judged.filter((one) => one === null).length,
      violations: faults.length,
      allowed: allowed.length,
    },
  });
  for (const [fault, times] of faults) told({ name: `${vendor} · ${fault}`, holds: false, figures: { times } });
  for (const [fault, times] of allowed) {
    const reason = own.find((one) => one.fault.test(fault))?.reason ?? "";
    told({ name: `${vendor} · ${fault}`, holds: true, figures: { times, allowed: reason } });
  }
  for (const { fault } of idle)
    told({ name: `${vendor} · ${fault.source}`, holds: false, figures: { idle: "allowed and no longer seen" } });
}
