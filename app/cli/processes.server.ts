import { existsSync } from "node:fs";
import { inProject } from "#app/platform/paths.server.ts";

/** Every process of Patchbay and its source. The production build makes one bundle of each in build/processes. */
export const processSources = {
  "leave-with-parent": "app/cli/leave-with-parent.ts",
  migrate: "db/migrate.ts",
  sandbox: "app/sandbox/server.ts",
  seed: "db/seed.ts",
  "sign-in-link": "app/cli/sign-in-link.ts",
  start: "app/cli/start.ts",
  web: "app/cli/web.ts",
  worker: "jobs/worker.ts",
} as const;

export type ProcessName = keyof typeof processSources;

/** The file to run: the bundle when there is one, else the source; undefined when this release has no such process. */
export function processFile(name: ProcessName): string | undefined {
  return [inProject("build", "processes", `${name}.js`), inProject(processSources[name])].find((file) =>
    existsSync(file),
  );
}
