import { describe, expect, it } from "vitest";
import { z } from "zod";
import { anyId, epochMs, isoTime, listUnder, looseTime, numericId, oneOrMany, trimmed } from "./shapes.ts";

describe("The fields of vendors' payloads", () => {
  it("keep ids as text, and take no fraction for a number that names something", () => {
    expect(numericId.parse(4_000_000_001)).toBe("4000000001");
    expect(numericId.safeParse(1.5).success).toBe(false);
    expect(numericId.safeParse("7").success).toBe(false);
    expect([anyId.parse(7), anyId.parse("7")]).toEqual(["7", "7"]);
    expect(anyId.safeParse(undefined).success).toBe(false);
  });

  it("are times with a zone or in milliseconds", () => {
    expect(isoTime.parse("2026-03-01T10:00:00+02:00")).toEqual(new Date("2026-03-01T08:00:00Z"));
    expect(isoTime.safeParse("2026-03-01T10:00:00").success).toBe(false);
    expect(epochMs.parse(86_400_000)).toEqual(new Date("1970-01-02T00:00:00Z"));
    expect(epochMs.safeParse("86400000").success).toBe(false);
  });

  it.each([
    [1_767_225_600_000, new Date(1_767_225_600_000)],
    ["2026-03-01", new Date("2026-03-01T00:00:00Z")],
    ["soon", undefined],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
  ])("read the time %s loosely as %s", (given, time) => {
    expect(looseTime.parse(given)).toEqual(time);
  });

  it.each([
    [" Ida \n", "Ida"],
    [7, "7"],
    [null, ""],
    [undefined, ""],
  ])("lose the spaces around %j", (given, text) => {
    expect(trimmed.parse(given)).toBe(text);
  });

  it("are lists where one comes by itself or none at all", () => {
    const many = z.object({ seats: oneOrMany(z.object({ id: z.string() })) });
    expect(many.parse({ seats: { id: "a" } }).seats).toEqual([{ id: "a" }]);
    expect(many.parse({ seats: [{ id: "a" }, { id: "b" }] }).seats).toHaveLength(2);
    expect(many.parse({ seats: null }).seats).toEqual([]);
    expect(many.parse({}).seats).toEqual([]);
    expect(many.safeParse({ seats: "a" }).success).toBe(false);
  });

  it("are lists at the root or under the first likely name, and nothing else", () => {
    const tasks = listUnder(z.string(), "tasks", "data");
    expect(tasks.parse(["a"])).toEqual(["a"]);
    expect(tasks.parse({ data: ["b"], tasks: ["a"] })).toEqual(["a"]);
    expect(tasks.parse({ tasks: 1, data: ["b"] })).toEqual(["b"]);
    expect(tasks.safeParse({ items: ["c"] }).success).toBe(false);
    expect(tasks.safeParse(null).success).toBe(false);
  });
});
