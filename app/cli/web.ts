import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import type { ServerBuild } from "@remix-run/node";
import { env } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import { drain, listen, productionApp } from "./web-server.ts";

const GRACE = 10_000;
const root = fileURLToPath(new URL("../..", import.meta.url));

export interface RunningWeb {
  port: number;
  url: string;
  /** Stops taking requests and lets the running ones end. */
  stop: () => Promise<void>;
}

/** Serves the production build. PORT 0 takes a free port. */
export async function startWeb(port = env().PORT, host = env().HOST): Promise<RunningWeb> {
  const file = `${root}build/server/index.js`;
  if (!existsSync(file)) throw new Error("There is no production build. Run `npm run build` first.");
  const build: ServerBuild = await import(file);
  const server = createServer(productionApp(build, `${root}build/client`));
  const chosen = await listen(server, port, host);
  return { port: chosen, url: `http://${host}:${chosen}`, stop: () => drain(server, GRACE) };
}

if (import.meta.main) {
  const web = await startWeb();
  console.log(`Patchbay listens on ${web.url}`);
  const end = (signal: string) => {
    log().info({ signal }, "web stops");
    void web.stop().then(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}
