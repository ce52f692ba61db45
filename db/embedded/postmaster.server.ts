import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterPlace, freePort, neutralEnvironment, readPidFile, runningPort } from "./cluster.server.ts";

/** How long a start may take, crash recovery and the old backends of a killed server included. */
const PATIENCE_MS = 30_000;

const SETTINGS = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "shared_buffers=64MB",
  "max_connections=100",
  // A statement over all days of a table locks each partition with its indexes.
  "max_locks_per_transaction=256",
  "io_method=sync",
  "jit=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "max_logical_replication_workers=0",
  "idle_in_transaction_session_timeout=60s",
];
/** For databases that live as long as a test run. */
const THROW_AWAY = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"];

export interface Postmaster {
  port: number;
  /** False when it ran already: then stopping it is somebody else's business. */
  ours: boolean;
  stop(): Promise<void>;
}

/**
 * Brings up Postgres on a data folder, or adopts the one that answers there. Ports taken in between, a second start on
 * the same folder and the remains of a killed server are met by trying again.
 */
export async function startPostmaster(
  place: ClusterPlace,
  data: string,
  options: { throwAway: boolean; logFile: string },
): Promise<Postmaster> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const adopted = await runningPort(data);
    if (adopted !== undefined) return { port: adopted, ours: false, stop: async () => {} };
    const port = await freePort();
    const child = spawnPostgres(place, data, port, options);
    if (await becomesReady(child, data, deadline)) return owned(child, port);
    const said = lastWords(options.logFile);
    if (Date.now() > deadline || !isPassing(said)) {
      throw new Error(`Postgres did not start on ${data}: ${said || "it said nothing"} (log: ${options.logFile})`);
    }
    await sleep(200);
  }
}

function spawnPostgres(
  place: ClusterPlace,
  data: string,
  port: number,
  options: { throwAway: boolean; logFile: string },
): ChildProcess {
  const settings = [...SETTINGS, ...(options.throwAway ? THROW_AWAY : []), `port=${port}`];
  const output = openSync(options.logFile, "w", 0o600);
  const child = spawn(join(place.native, "bin", "postgres"), ["-D", data, ...settings.flatMap((s) => ["-c", s])], {
    cwd: place.folder,
    env: neutralEnvironment,
    // A process group of its own: Ctrl-C in the terminal must reach us first and the database last.
    detached: true,
    stdio: ["ignore", output, output],
    ...place.as,
  });
  child.once("error", () => undefined);
  closeSync(output);
  return child;
}

const hasEnded = (child: ChildProcess) =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

async function becomesReady(child: ChildProcess, data: string, deadline: number): Promise<boolean> {
  while (!hasEnded(child) && Date.now() < deadline) {
    const noted = readPidFile(data);
    if (noted?.pid === child.pid && (await runningPort(data)) !== undefined) return true;
    await sleep(10);
  }
  if (!hasEnded(child)) child.kill("SIGQUIT");
  return false;
}

/** Failures that another try may find gone. */
const isPassing = (said: string): boolean =>
  /could not bind|address already in use|lock file .* already exists|pre-existing shared memory|is another postmaster/i.test(
    said,
  );

function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, "utf8").split("\n");
  return lines
    .filter((line) => /FATAL|ERROR|HINT|could not|permission/i.test(line))
    .slice(-4)
    .join(" ")
    .trim();
}

function owned(child: ChildProcess, port: number): Postmaster {
  const watcher = watchOurDeath(child);
  child.unref();
  return {
    port,
    ours: true,
    async stop() {
      watcher?.kill("SIGKILL");
      if (hasEnded(child)) return;
      child.ref();
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGINT");
      await ended;
    },
  };
}

/**
 * A shell that waits on a pipe from us: whatever ends this process, `kill -9` included, closes the pipe and the shell
 * shuts Postgres down.
 */
function watchOurDeath(child: ChildProcess): ChildProcess | undefined {
  if (process.platform === "win32" || child.pid === undefined) return undefined;
  const watcher = spawn("/bin/sh", ["-c", 'read _; kill -INT "$1"', "sh", String(child.pid)], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.unref();
  const pipe: unknown = watcher.stdin;
  if (hasUnref(pipe)) pipe.unref();
  return watcher;
}

const hasUnref = (value: unknown): value is { unref(): void } =>
  typeof value === "object" && value !== null && "unref" in value && typeof value.unref === "function";
