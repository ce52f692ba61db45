import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach } from "vitest";
import { childEnvironment, env } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { asAdmin, type TestDatabase } from "./database.ts";

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) await killProcess(child);
});

/** A real worker process on the test's database and sandbox, killed after the test at the latest. */
export function startWorkerProcess(database: TestDatabase, sandboxOrigin: string): ChildProcess {
  const child = spawn(process.execPath, [inProject("jobs", "worker.ts")], {
    stdio: ["ignore", "ignore", "inherit"],
    env: childEnvironment({
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl, LOG_LEVEL: "fatal" },
      ...{ PATCHBAY_SANDBOX: "on", PATCHBAY_SANDBOX_URL: sandboxOrigin, PATCHBAY_STATE: env().PATCHBAY_STATE },
    }),
  });
  running.push(child);
  return child;
}

/** kill -9, and waits until it is gone. */
export async function killProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** Lets minutes go by for what dead workers left behind: their heartbeats are silent and their leases have run out. */
export async function outwaitTheDead(database: TestDatabase): Promise<void> {
  await asAdmin(database.adminUrl, async (admin) => {
    await admin`update worker_heartbeat set seen_at = seen_at - interval '5 minutes'`;
    await admin`update posting set lease_until = lease_until - interval '5 minutes' where lease_until is not null`;
  });
}
