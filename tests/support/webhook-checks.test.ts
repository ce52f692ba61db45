import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inProject } from "#app/platform/paths.server.ts";
import { webhookChecks } from "#tests/webhooks/catalog.ts";

describe("the checks of webhooks", () => {
  it("are numbered from 1 to 25 and have names of their own", () => {
    expect(webhookChecks.map(({ number }) => number)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(new Set(webhookChecks.map(({ name }) => name)).size).toBe(25);
  });

  it("say what holds in one sentence, and what proves it", () => {
    for (const { property, files, suite, rows } of webhookChecks) {
      expect(property).toMatch(/^[A-Z0-9][^.]*(\.\d[^.]*)*\.$/);
      expect(files.length).toBeGreaterThan(0);
      if (suite !== "test") expect(rows?.length).toBeGreaterThan(0);
    }
  });

  it("name every test file of their folder", () => {
    const listed = new Set(webhookChecks.flatMap(({ files }) => files));
    const found = readdirSync(inProject("tests", "webhooks")).filter((file) => file.endsWith(".test.ts"));
    for (const file of found) expect([...listed]).toContain(`tests/webhooks/${file}`);
  });

  it("stand in their guide, each with its suite", () => {
    const guide = readFileSync(inProject("docs", "guides", "checks.md"), "utf8");
    const rows = [...guide.matchAll(/^\| (\d+) \| `([\w-]+)` \|.*\| (\w+) \|$/gm)].map((row) => row.slice(1));
    expect(rows).toEqual(webhookChecks.map(({ number, name, suite }) => [String(number), name, suite]));
  });
});
