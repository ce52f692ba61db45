import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "#app/sandbox/server.ts";

const script = fileURLToPath(new URL("./vendor.ts", import.meta.url));
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.close());

async function run(...args: string[]): Promise<{ code: number; lines: Record<string, unknown>[]; said: string }> {
  const done = await promisify(execFile)(process.execPath, [script, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  const lines = done.stdout.split("\n").filter(Boolean);
  return { code: done.code, lines: lines.map((line) => JSON.parse(line)), said: done.stderr };
}

const credentials = (name: "good" | "revoked") =>
  JSON.stringify(sandbox.vendor("greenhouse").credentials()[name]?.config);

// Each test starts a process, which takes its time on a busy machine.
describe("the vendor command", { timeout: 60_000 }, () => {
  it("names the account, by either way of reaching the vendor", async () => {
    const expected = { type: "account", name: sandbox.vendor("greenhouse").credentials().good?.accountName };
    for (const way of ["--sandbox", "--origin"]) {
      const { code, lines } = await run(
        "greenhouse",
        "check",
        way,
        sandbox.origin,
        "--credentials",
        credentials("good"),
      );
      expect(lines).toMatchObject([expected]);
      expect(code).toBe(0);
    }
  });

  it("reads records and ends with the state", async () => {
    const { lines } = await run(
      "greenhouse",
      "pull",
      "--resource",
      "jobs",
      "--origin",
      sandbox.origin,
      "--credentials",
      credentials("good"),
    );
    expect(lines.filter((line) => line.type === "record").length).toBeGreaterThan(3);
    expect(lines.at(-1)).toMatchObject({ type: "state", resource: "jobs", cursor: null });
  });

  it("says what is wrong in one line, with exit code 1 and without the secret", async () => {
    const { code, lines } = await run(
      "greenhouse",
      "check",
      "--origin",
      sandbox.origin,
      "--credentials",
      credentials("revoked"),
    );
    expect(lines).toMatchObject([{ type: "error", kind: "auth-revoked" }]);
    expect(code).toBe(1);
    const secret = sandbox.vendor("greenhouse").credentials().revoked?.config.clientSecret ?? "?";
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it("tells how it is called, and lists resources without any credential", async () => {
    expect(await run("greenhouse", "dance")).toMatchObject({ code: 2, lines: [] });
    expect((await run("greenhouse", "resources")).lines.map((line) => line.name)).toContain("applications");
  });
});
