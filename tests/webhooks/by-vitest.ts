import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { inProject, projectRoot } from "#app/platform/paths.server.ts";
import type { WebhookCheck } from "./catalog.ts";
import type { Result } from "./result.ts";

const figure = z.union([z.number(), z.string()]);
const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(""),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
          meta: z.object({ measured: z.record(z.string(), figure).optional() }).nullish(),
        }),
      ),
    }),
  ),
});
type FileReport = z.output<typeof report>["testResults"][number];

/** Runs the files of these checks in one Vitest run, and reads what each check's files said. */
export async function byVitest(checks: readonly WebhookCheck[]): Promise<Result[]> {
  if (checks.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "patchbay-checks-"));
  try {
    const file = join(folder, "report.json");
    const files = [...new Set(checks.flatMap((check) => check.files))];
    const problem = await runVitest(files, file);
    const reports = problem ?? report.parse(JSON.parse(readFileSync(file, "utf8"))).testResults;
    return checks.map((check) =>
      typeof reports === "string"
        ? { check, outcome: "fails" as const, figures: {}, broken: [reports], seconds: 0 }
        : resultOf(
            check,
            reports.filter(({ name }) => check.files.some((one) => name === inProject(one))),
          ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What went wrong when there is no report to read. What Vitest prints goes to stderr. */
async function runVitest(files: readonly string[], output: string): Promise<string | undefined> {
  const vitest = inProject("node_modules", "vitest", "vitest.mjs");
  const projects = ["unit", "flows", "webhooks"].flatMap((name) => ["--project", name]);
  const reporters = ["--reporter=json", `--outputFile=${output}`];
  const child = spawn(
    process.execPath,
    [vitest, "run", "--config", "remix.config.js", ...projects, ...reporters, ...files],
    { cwd: projectRoot, stdio: ["ignore", 2, 2] },
  );
  const end = () => child.kill("SIGTERM");
  process.once("exit", end);
  await once(child, "exit");
  process.off("exit", end);
  try {
    readFileSync(output);
    return undefined;
  } catch {
    return "Vitest ended without a report.";
  }
}

function resultOf(check: WebhookCheck, reports: readonly FileReport[]): Result {
  const tests = reports.flatMap((one) => one.assertionResults);
  const unread = reports
    .filter(({ status, assertionResults }) => status === "failed" && assertionResults.every(passed))
    .map(({ message }) => firstLine(message));
  const failed = tests.filter((test) => test.status === "failed");
  const count = tests.filter(passed).length;
  const left = tests.length - count - failed.length;
  const holds = reports.length === check.files.length && unread.length + failed.length + left === 0 && count > 0;
  return {
    check,
    outcome: holds ? "holds" : "fails",
    figures: {
      tests: count === tests.length ? count : `${count} of ${tests.length}`,
      ...Object.assign({}, ...tests.map((test) => test.meta?.measured ?? {})),
    },
    broken: [
      ...unread,
      ...failed.map(({ fullName, failureMessages }) => `${fullName}: ${firstLine(failureMessages?.[0] ?? "")}`),
      ...(left > 0 ? [`${left} tests were left out.`] : []),
    ],
    seconds: reports.reduce((sum, one) => sum + one.endTime - one.startTime, 0) / 1_000,
  };
}

const passed = (test: { status: string }) => test.status === "passed";
const firstLine = (text: string) => text.split("\n", 1)[0]?.slice(0, 300) ?? "";
