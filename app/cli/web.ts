import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { ServerBuild } from "@remix-run/node";
import { assertEnvironment, env } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { guardProcess } from "#app/services/vendor-wire.server.ts";
import { assertBoundByRowSecurity, closeDatabase } from "#db/client.server.ts";
import { explain, outliveLostConnections, stopOnSignal } from "./process.server.ts";
import { drain, listen, productionApp } from "./web-server.ts";

const GRACE = 10_000;

export interface RunningWeb {
  port: number;
  url: string;
  /** Stops taking requests and lets the running ones end. */
  stop: () => Promise<void>;
}

/** Serves the production build. PORT 0 takes a free port. */
export async function startWeb(port = env().PORT, host = env().HOST): Promise<RunningWeb> {
  const file = inProject("build", "server", "index.js");
  if (!existsSync(file)) throw new Error("There is no production build. Run `npm run build` first.");
  const build: ServerBuild = await import(file);
  const server = createServer(productionApp(build, inProject("build", "client")));
  const chosen = await listen(server, port, host);
  return { port: chosen, url: `http://${host}:${chosen}`, stop: () => drain(server, GRACE) };
}

if (import.meta.main) {
  try {
    assertEnvironment();
    guardProcess();
    outliveLostConnections();
    await assertBoundByRowSecurity();
    // The pages bring a pool of their own.
    await closeDatabase();
    const web = await startWeb();
    stopOnSignal(web.stop);
    console.log(`Patchbay listens on ${web.url}`);
  } catch (error) {
    explain(error);
    process.exit();
  }
}
