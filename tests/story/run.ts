import { parseArgs } from "node:util";
import { startInstance } from "#tests/support/instance.ts";
import { chapters } from "./chapters.ts";
import { Person } from "./person.ts";
import { anything, control, type Story, Untruth } from "./steps.ts";

/*
 * `npm run story`: walks through the whole main job on a temporary instance, through its public HTTP surface, as a person
 * and as vendors would, and looks at what the other side holds. `-- --json` prints one line a step. `-- --break
 * slack=html` makes one simulated vendor answer wrongly after it was connected (html, 500, reset, revoke …): exactly its
 * own step must then fail. Exits non-zero when a step does not hold.
 */

const { values } = parseArgs({ options: { json: { type: "boolean" }, break: { type: "string" } } });

interface Row {
  name: string;
  holds: boolean;
  what: string;
  seconds: number;
}

const say = (row: Row): void => {
  if (values.json) console.log(JSON.stringify(row));
  else
    console.log(`${row.holds ? "✓" : "✗"} ${row.name.padEnd(46)} ${row.seconds.toFixed(1).padStart(6)} s  ${row.what}`);
};

const [broken, fault = "html"] = (values.break ?? "").split("=");
const began = Date.now();
const rows: Row[] = [];
const instance = await startInstance();
try {
  const story: Story = { ...instance, person: new Person(), connections: new Map(), notes: new Map() };
  say(noted("start the instance", began, "Postgres, worker, web, simulated vendors and the seeded story"));
  for (const { name, vendor, run } of chapters) {
    const start = Date.now();
    if (broken && vendor === broken)
      await control(story, `_control/${broken}/faults`, anything, { kind: fault, count: 0 });
    try {
      say(noted(name, start, await run(story)));
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      say(noted(name, start, error instanceof Untruth ? sentence : `Unexpected: ${sentence}`, false));
    }
    if (broken && vendor === broken) await control(story, `_control/${broken}/faults`, anything, { kind: "clear" });
  }
} finally {
  await instance.stop();
}
const failed = rows.filter((row) => !row.holds).length;
if (!values.json) console.log(`\n${rows.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function noted(name: string, start: number, what: string, holds = true): Row {
  const row = { name, holds, what, seconds: (Date.now() - start) / 1_000 };
  rows.push(row);
  return row;
}
