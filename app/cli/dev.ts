import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import type { ServerBuild } from "@remix-run/node";
import { createServer as createVite } from "vite";
import { childEnvironment, env, setEnvironment } from "#app/platform/env.server.ts";
import { makeFolder } from "#app/platform/folders.server.ts";
import { inProject, projectRoot } from "#app/platform/paths.server.ts";
import { startEmbeddedPostgres } from "#db/embedded.server.ts";
import { restartOnChange } from "./dev-children.ts";
import { claimInstance } from "./instance.server.ts";
import { choosePort } from "./ports.server.ts";
import { explain, stopOnSignal } from "./process.server.ts";
import { bareApp, developmentHandler, drain, listen } from "./web-server.ts";

/** `npm run dev`: the same instance as `npm start`, from the sources, with hot reload of pages. */
const started: { stop(): Promise<void> | void }[] = [];
const stop = async () => {
  for (const part of started.splice(0).reverse()) await part.stop();
};

try {
  stopOnSignal(stop);
  await dev();
} catch (error) {
  await stop();
  explain(error);
  process.exit();
}

async function dev(): Promise<void> {
  const state = resolve(env().PATCHBAY_STATE);
  makeFolder(state);
  const claim = await claimInstance(state);
  if (claim.kind === "taken") throw new Error(`Patchbay is already running at ${claim.url ?? state}`);
  started.push({ stop: claim.release });
  if (env().DATABASE_URL === undefined) {
    const database = await startEmbeddedPostgres(state);
    started.push(database);
    setEnvironment({ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl });
  }
  const { HOST, PORT, PATCHBAY_URL, PATCHBAY_SANDBOX } = env();
  const port = await choosePort(state, "web", PORT);
  const url = PATCHBAY_URL ?? `http://${HOST}:${port}`;
  setEnvironment({ PORT: String(port), PATCHBAY_URL: url });
  if (PATCHBAY_SANDBOX === "on") await startSandbox(state, url);
  for (const file of ["db/migrate.ts", "db/seed.ts"]) runToEnd(file);
  started.push(restartOnChange("jobs/worker.ts", ["jobs", "db", "app/services", "app/integrations", "app/platform"]));
  await startPages(port, HOST);
  claim.setUrl(url);
  console.log(`Patchbay (development) is ready at ${url}`);
}

async function startSandbox(state: string, portal: string): Promise<void> {
  const port = await choosePort(state, "sandbox", env().PATCHBAY_SANDBOX_PORT);
  const origin = env().PATCHBAY_SANDBOX_URL ?? `http://127.0.0.1:${port}`;
  const allowed = [...env().PATCHBAY_ALLOW_LOOPBACK_EGRESS, `127.0.0.1:${port}`].join(",");
  const args = ["--port", String(port), "--state", join(state, "sandbox.json"), "--portal", portal, "--public", origin];
  started.push(restartOnChange("app/sandbox/server.ts", ["app/sandbox"], args));
  setEnvironment({ PATCHBAY_SANDBOX_URL: origin, PATCHBAY_ALLOW_LOOPBACK_EGRESS: allowed });
}

function runToEnd(file: string): void {
  if (!existsSync(inProject(file))) return;
  const options = { cwd: projectRoot, env: childEnvironment({}), stdio: "inherit" } as const;
  const done = spawnSync(process.execPath, [inProject(file)], options);
  if (done.status !== 0) throw new Error(`${file} failed (see above).`);
}

/** The http server comes first, so that hot reload shares its port: two dev servers on one machine stay apart. */
async function startPages(port: number, host: string): Promise<void> {
  const app = bareApp();
  const server = createServer(app);
  const ours = process.listeners("SIGTERM");
  const vite = await createVite({
    root: projectRoot,
    configFile: inProject("remix.config.js"),
    server: { middlewareMode: true, hmr: { server } },
    optimizeDeps: { include: ["cmdk", "lucide-react", "sonner"] },
  });
  // Remix starts a second Vite that would end the process on SIGTERM before the rest has stopped.
  for (const listener of process.listeners("SIGTERM")) {
    if (!ours.includes(listener)) process.off("SIGTERM", listener);
  }
  started.push({
    stop: async () => {
      await vite.close();
      await drain(server, 1_000);
    },
  });
  app.use(vite.middlewares);
  app.all(
    "*",
    developmentHandler(() => vite.ssrLoadModule("virtual:remix/server-build").then((build) => build as ServerBuild)),
  );
  await listen(server, port, host);
}
