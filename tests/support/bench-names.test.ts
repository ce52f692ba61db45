import { describe, expect, it } from "vitest";
import { benches, chosen, groups } from "#tests/bench/catalog.ts";
import { webhookChecks } from "#tests/webhooks/catalog.ts";

const names = (asked: readonly string[]) => chosen(asked).benches.map(([name]) => name);

describe("what npm run bench measures", () => {
  it("is everything when nothing is named, and what is named otherwise", () => {
    expect(names([])).toEqual(Object.keys(benches));
    expect(names(["pages", "inbound"])).toEqual(["inbound", "pages"]);
    expect(chosen(["pages", "pagse"]).unknown).toEqual(["pagse"]);
  });

  it("is all that a group names, each once", () => {
    for (const [group, members] of Object.entries(groups)) {
      expect(chosen([group, ...members])).toMatchObject({ unknown: [] });
      expect(new Set(names([group, ...members]))).toEqual(new Set(members));
      expect(Object.hasOwn(benches, group)).toBe(false);
    }
  });

  it("has every row that a check of webhooks is made by, in the group of webhooks", () => {
    const rows = webhookChecks.filter(({ suite }) => suite === "bench").flatMap(({ rows = [] }) => rows);
    expect(names(["webhooks"])).toEqual(expect.arrayContaining(rows));
  });
});
