import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { childEnvironment } from "#app/platform/env.server.ts";
import { inProject, projectRoot } from "#app/platform/paths.server.ts";

export interface Restarting {
  stop: () => Promise<void>;
}

/** Runs a source file as a process and starts it anew when something under its folders changes. */
export function restartOnChange(file: string, folders: readonly string[], args: string[] = []): Restarting {
  let child: ChildProcess | undefined;
  let wait: NodeJS.Timeout | undefined;
  let stopping = false;
  const start = () => {
    if (stopping) return;
    child = spawn(process.execPath, ["--import", inProject("app/cli/leave-with-parent.ts"), inProject(file), ...args], {
      cwd: projectRoot,
      env: childEnvironment({}),
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  };
  const restart = () => {
    clearTimeout(wait);
    wait = setTimeout(() => {
      if (!child || hasEnded(child)) start();
      else child.once("exit", start).kill("SIGTERM");
    }, 200);
  };
  const watchers = folders
    .filter((folder) => existsSync(inProject(folder)))
    .map((folder) => watch(inProject(folder), { recursive: true }, restart));
  start();
  return {
    stop: async () => {
      stopping = true;
      for (const watcher of watchers) watcher.close();
      clearTimeout(wait);
      if (!child || hasEnded(child)) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;
