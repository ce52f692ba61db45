import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { giveTo, moveIntoPlace, type RunAs } from "./binaries.server.ts";

const MAJOR = "18";
/** Neither locale nor time zone of the machine may reach the cluster. NODE_ENV only satisfies the type. */
export const neutralEnvironment = { LC_ALL: "C", TZ: "UTC", NODE_ENV: "production" } as const;

export interface ClusterPlace {
  /** Folder that holds the data folder. */
  folder: string;
  /** Folder with `bin/`. */
  native: string;
  as: RunAs;
}

/**
 * The data folder, made by initdb when absent. It is built under another name and renamed when complete, so an
 * interrupted or a second simultaneous first start leaves nothing half made.
 */
export function ensureCluster(place: ClusterPlace, adminPassword: string): string {
  const data = join(place.folder, `pg${MAJOR}`);
  if (!existsSync(data)) {
    const draft = `${data}.new-${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    initialise(place, draft, adminPassword);
    moveIntoPlace(draft, data);
  }
  const version = readFileSync(join(data, "PG_VERSION"), "utf8").trim();
  if (version !== MAJOR) throw new Error(`${data} was made by Postgres ${version}; this Patchbay runs ${MAJOR}.`);
  return data;
}

function initialise(place: ClusterPlace, draft: string, adminPassword: string): void {
  const passwordFile = `${draft}.password`;
  mkdirSync(draft, { mode: 0o700 });
  giveTo(draft, place.as);
  writeFileSync(passwordFile, adminPassword, { mode: 0o600 });
  giveTo(passwordFile, place.as);
  const args = ["-D", draft, "-U", "patchbay_admin", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  args.push("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync");
  const result = spawnSync(join(place.native, "bin", "initdb"), args, {
    cwd: place.folder,
    env: neutralEnvironment,
    encoding: "utf8",
    ...place.as,
  });
  rmSync(passwordFile, { force: true });
  if (result.status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    const said = (result.error?.message ?? result.stderr ?? "").trim();
    throw new Error(`Postgres could not make its data folder in ${place.folder}: ${said}`);
  }
}

/** What `postmaster.pid` says, or undefined. Its presence proves nothing: only an answer on the port does. */
export function readPidFile(data: string): { pid: number; port: number; ready: boolean } | undefined {
  try {
    const lines = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    if (!Number.isInteger(pid) || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
    return { pid, port, ready: (lines[7] ?? "").startsWith("ready") };
  } catch {
    return undefined;
  }
}

/** Port of the Postgres that runs on this data folder already, if one answers. */
export async function runningPort(data: string): Promise<number | undefined> {
  const noted = readPidFile(data);
  return noted?.ready && (await answersAsPostgres(noted.port)) ? noted.port : undefined;
}

/** Sends the protocol's SSL question; a Postgres answers one letter, S or N. */
function answersAsPostgres(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => settle(false));
    socket.once("error", () => settle(false));
    socket.once("close", () => settle(false));
    socket.once("connect", () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.once("data", (bytes) => settle(bytes.length === 1 && (bytes[0] === 0x53 || bytes[0] === 0x4e)));
  });
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("No free port.")),
      );
    });
  });
}
