import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, expect, it } from "vitest";
import { z } from "zod";
import { childEnvironment, env } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";
import { startSandbox } from "#tests/support/sandbox.ts";

const database = await testDatabase();
const sandbox = await startSandbox();
afterAll(() => sandbox.close());

/** As many steps as may begin before the process is killed. */
const STEPS_A_LIFE = 5;

const children: ChildProcess[] = [];
let said = "";
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
});

function tell(): ChildProcess {
  const child = spawn(process.execPath, [inProject("db", "seed.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: childEnvironment({
      ...{ DATABASE_URL: database.appUrl, LOG_LEVEL: "error", PATCHBAY_STATE: env().PATCHBAY_STATE },
      ...{ PATCHBAY_SANDBOX: "on", PATCHBAY_SANDBOX_URL: sandbox.origin, PATCHBAY_URL: "http://127.0.0.1:3999" },
      PATCHBAY_ALLOW_LOOPBACK_EGRESS: new URL(sandbox.origin).host,
    }),
  });
  child.stdout?.on("data", (bytes) => (said += String(bytes)));
  children.push(child);
  return child;
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function kill(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

const read = (query: string) =>
  asAdmin(database.adminUrl, async (admin) =>
    z.array(z.looseObject({ n: z.coerce.number() })).parse([...(await admin.unsafe(query))]),
  );
const count = async (what: string) => (await read(`select count(*) as n from ${what}`))[0]?.n;

/** Tells the story until it ends by itself or this many more steps have begun, and then kills it. */
async function liveFor(steps: number): Promise<"killed" | "ended"> {
  const before = (await count("story_step")) ?? 0;
  const child = tell();
  while (!hasEnded(child) && ((await count("story_step")) ?? 0) < before + steps) await sleep(20);
  // Somewhere inside the step, never at the same place.
  if (!hasEnded(child)) await sleep(Math.random() * 80);
  await kill(child);
  expect(child.exitCode ?? 0, said).toBe(0);
  return child.exitCode === null ? "killed" : "ended";
}

it("goes on where it was killed, makes nothing twice, and leaves alone what a person did meanwhile", {
  timeout: 180_000,
}, async () => {
  let deaths = 0;
  while ((await liveFor(STEPS_A_LIFE)) === "killed") {
    deaths += 1;
    expect(deaths).toBeLessThan(20);
    await asAdmin(database.adminUrl, (admin) =>
      admin.unsafe("update job set title = 'Platform Lead' where title = 'Platform Engineer'"),
    );
  }
  expect(deaths).toBeGreaterThan(3);

  expect(await count("story_step where name = 'told'")).toBe(1);
  expect(await count("employer")).toBe(2);
  expect(await count('"user"')).toBe(3);
  expect(await count("member")).toBe(4);
  expect(await count("connection")).toBe(8);
  expect(await count("connection where state = 'active'")).toBe(6);
  expect(await count("job where connection_id is null")).toBe(8);
  expect(await count("job where title = 'Platform Lead'")).toBe(1);
  expect(await count("application where source <> 'greenhouse'")).toBe(10);
  expect(await count("interview")).toBe(1);
  expect(await count("endpoint")).toBe(1);
  const states = await read("select state, count(*) as n from posting group by state order by state");
  expect(Object.fromEntries(states.map(({ state, n }) => [state, n]))).toEqual({
    ...{ closed: 1, live: 9, rejected: 1, your_step: 1, queued: 3 },
  });
  const board = z.object({ jobs: z.array(z.object({ status: z.string() })) });
  expect(board.parse(await sandbox.control("ziprecruiter", "state")).jobs).toHaveLength(7);
  const listings = z.object({ listings: z.array(z.object({ status: z.string() })) });
  expect(listings.parse(await sandbox.control("weworkremotely", "state")).listings).toHaveLength(2);

  const steps = await count("story_step");
  expect(await liveFor(STEPS_A_LIFE)).toBe("ended");
  expect(await count("story_step")).toBe(steps);
});
