import { describe, expect, it } from "vitest";
import { createSlots, type Places } from "./delivery-slots.ts";

const limits = { total: 40, employer: 30, endpoint: 20 };
const slots = () => createSlots(() => limits);
const sum = (given: Map<string, Places>) => [...given.values()].reduce((total, { room }) => total + room, 0);

type Slots = ReturnType<typeof slots>;

/** Claims up to `most` for an endpoint and begins what has a place; returns how many began. */
function begin(of: Slots, employerId: string, endpointId: string, most = 1_000): number {
  const claimed = sum(of.take(employerId, [endpointId], most));
  return Array.from({ length: claimed }, () => of.begin(endpointId)).filter(Boolean).length;
}

/** Ends requests of an endpoint, all well or none. */
function end(of: Slots, endpointId: string, count: number, well = true): void {
  for (let done = 0; done < count; done += 1) of.ended(endpointId, well);
}

describe("the places for requests", () => {
  it("are few for an endpoint nobody knows and grow with what arrives, up to its share", () => {
    const of = slots();
    expect(begin(of, "e", "a")).toBe(8);
    end(of, "a", 8);
    expect(begin(of, "e", "a", 16)).toBe(16);
    end(of, "a", 16);
    expect(begin(of, "e", "a")).toBe(limits.endpoint);
  });

  it("shrink to one for an endpoint that fails", () => {
    const of = slots();
    begin(of, "e", "a");
    end(of, "a", 8, false);
    expect(sum(of.take("e", ["a"], 100))).toBe(1);
  });

  it("have as many claims again before them where the last request arrived, and none where it did not", () => {
    const of = slots();
    expect(sum(of.take("e", ["a"], 100))).toBe(8);
    of.free("a", 8);
    begin(of, "e", "a", 1);
    end(of, "a", 1);
    const [given] = of.take("e", ["a"], 100).values();
    expect(given).toEqual({ room: 18, free: 9 });
    of.free("a", 18);
    begin(of, "e", "a", 1);
    end(of, "a", 1, false);
    expect([...of.take("e", ["a"], 100).values()]).toEqual([{ room: 4, free: 4 }]);
  });

  it("are shared by all endpoints that want some, and none takes what another needs", () => {
    const of = slots();
    expect([...of.take("e", ["a", "b", "c"], 6).values()].map(({ room }) => room)).toEqual([2, 2, 2]);
  });

  it("never all go to one employer, whatever its endpoints do", () => {
    const of = slots();
    const ids = Array.from({ length: 10 }, (_, index) => `x${index}`);
    expect(ids.reduce((begun, id) => begun + begin(of, "one", id), 0)).toBe(limits.employer);
    expect(sum(of.take("one", ["x9"], 1_000))).toBe(0);
    expect(begin(of, "two", "y")).toBe(8);
    expect(of.isFull()).toBe(false);
    expect(begin(of, "three", "z")).toBe(limits.total - limits.employer - 8);
    expect(of.isFull()).toBe(true);
  });

  it("come back when they were not used or when a request has ended", () => {
    const of = slots();
    of.take("e", ["a"], 5);
    of.free("a", 3);
    of.begin("a");
    expect([of.busy(), of.heldFor("e")]).toEqual([1, 2]);
    of.ended("a", true);
    expect([of.busy(), of.heldFor("e")]).toEqual([0, 1]);
  });
});
