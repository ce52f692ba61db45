import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { build } from "vite";
import { inProject, projectRoot } from "#app/platform/paths.server.ts";
import { explain } from "./process.server.ts";
import { processSources } from "./processes.server.ts";

/** `npm run build`: pages by Remix, then each process as one bundle with everything it imports. */
try {
  rmSync(inProject("build"), { recursive: true, force: true });
  const pages = spawnSync("remix", ["vite:build", "--config", "remix.config.js"], {
    cwd: projectRoot,
    stdio: "inherit",
  });
  if (pages.status !== 0) throw new Error("The pages could not be built (see above).");
  await buildProcesses();
} catch (error) {
  explain(error);
}

async function buildProcesses(): Promise<void> {
  const input = Object.fromEntries(
    Object.entries(processSources)
      .map(([name, source]) => [name, inProject(source)] as const)
      .filter(([, file]) => existsSync(file)),
  );
  await build({
    root: projectRoot,
    configFile: inProject("remix.config.js"),
    mode: "processes",
    logLevel: "warn",
    build: { ssr: true, outDir: "build/processes", emptyOutDir: true, copyPublicDir: false, rollupOptions: { input } },
  });
}
