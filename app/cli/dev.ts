import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import type { ServerBuild } from "@remix-run/node";
import { createServer as createVite } from "vite";
import { env } from "#app/platform/env.server.ts";
import { bareApp, developmentHandler, drain, listen } from "./web-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A child process that starts again when a file under its folders changes. */
function keepRunning(file: string, folders: readonly string[]): { stop: () => void } {
  if (!existsSync(root + file)) return { stop: () => {} };
  let child: ChildProcess | undefined;
  let wait: NodeJS.Timeout | undefined;
  const start = () => {
    child = spawn(process.execPath, [root + file], { cwd: root, stdio: "inherit" });
  };
  const restart = () => {
    clearTimeout(wait);
    wait = setTimeout(() => {
      child?.kill("SIGTERM");
      child?.once("exit", start);
      if (child?.exitCode !== null) start();
    }, 200);
  };
  const watchers = folders
    .filter((folder) => existsSync(root + folder))
    .map((folder) => watch(root + folder, { recursive: true }, restart));
  start();
  return {
    stop: () => {
      for (const watcher of watchers) watcher.close();
      clearTimeout(wait);
      child?.kill("SIGTERM");
    },
  };
}

// The http server comes first, so that hot reload shares its port: two dev servers on one machine stay apart.
const app = bareApp();
const server = createServer(app);
const vite = await createVite({
  root,
  configFile: `${root}remix.config.js`,
  server: { middlewareMode: true, hmr: { server } },
});
app.use(vite.middlewares);
const load = (): Promise<ServerBuild> =>
  vite.ssrLoadModule("virtual:remix/server-build").then((build) => build as ServerBuild);
app.all("*", developmentHandler(load));

const { PORT, HOST } = env();
const port = await listen(server, PORT, HOST);
console.log(`Patchbay (development) listens on http://${HOST}:${port}`);

const children = [
  keepRunning("jobs/worker.ts", ["jobs", "db", "app/services", "app/integrations", "app/platform"]),
  keepRunning("app/sandbox/server.ts", ["app/sandbox"]),
];

const end = async () => {
  for (const child of children) child.stop();
  await vite.close();
  await drain(server, 1_000);
  process.exit(0);
};
process.once("SIGTERM", end);
process.once("SIGINT", end);
