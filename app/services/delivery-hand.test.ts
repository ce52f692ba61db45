import { describe, expect, it } from "vitest";
import { createHand } from "./delivery-hand.ts";

/** A hand whose endpoints have this many places, and the process this many. */
function handWith(places: Record<string, number>, total = 100) {
  let left = total;
  const begin = (id: string) => {
    const free = places[id] ?? 0;
    if (free === 0) return false;
    places[id] = free - 1;
    left -= 1;
    return true;
  };
  return createHand<string>({ begin, isFull: () => left === 0 });
}

const drawn = (of: ReturnType<typeof handWith>): string[] => {
  const next = of.next();
  return next === undefined ? [] : [next, ...drawn(of)];
};

describe("what is claimed and waits for a place", () => {
  it("begins in its endpoint's order, endpoints in turn", () => {
    const of = handWith({ a: 9, b: 9 });
    for (const item of ["a1", "a2", "a3"]) of.add("a", item, 1);
    of.add("b", "b1", 1);
    expect(drawn(of)).toEqual(["a1", "b1", "a2", "a3"]);
  });

  it("waits while its endpoint or the process has no place, and lets others pass", () => {
    const of = handWith({ a: 1, b: 9 }, 2);
    for (const item of ["a1", "a2"]) of.add("a", item, 1);
    for (const item of ["b1", "b2"]) of.add("b", item, 1);
    expect(drawn(of)).toEqual(["a1", "b1"]);
    expect([of.takeBack("a"), of.takeBack("a"), of.takeBack("b")]).toEqual([["a2"], [], ["b2"]]);
  });

  it("goes back when it has waited too long", () => {
    const of = handWith({ a: 9, b: 9 });
    of.add("a", "old", 5);
    of.add("a", "new", 6);
    of.add("b", "older", 4);
    expect(of.takeStale(5)).toEqual(["old", "older"]);
    expect(drawn(of)).toEqual(["new"]);
  });
});
