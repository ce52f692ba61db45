import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { z } from "zod";
import { childEnvironment } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";

const row = z.object({ name: z.string(), holds: z.boolean(), what: z.string() });

function tell(...breaks: string[]) {
  const given = breaks.flatMap((one) => ["--break", one]);
  const run = spawnSync(process.execPath, [inProject("tests", "story", "run.ts"), "--json", ...given], {
    encoding: "utf8",
    env: childEnvironment({ NODE_ENV: "development" }),
  });
  const lines = run.stdout.split("\n").filter((line) => line !== "");
  return { status: run.status, said: run.stderr.trim(), rows: lines.map((line) => row.parse(JSON.parse(line))) };
}

it("fails in exactly the steps of the vendors that were broken, each with a plain sentence", {
  timeout: 300_000,
}, () => {
  const { status, rows } = tell("indeed=stop", "wellfound=html", "slack=html", "webhooks=revoke");
  expect(rows.filter(({ holds }) => !holds).map(({ name }) => name)).toEqual([
    "publish by feed (Indeed)",
    "publish by hand (Wellfound)",
    "see the Slack message",
    "verify the webhooks",
  ]);
  const sentences = Object.fromEntries(rows.map(({ name, what }) => [name, what]));
  expect(sentences["publish by hand (Wellfound)"]).toContain("We will be right back");
  expect(sentences["see the Slack message"]).toBe("No message about the applicant arrived in Slack.");
  expect(sentences["verify the webhooks"]).toMatch(/^\d+ of \d+ deliveries do not verify: no signature matches\.$/);
  expect(rows.filter(({ what }) => what.startsWith("Unexpected"))).toEqual([]);
  expect(status).toBe(1);
});

it("says in one sentence which vendors can be broken", () => {
  expect(tell("monster=html")).toMatchObject({
    status: 2,
    said: expect.stringMatching(/it has no monster\.$/),
    rows: [],
  });
});
