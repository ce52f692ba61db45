import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { childEnvironment } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";

export interface Instance {
  url: string;
  sandbox: string;
  /** Signs in the story's first person, once. */
  signInLink: string;
  stateFolder: string;
  /** The start command's process. */
  process: ChildProcess;
  stop(): Promise<void>;
}

/**
 * The whole product as `npm start` runs it, on a temporary state folder: Postgres, sandbox, web, worker and the story, told
 * to its end. Takes the bundles when they are built, else the sources.
 */
export async function startInstance(variables: Record<string, string> = {}): Promise<Instance> {
  const stateFolder = mkdtempSync(join(tmpdir(), "patchbay-"));
  // Readable by the user that Postgres runs as, so that its data stays below and goes with the folder.
  chmodSync(stateFolder, 0o755);
  const child = spawn(process.execPath, [inProject("app", "cli", "start.ts")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: childEnvironment({ PATCHBAY_STATE: stateFolder, LOG_LEVEL: "error", ...variables }),
  });
  const lines: string[] = [];
  const told = new Promise<Pick<Instance, "url" | "sandbox" | "signInLink">>((resolve, reject) => {
    const found: Record<string, string> = {};
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        found.url ??= /Patchbay is ready at (\S+)/.exec(line)?.[1] ?? "";
        if (found.url === "") delete found.url;
        const sandbox = /Simulated vendors: (\S+)\/_control/.exec(line)?.[1];
        if (sandbox) found.sandbox = sandbox;
        const link = /Sign in as .*: (\S+)$/.exec(line)?.[1];
        if (link) found.signInLink = link;
        if (line.startsWith("The story is told")) found.told = line;
        if (line.startsWith("The story could not be told")) reject(new Error(lines.join("\n")));
        const { url, sandbox: vendors, signInLink, told } = found;
        if (url && vendors && signInLink && told) resolve({ url, sandbox: vendors, signInLink });
      });
    }
    child.once("exit", (code) => reject(new Error(`The instance ended with ${code}:\n${lines.join("\n")}`)));
  });
  const known = await told;
  return {
    ...known,
    stateFolder,
    process: child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      rmSync(stateFolder, { recursive: true, force: true });
    },
  };
}
