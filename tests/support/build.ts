import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { childEnvironment } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";

const SOURCES = ["app", "db", "jobs", "public", "package.json", "remix.config.js"];

/** Vitest's global set-up of the browser tests: builds the product when its build is missing or older than a source. */
export default function buildWhenStale(): void {
  if (newest("build/processes") >= Math.max(...SOURCES.map(newest))) return;
  const built = spawnSync(process.execPath, [inProject("app", "cli", "build.ts")], {
    cwd: inProject(),
    stdio: ["ignore", "ignore", "inherit"],
    env: childEnvironment({ NODE_ENV: "production" }),
  });
  if (built.status !== 0) throw new Error("The product could not be built (see above).");
}

/** When the file, or the newest file below the folder, was last written, in ms; 0 when it does not exist. Tests do not count. */
function newest(path: string): number {
  const root = statSync(inProject(path), { throwIfNoEntry: false });
  if (!root?.isDirectory()) return root?.mtimeMs ?? 0;
  const files = readdirSync(inProject(path), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name),
  );
  return Math.max(0, ...files.map((entry) => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs));
}
