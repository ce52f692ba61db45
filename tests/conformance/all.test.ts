import { afterAll, describe, expect, it } from "vitest";
import { startSuite, table, vendors } from "./suite.ts";

const suite = await startSuite();
const plan = await Promise.all(
  vendors.map(async (manifest) => ({ manifest, checks: await suite.applicable(manifest) })),
);
afterAll(async () => {
  process.stdout.write(`\n${table(suite.rows())}\n`);
  await suite.close();
});

describe.each(plan)("$manifest.id", ({ manifest, checks }) => {
  it.for(checks)("$id $title", async (check, { skip }) => {
    const row = await suite.run(manifest, check);
    if (row.result === "waived") skip(row.reason);
    expect(row.result === "fails" ? row.reason : null).toBeNull();
  });
});

it("every vendor is judged by something, and every check judges somebody", () => {
  expect(plan.every((one) => one.checks.length >= 8)).toBe(true);
  expect(suite.rows().filter((row) => row.result === "idle")).toEqual([]);
});
