import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { type ApiCaller, apiCaller } from "#tests/support/api-caller.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { startReceiver } from "#tests/support/receiver.ts";

await testDatabase();
const { url } = await testApp();
const receiver = await startReceiver();
let caller: ApiCaller;
beforeAll(async () => {
  caller = await apiCaller(url);
});

const script = fileURLToPath(new URL("../../app/cli/webhooks.ts", import.meta.url));
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** Runs the command; `line` waits for the next line that fits. */
function start(args: readonly string[], variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, PATCHBAY_URL: url, PATCHBAY_API_KEY: caller.key, ...variables },
  });
  running.add(child);
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (said.out += chunk));
  child.stderr.on("data", (chunk) => (said.err += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve)).finally(() =>
    running.delete(child),
  );
  return {
    ended: async () => ({ code: await ended, ...said }),
    stop: () => child.kill("SIGINT"),
    line: (part: string) =>
      expect
        .poll(() => said.out, { timeout: 30_000, interval: 100 })
        .toContain(part)
        .then(() => said.out),
  };
}
const run = (args: readonly string[], variables?: Record<string, string>) => start(args, variables).ended();

const close = (title: string) =>
  withEmployer(caller.member.employerId, (tx) =>
    emitEvent(tx, caller.member.employerId, "job.closed", null, {
      ...{ job: { id: newId(), title }, reason: null, closedAt: new Date().toISOString() },
    }),
  );

describe("npm run webhooks", () => {
  it("listen forwards what happens to a local address, signed so that the session's secret verifies it", async () => {
    const listening = start(["listen", "--forward-to", receiver.url, "--json", "--limit", "2"]);
    const ready = JSON.parse((await listening.line('"ready"')).split("\n")[0] ?? "");
    const triggered = await run(["trigger", "job.posted", "--json"]);
    expect(JSON.parse(triggered.out)).toMatchObject({ type: "triggered", deliveryId: null });
    const eventId = await close("Loom Engineer");
    const { code, out } = await listening.ended();
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.slice(1).map(({ type, event, test, status }) => ({ type, event, test, status }))).toEqual([
      { type: "event", event: "job.posted", test: true },
      { type: "forwarded", status: 200 },
      { type: "event", event: "job.closed", test: false },
      { type: "forwarded", status: 200 },
    ]);
    const last = receiver.arrived.at(-1);
    expect(last?.headers).toMatchObject({ "webhook-id": eventId, "x-webhook-event": "job.closed" });
    const seen = new Webhook(ready.secret).verify(last?.body ?? "", last?.headers ?? {});
    expect(seen).toMatchObject({ type: "job.closed", data: { job: { title: "Loom Engineer" } } });
  });

  it("listen prints a line per event for people and ends with Ctrl-C", async () => {
    const listening = start(["listen", "--types", "job.closed"]);
    await listening.line("Listening");
    const id = await close("Weaver");
    await listening.line(id);
    listening.stop();
    expect((await listening.ended()).code).toBe(0);
  });

  it("replay sends a delivery or an event again, or forwards it from here", async () => {
    const { id: endpointId } = await createEndpoint(caller.member.actor, { url: "https://hooks.example.com/in" });
    const triggered = JSON.parse((await run(["trigger", "job.closed", "--endpoint", endpointId, "--json"])).out);
    const again = await run(["replay", triggered.deliveryId, "--json"]);
    expect(JSON.parse(again.out)).toMatchObject({ type: "replayed", deliveryIds: [triggered.deliveryId] });
    expect((await run(["replay", triggered.eventId])).out).toMatch(
      /^Sent again, with the same id and bytes: delivery /,
    );
    const here = await run(["replay", triggered.deliveryId, "--forward-to", receiver.url, "--json"]);
    expect(here.out).toContain('"type":"forwarded"');
    expect(receiver.arrived.at(-1)?.headers["webhook-id"]).toBe(triggered.eventId);
  });

  it("says in one line what is wrong, and exits 2 for a wrong call and 1 for a refusal", async () => {
    const wrong = [
      await run(["sing"]),
      await run(["trigger"]),
      await run(["listen", "--forward-to", "localhost:3000"]),
      await run(["listen", "--nonsense"]),
      await run(["listen"], { PATCHBAY_API_KEY: "" }),
      await run(["listen"], { PATCHBAY_URL: "" }),
    ];
    const refused = [
      await run(["trigger", "no.such"]),
      await run(["replay", newId()]),
      await run(["listen"], { PATCHBAY_API_KEY: "pbk_wrong" }),
      await run(["trigger", "job.closed"], { PATCHBAY_URL: "http://127.0.0.1:1" }),
    ];
    expect(wrong.map(({ code }) => code)).toEqual(wrong.map(() => 2));
    expect(refused.map(({ code }) => code)).toEqual(refused.map(() => 1));
    for (const { out, err } of [...wrong, ...refused]) {
      expect(out).toBe("");
      expect(err).toMatch(/^[^\n]{10,200}\n$/);
    }
    expect((await run(["--help"])).out).toContain("npm run webhooks -- listen");
  });
});
