import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { childEnvironment } from "#app/platform/env.server.ts";
import { projectRoot } from "#app/platform/paths.server.ts";
import { type ProcessName, processFile } from "./processes.server.ts";

/**
 * One machine runs everything, and mostly waits: a small nursery for new objects and few arenas save a third of each
 * process's memory for some more garbage collection under load. Processes that are started alone keep Node's own values.
 */
const LEAN = ["--max-semi-space-size=2"];
const LEAN_ENVIRONMENT = { MALLOC_ARENA_MAX: "2" };

/** What a child may take to end before it is killed. */
const STOP_MS = 15_000;

/** Processes of `runOnce` that are under way. */
const steps = new Set<ChildProcess>();

/** Ends the steps that are under way, because the start command stops. */
export async function stopSteps(): Promise<void> {
  for (const child of steps) {
    child.kill("SIGKILL");
    await ended(child);
  }
}

export interface Step {
  /** Resolves when the process has sent this word, or has ended without. */
  heard(word: string): Promise<void>;
  /** Whether it ended well. */
  ended: Promise<boolean>;
}

/** Runs a process that ends by itself. Throws when this installation lacks its file. */
export function runStep(name: ProcessName, variables: Record<string, string>, args: string[] = []): Step {
  const child = spawnProcess(name, variables, args);
  if (!child) throw new Error(`The file of the process "${name}" is missing. Run npm ci again.`);
  steps.add(child);
  const said = new Set<unknown>();
  child.on("message", (word) => said.add(word));
  const over = ended(child).then((code) => {
    steps.delete(child);
    return code === 0;
  });
  return {
    ended: over,
    async heard(word) {
      const sent = new Promise<void>((resolve) => child.on("message", (one) => void (one === word && resolve())));
      if (!said.has(word)) await Promise.race([sent, over]);
    },
  };
}

/** Runs a process to its end; throws when it fails. */
export async function runOnce(
  name: ProcessName,
  variables: Record<string, string>,
  args: string[] = [],
): Promise<void> {
  if (!(await runStep(name, variables, args).ended))
    throw new Error(`Patchbay could not start: the step "${name}" failed (see above).`);
}

export interface KeptChild {
  /** Rejects when the process ends before `isReady` says yes. */
  ready(isReady: () => Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
}

/** Keeps a process running: when it ends by itself it is started again, after 1 s, then 2, up to 30. */
export function keepRunning(name: ProcessName, variables: Record<string, string>, args: string[] = []): KeptChild {
  let stopping = false;
  let failures = 0;
  let child = spawnProcess(name, variables, args);
  if (!child) throw new Error(`The file of the process "${name}" is missing. Run npm ci again.`);
  const watch = async () => {
    while (child && !stopping) {
      const startedAt = Date.now();
      const code = await ended(child);
      if (stopping) return;
      failures = Date.now() - startedAt > 60_000 ? 1 : failures + 1;
      const wait = Math.min(30, 2 ** (failures - 1));
      console.error(`The ${name} process ended (${code}) and starts again in ${wait} s.`);
      await sleep(wait * 1_000, undefined, { ref: false });
      if (!stopping) child = spawnProcess(name, variables, args);
    }
  };
  void watch();
  return {
    async ready(isReady) {
      while (!stopping && !(await isReady())) {
        if (failures > 0) throw new Error(`The ${name} process does not start (see above).`);
        await sleep(50);
      }
    },
    async stop() {
      stopping = true;
      if (!child || hasEnded(child)) return;
      const gone = ended(child);
      child.kill("SIGTERM");
      const late = setTimeout(() => child?.kill("SIGKILL"), STOP_MS);
      await gone;
      clearTimeout(late);
    },
  };
}

/**
 * In a process group of its own, so that Ctrl-C reaches the start command alone, which stops things in order; with a
 * channel, so that it ends when we end.
 */
function spawnProcess(name: ProcessName, variables: Record<string, string>, args: string[]): ChildProcess | undefined {
  const file = processFile(name);
  const preload = processFile("leave-with-parent");
  if (!file || !preload) return undefined;
  return spawn(process.execPath, [...LEAN, "--import", preload, file, ...args], {
    cwd: projectRoot,
    env: childEnvironment({ ...LEAN_ENVIRONMENT, ...variables }),
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

function ended(child: ChildProcess): Promise<number | string> {
  if (hasEnded(child)) return Promise.resolve(child.exitCode ?? child.signalCode ?? "unknown");
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown")));
}
