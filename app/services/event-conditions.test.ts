import { describe, expect, it } from "vitest";
import type { Condition } from "#db/schema/webhooks.ts";
import { allHold, refuseCondition } from "./event-conditions.ts";

const event = {
  type: "application.received",
  timestamp: "2026-09-21T13:33:20.000Z",
  data: {
    application: { source: "ziprecruiter", stage: null, score: 7 },
    job: { title: "Senior Platform Engineer" },
    tags: ["remote", "urgent"],
    people: [{ role: "host" }, { role: "guest" }],
  },
};

const holds = (path: string, op: Condition["op"], value: Condition["value"]) => allHold([{ path, op, value }], event);

describe("a condition", () => {
  it.each<[string, Condition["op"], Condition["value"], boolean]>([
    ["data.application.source", "eq", "ziprecruiter", true],
    ["$.data.application.source", "eq", "indeed", false],
    ["$['data']['application']['source']", "eq", "ziprecruiter", true],
    ["data.application.source", "ne", "indeed", true],
    ["data.application.source", "in", ["indeed", "ziprecruiter"], true],
    ["data.application.stage", "eq", null, true],
    ["data.application.stage", "exists", true, true],
    ["data.application.missing", "exists", true, false],
    ["data.application.missing", "exists", false, true],
    ["data.application.missing", "ne", "x", true],
    ["data.application.score", "gt", 6, true],
    ["data.application.score", "gt", 7, false],
    ["data.application.score", "lt", 8, true],
    ["data.application.score", "gt", "6", false],
    ["timestamp", "gt", "2026-09-21T00:00:00.000Z", true],
    ["timestamp", "lt", "2026-09-21T00:00:00.000Z", false],
    ["data.job.title", "contains", "Platform", true],
    ["data.tags", "contains", "urgent", true],
    ["data.tags", "contains", "urg", false],
    ["data.tags[1]", "eq", "urgent", true],
    ["data.tags[2]", "exists", true, false],
    ["data.people[*].role", "eq", "guest", true],
    ["data.people[*].role", "ne", "guest", false],
    ["data.toString", "exists", true, false],
    ["data.__proto__", "exists", true, false],
    ["constructor", "exists", true, false],
  ])("%s %s %j is %s", (path, op, value, expected) => {
    expect(holds(path, op, value)).toBe(expected);
  });

  it("must hold together with all the others", () => {
    const both: Condition[] = [
      { path: "data.application.source", op: "eq", value: "ziprecruiter" },
      { path: "data.application.score", op: "gt", value: 100 },
    ];
    expect(allHold(both, event)).toBe(false);
    expect(allHold([], event)).toBe(true);
  });
});

describe("a condition that could never hold", () => {
  const refuse = (path: string, op: Condition["op"], value: Condition["value"]) =>
    refuseCondition({ path, op, value }, ["application.received"]);

  it.each<[string, Condition["op"], Condition["value"], string]>([
    ["data.job..title", "eq", "x", "is no path from “..title” on"],
    ["data.job[?(@.x)]", "eq", "x", "is no path"],
    ["data.job.titel", "eq", "x", "Did you mean data.job.title?"],
    ["data.job.title", "eq", 5, "is text, and 5 is a number"],
    ["data.job.title", "exists", "yes", "takes true or false"],
    ["data.job.title", "in", "x", "takes a list"],
    ["data.job.title", "eq", ["x"], "takes one value"],
    ["data.job.title", "gt", true, "a number or a text only"],
    ["", "eq", "x", "Say where to look"],
  ])("%s %s %j is refused on save", (path, op, value, words) => {
    expect(refuse(path, op, value)).toContain(words);
  });

  it("is not refused where one of the chosen events has the field", () => {
    const condition: Condition = { path: "data.application.source", op: "eq", value: "indeed" };
    expect(refuseCondition(condition, ["job.closed"])).toContain("job.closed has no");
    expect(refuseCondition(condition, ["job.closed", "application.received"])).toBeNull();
    expect(refuseCondition(condition, [])).toBeNull();
  });

  it("takes every operator where it fits", () => {
    expect(refuse("data.job.title", "contains", "Platform")).toBeNull();
    expect(refuse("data.application.stage", "eq", null)).toBeNull();
    expect(refuse("timestamp", "gt", "2026-01-01T00:00:00.000Z")).toBeNull();
    expect(refuse("data.application.status", "in", ["active", "hired"])).toBeNull();
    expect(refuse("type", "eq", "application.received")).toBeNull();
  });
});
