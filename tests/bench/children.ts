import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type ProcessName, processFile } from "#app/cli/processes.server.ts";
import { childEnvironment } from "#app/platform/env.server.ts";
import { inProject, projectRoot } from "#app/platform/paths.server.ts";
import { parentOf } from "./bench.ts";

export interface Child {
  pid: number;
  /** The next message that the process sends. */
  ask(question: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a script of `tests/bench/processes` with its settings and waits for its first message, `hello`. */
export async function startHelper(
  name: string,
  settings: unknown = {},
  flags: readonly string[] = [],
): Promise<Child & { hello: unknown }> {
  const file = inProject("tests", "bench", "processes", `${name}.ts`);
  const child = start([...flags, file, JSON.stringify(settings)], {});
  const hello = await nextMessage(child);
  return { ...handle(child), hello };
}

/** Starts a process of the app as a deployment runs it: the production bundle. The caller waits until it is ready. */
export function startProcess(name: ProcessName, variables: Record<string, string>): Child {
  const file = processFile(name);
  if (!file?.includes("/build/")) throw new Error("There is no production build. Run `npm run build` first.");
  return handle(start([file], variables));
}

/** Ends with us, however we end; what it prints goes to stderr, so that --json stays clean. */
function start(args: readonly string[], variables: Record<string, string>): ChildProcess {
  const preload = processFile("leave-with-parent");
  if (!preload) throw new Error("The file that lets children leave with us is missing.");
  return spawn(process.execPath, ["--import", preload, ...args], {
    cwd: projectRoot,
    env: childEnvironment({ LOG_LEVEL: "error", ...variables }),
    stdio: ["ignore", 2, 2, "ipc"],
  });
}

function handle(child: ChildProcess): Child {
  return {
    pid: child.pid ?? 0,
    ask: (question) => {
      const answer = nextMessage(child);
      child.send({ question });
      return answer;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 12_000);
      await gone;
      clearTimeout(late);
    },
  };
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`A process of the benchmark ended early: ${child.spawnargs.at(-1)}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message);
    });
  });
}

/** A process and all its descendants. */
export function familyOf(pid: number): number[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const parents = new Map(all.map((one) => [one, parentOf(one)]));
  const family = [pid];
  for (const member of family) family.push(...all.filter((one) => parents.get(one) === member));
  return family;
}
