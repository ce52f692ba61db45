import { describe, expect, it } from "vitest";
import { batched } from "./batch.server.ts";

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
