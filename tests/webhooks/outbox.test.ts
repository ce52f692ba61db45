import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { childEnvironment } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { type DeliveryEngine, startDeliveries } from "#app/services/delivery-engine.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { job } from "#db/schema/hiring.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender } from "#tests/support/deliveries.ts";
import { measured } from "#tests/support/measured.ts";
import { startReceiver } from "#tests/support/receiver.ts";

const database = await testDatabase();

const ends = ["commit", "rollback", "killed before commit", "killed after commit"] as const;
interface Step {
  id: string;
  end: (typeof ends)[number];
}
const isKill = (end: Step["end"]) => end.startsWith("killed");

/** Lets a process take these steps; answers with the number of the one in which it ended, or "done". */
async function live(employerId: string, steps: readonly Step[]): Promise<string> {
  const file = inProject("tests", "support", "processes", "outbox.ts");
  const child = spawn(process.execPath, [file, JSON.stringify({ employerId, steps })], {
    stdio: ["ignore", "pipe", "inherit"],
    env: childEnvironment({ DATABASE_URL: database.appUrl, LOG_LEVEL: "error", DATABASE_POOL: "2" }),
  });
  const [printed] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return printed.trim().split("\n").at(-1) ?? "";
}

/** Takes all steps; a process that is killed is followed by another one. */
async function takeAll(employerId: string, steps: readonly Step[]): Promise<void> {
  let left = steps;
  while (left.length > 0) {
    const ended = await live(employerId, left);
    if (ended === "done") return;
    const number = Number(ended);
    expect(isKill(left[number]?.end ?? "commit")).toBe(true);
    left = left.slice(number + 1);
  }
}

const body = z.object({ data: z.object({ job: z.object({ id: z.string() }) }) });

/** An employer with a receiver of its own: what arrived there, and what the database holds as having happened. */
async function world() {
  const receiver = await startReceiver();
  allowEgress(receiver.host);
  const { actor } = await makeSender(receiver.url);
  const { employerId } = actor;
  return {
    employerId,
    arrived: () => [...new Set(receiver.arrived.map((one) => body.parse(JSON.parse(one.body)).data.job.id))].sort(),
    committed: async () =>
      (await withEmployer(employerId, (tx) => tx.select({ id: job.id }).from(job))).map(({ id }) => id).sort(),
  };
}

async function engine(): Promise<DeliveryEngine> {
  const started = await startDeliveries();
  onTestFinished(() => started.stop());
  return started;
}

const patience = { timeout: 60_000, interval: 100 };

describe("what is delivered", () => {
  it("is nothing after a rollback, and everything after a commit whose process died at once", async () => {
    const { employerId, arrived, committed } = await world();
    const [lost, kept] = [newId(), newId()];
    await takeAll(employerId, [
      { id: lost, end: "rollback" },
      { id: kept, end: "killed after commit" },
    ]);
    expect(await committed()).toEqual([kept]);
    expect(arrived()).toEqual([]);
    const started = await engine();
    await vi.waitFor(() => expect(arrived()).toEqual([kept]), patience);
    await started.sweep();
    expect(arrived()).toEqual([kept]);
  });

  it("is what was committed, over any commits, rollbacks and kills", async () => {
    const started = await engine();
    const counts = { transactions: 0, kills: 0, delivered: 0 };
    const end = fc.oneof(
      { arbitrary: fc.constantFrom("commit" as const, "rollback" as const), weight: 3 },
      { arbitrary: fc.constantFrom(...ends.slice(2)), weight: 1 },
    );
    const story = fc.array(end, { minLength: 4, maxLength: 16 }).filter((drawn) => drawn.filter(isKill).length <= 3);
    await fc.assert(
      fc.asyncProperty(story, async (drawn) => {
        const steps = drawn.map((one) => ({ id: newId(), end: one }));
        const { employerId, arrived, committed } = await world();
        await takeAll(employerId, steps);
        const meant = steps.filter(({ end }) => end === "commit" || end === "killed after commit").map(({ id }) => id);
        expect(await committed()).toEqual(meant.sort());
        await vi.waitFor(() => expect(arrived()).toEqual(meant), patience);
        await started.sweep();
        expect(arrived()).toEqual(meant);
        counts.transactions += steps.length;
        counts.kills += drawn.filter(isKill).length;
        counts.delivered += meant.length;
      }),
      { numRuns: 4, endOnFailure: true },
    );
    measured(counts);
  }, 240_000);
});
