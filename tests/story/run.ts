import { parseArgs } from "node:util";
import { type Instance, startInstance } from "#tests/support/instance.ts";
import { type Break, breakVendor, checkBreak, mendVendor, PATIENCE_SECONDS, readBreaks } from "./breaks.ts";
import { type Chapter, chapters } from "./chapters.ts";
import { Person } from "./person.ts";
import { type Story, waitAtMost } from "./steps.ts";
import { Untruth } from "./untruth.ts";

/*
 * `npm run story`: walks through the whole main job on a temporary instance, through its public HTTP surface, as a person
 * and as vendors would, and looks at what the other side holds. `-- --json` prints one line a step. `-- --break
 * slack=html` breaks one simulated vendor while its chapter runs (html, revoke, stop, or any fault it knows; webhooks is
 * the employer's own receiver); it may stand several times. Exactly the steps of the broken ones must then fail. Exits
 * non-zero when a step does not hold, with 2 when a break cannot be made.
 */

const { values } = parseArgs({
  options: { json: { type: "boolean" }, break: { type: "string", multiple: true, default: [] } },
});

interface Row {
  name: string;
  holds: boolean;
  what: string;
  seconds: number;
}

const say = (row: Row): void => {
  if (values.json) console.log(JSON.stringify(row));
  else
    console.log(`${row.holds ? "✓" : "✗"} ${row.name.padEnd(60)} ${row.seconds.toFixed(1).padStart(6)} s  ${row.what}`);
};

/** Runs one chapter, broken where it is to be; what it found is a row. */
async function tell(story: Story, { name, vendor, run }: Chapter, breaks: readonly Break[]): Promise<boolean> {
  for (const one of breaks) if (beginOf(one) === name) await breakVendor(story, one);
  const broken = breaks.find((one) => one.vendor === vendor);
  waitAtMost(broken ? PATIENCE_SECONDS : Number.POSITIVE_INFINITY);
  const row = await look(name, () => run(story));
  say(row);
  if (broken) await mendVendor(story, broken);
  return row.holds;
}

const beginOf = ({ vendor }: Break): string | undefined => {
  const own = chapters.find((one) => one.vendor === vendor);
  return own?.since ?? own?.name;
};

async function look(name: string, run: () => Promise<string>): Promise<Row> {
  const start = Date.now();
  const seconds = () => (Date.now() - start) / 1_000;
  try {
    return { name, holds: true, what: await run(), seconds: seconds() };
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    const what = error instanceof Untruth ? sentence : `Unexpected: ${sentence}`;
    return { name, holds: false, what, seconds: seconds() };
  }
}

let instance: Instance | undefined;
try {
  const vendors = chapters.flatMap(({ vendor }) => vendor ?? []);
  const breaks = readBreaks(values.break, vendors);
  const began = Date.now();
  instance = await startInstance();
  const story: Story = { ...instance, person: new Person(), connections: new Map(), notes: new Map() };
  for (const one of breaks) await checkBreak(story, one);
  const what = "Postgres, worker, web, simulated vendors and the seeded story";
  say({ name: "start the instance", holds: true, what, seconds: (Date.now() - began) / 1_000 });
  let failed = 0;
  for (const chapter of chapters) if (!(await tell(story, chapter, breaks))) failed += 1;
  if (!values.json) console.log(`\n${chapters.length + 1 - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof Untruth)) throw error;
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await instance?.stop();
}
