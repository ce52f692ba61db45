import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type ProcessName, processFile } from "#app/cli/processes.server.ts";
import { childEnvironment } from "#app/platform/env.server.ts";
import { inProject, projectRoot } from "#app/platform/paths.server.ts";

export interface Child {
  pid: number;
  /** The next message that the process sends; fails when it ends before. */
  next(): Promise<unknown>;
  ask(question: unknown): Promise<unknown>;
  signal(name: NodeJS.Signals): void;
  /** The signal or code that it ended with. */
  gone(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a script with its settings. It ends with us, however we end; what it prints goes to stderr. */
export function startChild(path: readonly string[], settings: unknown): Child {
  return handle(start([inProject(...path), JSON.stringify(settings)], ["ignore", 2, 2, "ipc"]));
}

/** A process of the app as a deployment runs it, from the production build where there is one. */
export function startProcess(name: ProcessName, variables: Record<string, string> = {}): Child {
  const file = processFile(name);
  if (!file) throw new Error(`There is no process ${name}.`);
  return handle(start([file], ["ignore", 2, 2, "ipc"], variables));
}

/** The simulated vendors in a process of their own; answers where they are. */
export async function startVendors(stateFile: string): Promise<{ origin: string; stop(): Promise<void> }> {
  const file = inProject("app", "sandbox", "server.ts");
  const child = start([file, "--port", "0", "--state", stateFile], ["ignore", "pipe", 2, "ipc"]);
  if (!child.stdout) throw new Error("The simulated vendors cannot be heard.");
  for await (const line of createInterface({ input: child.stdout })) {
    const origin = /Simulated vendors: (\S+)\/_control/.exec(line)?.[1];
    if (origin) return { origin, stop: handle(child).stop };
  }
  throw new Error("The simulated vendors did not start.");
}

function start(
  args: readonly string[],
  stdio: ("ignore" | "pipe" | "ipc" | number)[],
  variables: Record<string, string> = {},
): ChildProcess {
  const preload = processFile("leave-with-parent");
  if (!preload) throw new Error("The file that lets children leave with us is missing.");
  return spawn(process.execPath, ["--import", preload, ...args], {
    cwd: projectRoot,
    env: childEnvironment({ LOG_LEVEL: "error", DATABASE_POOL: "4", ...variables }),
    stdio,
  });
}

function handle(child: ChildProcess): Child {
  const waiting: unknown[] = [];
  child.on("message", (message) => waiting.push(message));
  const ended = new Promise<string>((resolve) =>
    child.once("exit", (code, signal) => resolve(signal ?? String(code ?? ""))),
  );
  const next = async (): Promise<unknown> => {
    while (waiting.length === 0) {
      const how = await Promise.race([ended, once(child, "message").then(() => null)]);
      if (how !== null && waiting.length === 0) throw new Error(`A process ended early, with ${how}.`);
    }
    return waiting.shift();
  };
  return {
    pid: child.pid ?? 0,
    next,
    ask(question) {
      child.send({ question });
      return next();
    },
    signal: (name) => void child.kill(name),
    gone: () => ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(late);
    },
  };
}
