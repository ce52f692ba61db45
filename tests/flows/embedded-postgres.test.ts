import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { inProject } from "#app/platform/paths.server.ts";
import { readPidFile } from "#db/embedded/cluster.server.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#db/embedded.server.ts";

let folder: string;
const servers: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "patchbay-pg-"));
  // As root, Postgres runs as another user, who must be able to enter the folder.
  chmodSync(folder, 0o755);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const server of servers.splice(0)) await server.stop();
  await eventually(async () => expect(await anyRunning()).toBe(false));
  rmSync(folder, { recursive: true, force: true });
});

const eventually = (check: () => Promise<void> | void) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

const start = async (): Promise<EmbeddedPostgres> => {
  const server = await startEmbeddedPostgres(folder, { throwAway: true });
  servers.push(server);
  return server;
};

const spokenSchema = z.object({ port: z.number(), ours: z.boolean(), data: z.string() });

/** Another Node process that runs Postgres on the same folder. */
const hold = async () => {
  const child = spawn(process.execPath, [inProject("tests/support/fixtures/hold-postgres.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, ...spokenSchema.parse(JSON.parse(line)) };
  }
  throw new Error("The process said nothing.");
};

const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};
const anyRunning = async () => {
  const noted = readPidFile(join(folder, "pg18"));
  return noted !== undefined && isAlive(noted.pid);
};

const ask = async (url: string) => {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [row] = await client<{ name: string; free: boolean; version: number }[]>`
      select current_user as name, rolsuper or rolbypassrls as free,
        current_setting('server_version_num')::int / 10000 as version
      from pg_roles where rolname = current_user`;
    return { ...row };
  } finally {
    await client.end();
  }
};

describe("Postgres from node_modules", () => {
  it("offers an app and an owner login that row-level security binds", async () => {
    const server = await start();
    expect(server.ours).toBe(true);
    expect(await ask(server.appUrl)).toEqual({ name: "patchbay_app", free: false, version: 18 });
    expect(await ask(server.ownerUrl)).toEqual({ name: "patchbay_owner", free: false, version: 18 });
    expect(statSync(join(folder, "postgres-passwords.json")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.includes(".new-"))).toEqual([]);
  });

  it("keeps its data over a restart", async () => {
    const first = await start();
    const owner = postgres(first.ownerUrl, { max: 1 });
    await owner`create table kept as select 42 as answer`;
    await owner.end();
    await first.stop();
    expect(await anyRunning()).toBe(false);
    const second = await start();
    const again = postgres(second.ownerUrl, { max: 1 });
    expect((await again`select answer from kept`)[0]).toEqual({ answer: 42 });
    await again.end();
  });

  it("comes up once when two start on one folder, and the one that adopted it leaves it running", async () => {
    const [one, two] = await Promise.all([hold(), hold()]);
    expect(one.port).toBe(two.port);
    expect([one.ours, two.ours].sort()).toEqual([false, true]);
    const guest = one.ours ? two : one;
    guest.child.kill("SIGTERM");
    await eventually(() => expect(guest.child.exitCode).toBe(0));
    expect(await anyRunning()).toBe(true);
  });

  it("ends when the process that started it is killed with -9", async () => {
    const { child } = await hold();
    const noted = readPidFile(join(folder, "pg18"));
    expect(noted && isAlive(noted.pid)).toBe(true);
    child.kill("SIGKILL");
    await eventually(() => expect(noted && isAlive(noted.pid)).toBe(false));
  });

  it("starts again after the server itself was killed with -9", async () => {
    const { child } = await hold();
    const noted = readPidFile(join(folder, "pg18"));
    if (noted) process.kill(noted.pid, "SIGKILL");
    child.kill("SIGKILL");
    const server = await start();
    expect(server.ours).toBe(true);
    expect(await ask(server.appUrl)).toMatchObject({ name: "patchbay_app" });
  });

  it("does not take a note left by a dead server for a running one", async () => {
    const first = await start();
    const pidFile = join(first.dataFolder, "postmaster.pid");
    const note = readFileSync(pidFile, "utf8").split("\n");
    await first.stop();
    writeFileSync(pidFile, ["4194000", ...note.slice(1)].join("\n"));
    const second = await start();
    expect(second.ours).toBe(true);
  });
});

describe.runIf(process.getuid?.() === 0)("with a state folder that only root may enter", () => {
  beforeEach(() => chmodSync(folder, 0o700));

  it("lies outside, keeps its data there, and says where", async () => {
    const first = await start();
    expect(first.dataFolder).toMatch(/^\/var\/lib\/patchbay\/[0-9a-f]{16}\/pg18$/);
    expect(await ask(first.appUrl)).toMatchObject({ name: "patchbay_app" });
    await first.stop();
    const second = await start();
    expect(second.dataFolder).toBe(first.dataFolder);
    await second.stop();
    rmSync(dirname(first.dataFolder), { recursive: true });
  });

  it("begins anew when that folder was deleted and made again", async () => {
    const first = await start();
    await first.stop();
    rmSync(folder, { recursive: true });
    mkdirSync(folder, { mode: 0o700 });
    const second = await start();
    expect(await ask(second.appUrl)).toMatchObject({ name: "patchbay_app" });
    await second.stop();
    for (const server of [first, second]) rmSync(dirname(server.dataFolder), { recursive: true });
  });
});

describe("a folder that cannot be used", () => {
  it("is named with the reason when a file is in its place", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(startEmbeddedPostgres(file)).rejects.toThrow(/cannot use the folder .*file.*Set PATCHBAY_STATE/);
  });

  it("is named when another version of Postgres made it", async () => {
    const server = await start();
    await server.stop();
    writeFileSync(join(server.dataFolder, "PG_VERSION"), "15\n");
    await expect(startEmbeddedPostgres(folder)).rejects.toThrow("was made by Postgres 15");
  });
});
