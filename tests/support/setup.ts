import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { isExpectedLine } from "./console.ts";

/** Runs before every test file: a state folder and secrets of its own, no database yet, and console.error fails a test. */
const state = mkdtempSync(join(tmpdir(), "patchbay-state-"));
setEnvironment({
  NODE_ENV: "test",
  PATCHBAY_STATE: state,
  PATCHBAY_KEYS: `test1:${Buffer.alloc(32, 7).toString("base64")}`,
  PATCHBAY_AUTH_SECRET: "only-for-tests-only-for-tests-only",
  PATCHBAY_SANDBOX: "on",
  DATABASE_URL: undefined,
  DATABASE_OWNER_URL: undefined,
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

let lines: string[] = [];
console.error = (...values: unknown[]) => {
  lines.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "));
};

/** Takes the console.error lines of this test so far: for tests that expect one. */
export function takeErrorLines(): string[] {
  const taken = lines;
  lines = [];
  return taken;
}

afterEach(() => {
  const unexpected = takeErrorLines().filter((line) => !isExpectedLine(line));
  if (unexpected.length > 0) throw new Error(`console.error was called:\n${unexpected.join("\n")}`);
});
