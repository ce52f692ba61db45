import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { childEnvironment } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";

let folder: string;
let running: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "patchbay-start-"));
  chmodSync(folder, 0o755);
});
afterEach(async () => {
  for (const child of running) child.kill("SIGKILL");
  running = [];
  await eventually(() => expect(leftovers()).toEqual([]));
  rmSync(folder, { recursive: true, force: true });
});

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 40_000, interval: 100 });

/** `node app/cli/start.ts` on the test's folder, with everything it has said so far. */
function start(variables: Record<string, string> = {}): { child: ChildProcess; said(): string } {
  const nothing = { DATABASE_URL: "", DATABASE_OWNER_URL: "", PATCHBAY_KEYS: "", PATCHBAY_AUTH_SECRET: "" };
  const child = spawn(process.execPath, [inProject("app/cli/start.ts")], {
    env: childEnvironment({ ...nothing, NODE_ENV: "development", PATCHBAY_STATE: folder, ...variables }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (text += String(bytes)));
  return { child, said: () => text };
}

/** Command lines of the processes that belong to the folder, by their arguments or their environment. */
function leftovers(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({ arguments: read(`/proc/${pid}/cmdline`), environment: read(`/proc/${pid}/environ`) }))
    .filter((found) => found.arguments.includes(folder) || found.environment.includes(`PATCHBAY_STATE=${folder}`))
    .map((found) => found.arguments.replaceAll("\0", " "));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

// Without a build there are no pages to serve; npm ci makes one. The processes are looked up in Linux's /proc.
describe.runIf(existsSync(inProject("build/server/index.js")) && process.platform === "linux")("npm start", () => {
  it("comes up, says that it runs when started again, and leaves no process when it is stopped", async () => {
    const { child, said } = start();
    await eventually(() => expect(said()).toContain("Patchbay is ready at "));
    expect(said()).toContain("Made a key for this machine");
    const url = /ready at (\S+)/.exec(said())?.[1] ?? "";
    expect((await fetch(`${url}/healthz`)).status).toBe(200);

    const second = start();
    await eventually(() => expect(second.child.exitCode).toBe(1));
    expect(second.said()).toContain(`Patchbay is already running at ${url}`);

    child.kill("SIGTERM");
    await eventually(() => expect(child.exitCode).toBe(0));
    expect(leftovers()).toEqual([]);

    const again = start();
    await eventually(() => expect(again.said()).toContain(`Patchbay is ready at ${url}`));
    expect(again.said()).not.toContain("Made a key");
    again.child.kill("SIGINT");
    await eventually(() => expect(again.child.exitCode).toBe(0));
  });

  it("leaves no process when it is killed with -9, and tells the rest of the story at the next start", async () => {
    const first = start();
    await eventually(() => expect(first.said()).toContain("Sign in as "));
    expect(first.said()).not.toContain("The story is told");
    first.child.kill("SIGKILL");
    await eventually(() => expect(leftovers()).toEqual([]));
    const second = start();
    await eventually(() => expect(second.said()).toContain("The story is told"));
    second.child.kill("SIGTERM");
    await eventually(() => expect(second.child.exitCode).toBe(0));
  });
});

it("refuses to start in production without its secrets and names each", async () => {
  const { child, said } = start({ NODE_ENV: "production" });
  await eventually(() => expect(child.exitCode).toBe(1));
  for (const name of ["PATCHBAY_KEYS", "PATCHBAY_AUTH_SECRET", "PATCHBAY_URL", "DATABASE_URL"]) {
    expect(said()).toContain(`${name}: `);
  }
  expect(said()).not.toContain("at file:");
});
