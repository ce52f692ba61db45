import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { inProject, projectRoot } from "#app/platform/paths.server.ts";
import type { WebhookCheck } from "./catalog.ts";
import type { Result } from "./result.ts";

const line = z.looseObject({ name: z.string(), holds: z.boolean() });
type Line = z.output<typeof line>;

/** Both suites leave with this when they do not know a row. */
const UNKNOWN = 2;

/** Runs the rows of one check in the suite that has them, and reads its lines of JSON. */
export async function byRows(check: WebhookCheck): Promise<Result> {
  const began = performance.now();
  const run = inProject("tests", check.suite, "run.ts");
  const child = spawn(process.execPath, [run, ...(check.rows ?? [check.name]), "--json"], {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = () => child.kill("SIGTERM");
  process.once("exit", end);
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  process.off("exit", end);
  const seconds = (performance.now() - began) / 1_000;
  const lines = printed
    .split("\n")
    .filter((one) => one.startsWith("{"))
    .map((one) => line.parse(JSON.parse(one)));
  if (code === UNKNOWN) return { check, outcome: "not there yet", figures: {}, broken: [], seconds };
  const holds = code === 0 && lines.length > 0 && lines.every((one) => one.holds);
  return {
    check,
    outcome: holds ? "holds" : "fails",
    figures: Object.fromEntries(lines.map((one) => [one.name, wordsOf(one)])),
    broken: lines.length === 0 ? ["It printed no row."] : [],
    seconds,
  };
}

function wordsOf({ name: _name, holds, machine: _machine, figures, ...rest }: Line): string {
  const all = { ...rest, ...(typeof figures === "object" ? figures : {}) };
  const words = Object.entries(all).map(([name, value]) => `${name} ${String(value)}`);
  return `${holds ? "" : "(does not hold) "}${words.join(", ")}`;
}
