import { describe, expect, it } from "vitest";
import { createSlots } from "./delivery-slots.ts";

const limits = { total: 40, employer: 30, endpoint: 20 };
const slots = () => createSlots(() => limits);
const sum = (given: Map<string, number>) => [...given.values()].reduce((total, count) => total + count, 0);

/** Lets an endpoint take `count` requests that all arrive. */
function proven(of: ReturnType<typeof slots>, endpointId: string, count: number): void {
  for (let done = 0; done < count; done += 1) {
    of.take("e", [endpointId], { most: 1 });
    of.ended(endpointId, true);
  }
}

describe("the places for requests", () => {
  it("are few for an endpoint nobody knows and grow with what arrives, up to its share", () => {
    const of = slots();
    expect(sum(of.take("e", ["a"], { most: 100 }))).toBe(8);
    for (let done = 0; done < 8; done += 1) of.ended("a", true);
    expect(sum(of.take("e", ["a"], { most: 100 }))).toBe(16);
    for (let done = 0; done < 16; done += 1) of.ended("a", true);
    expect(sum(of.take("e", ["a"], { most: 100 }))).toBe(limits.endpoint);
  });

  it("shrink to one for an endpoint that fails", () => {
    const of = slots();
    of.take("e", ["a"], { most: 8 });
    for (let done = 0; done < 8; done += 1) of.ended("a", false);
    expect(sum(of.take("e", ["a"], { most: 100 }))).toBe(1);
  });

  it("are shared by all endpoints that want some, and none takes what another needs", () => {
    const of = slots();
    expect([...of.take("e", ["a", "b", "c"], { most: 6 }).values()]).toEqual([2, 2, 2]);
  });

  it("never all go to one employer, whatever its endpoints do", () => {
    const of = slots();
    const ids = Array.from({ length: 10 }, (_, index) => `x${index}`);
    expect(sum(of.take("one", ids, { most: 1_000 }))).toBe(limits.employer);
    expect(of.take("one", ids, { most: 1_000 }).size).toBe(0);
    expect(sum(of.take("two", ["y"], { most: 1_000 }))).toBe(8);
  });

  it("come back when they were not used or when a request has ended", () => {
    const of = slots();
    of.take("e", ["a"], { most: 5 });
    of.free("a", 3);
    of.ended("a", true);
    expect([of.busy(), of.busyFor("e")]).toEqual([1, 1]);
  });

  it("keep to the cap of an endpoint that has one", () => {
    const of = slots();
    proven(of, "a", 50);
    expect(sum(of.take("e", ["a"], { most: 100, capOf: () => 3 }))).toBe(3);
  });
});
