import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checks, startSuite, table, vendors } from "./suite.ts";

let suite: Awaited<ReturnType<typeof startSuite>>;
beforeAll(async () => {
  suite = await startSuite();
});
afterAll(async () => {
  process.stdout.write(`\n${table(suite.rows())}\n`);
  await suite.close();
});

describe.each(vendors.map((manifest) => [manifest.id, manifest] as const))("%s", (_id, manifest) => {
  it.each(checks.map((check) => [check.id, check.title, check] as const))("%s %s", async (_check, _title, check) => {
    const row = await suite.run(manifest, check);
    expect(row.result === "fails" ? row.reason : null).toBeNull();
  });
});
