import { describe, expect, it } from "vitest";
import { batched } from "./batch.server.ts";
import { createGate, createLanes } from "./endpoint-gate.server.ts";

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe("the gate of an endpoint", () => {
  it("lets a few run, keeps the rest in order, and never holds a caller that came too late", async () => {
    const ends: (() => void)[] = [];
    const started: string[] = [];
    const gate = createGate<string>(
      (work) => {
        started.push(work);
        return new Promise((resolve) => ends.push(resolve));
      },
      { most: () => 2, waitingAtMost: 100 },
    );
    const slots = [gate("a", "1", "1"), gate("a", "2", "2")];
    await gate("a", "3", "3");
    await gate("a", "4", "4");
    await gate("a", "4", "4");
    const other = gate("b", "5", "5");
    expect(started).toEqual(["1", "2", "5"]);
    for (let round = 0; round < 3; round += 1) {
      for (const end of ends.splice(0)) end();
      await tick();
    }
    await Promise.all([...slots, other]);
    expect(started).toEqual(["1", "2", "5", "3", "4"]);
  });

  it("goes on with what waits when a slot's own work failed", async () => {
    const started: string[] = [];
    const gate = createGate<string>(
      async (work) => {
        started.push(work);
        await tick();
        if (work === "1") throw new Error("no database");
      },
      { most: () => 1, waitingAtMost: 100 },
    );
    const first = gate("a", "1", "1");
    await gate("a", "2", "2");
    await expect(first).rejects.toThrow("no database");
    expect(started).toEqual(["1", "2"]);
  });
});

describe("a batch", () => {
  it("gathers what comes together, per employer, and answers each its own", async () => {
    const batches: string[] = [];
    const double = batched<number, number>(
      async (employerId, items) => {
        batches.push(`${employerId}:${items.join()}`);
        return items.map((item) => item * 2);
      },
      { windowMs: 0, most: 2 },
    );
    const results = await Promise.all([double("a", 1), double("a", 2), double("a", 3), double("b", 4)]);
    expect(results).toEqual([2, 4, 6, 8]);
    expect(batches.sort()).toEqual(["a:1,2", "a:3", "b:4"]);
  });

  it("lets one bad item fail alone", async () => {
    const half = batched<number, number>(
      async (_employerId, items) => {
        if (items.includes(3)) throw new Error("odd");
        return items.map((item) => item / 2);
      },
      { windowMs: 0, most: 10 },
    );
    const results = await Promise.allSettled([half("a", 2), half("a", 3), half("a", 4)]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});

describe("the lanes of an endpoint", () => {
  it("speak with a few at once and let the rest follow in order", async () => {
    const ends: (() => void)[] = [];
    const started: string[] = [];
    const lane = createLanes(() => 2);
    const talk = (key: string, name: string) =>
      lane(key, () => {
        started.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      });
    const all = [talk("a", "1"), talk("a", "2"), talk("a", "3"), talk("b", "4")];
    expect(started).toEqual(["1", "2", "4"]);
    for (let round = 0; round < 2; round += 1) {
      for (const end of ends.splice(0)) end();
      await tick();
    }
    await Promise.all(all);
    expect(started).toEqual(["1", "2", "4", "3"]);
  });

  it("are free again when a piece of work failed", async () => {
    const lane = createLanes(() => 1);
    await expect(lane("a", () => Promise.reject(new Error("no answer")))).rejects.toThrow("no answer");
    await expect(lane("a", async () => "next")).resolves.toBe("next");
  });
});
