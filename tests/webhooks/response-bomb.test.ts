import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { childEnvironment } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { type TestDatabase, testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender } from "#tests/support/deliveries.ts";
import { behaviours, type Hostile, startHostile } from "#tests/support/hostile.ts";
import { measured } from "#tests/support/measured.ts";

const database: TestDatabase = await testDatabase();
const MIB = 1024 * 1024;
const grown = z.object({ before: z.number(), most: z.number() });

/** A receiver of this kind, an endpoint there and `count` deliveries for it. */
async function aimAt(kind: keyof typeof behaviours, count: number) {
  const receiver = await startHostile(behaviours[kind]);
  allowEgress(receiver.host);
  const sender = await makeSender(receiver.url);
  const deliveries = [];
  for (let index = 0; index < count; index += 1) deliveries.push(await sender.emit());
  const jobs = deliveries.map(({ id, endpointId }) => ({
    ...{ employerId: sender.actor.employerId, deliveryId: id, endpointId },
  }));
  return { kind, receiver, sender, deliveries, jobs };
}

/** Makes these attempts in a process of their own; answers by how many bytes it grew at most. */
async function inChild(settings: { allow: string; warmUp: object[]; measured: object[]; timeoutMs: number }) {
  const file = inProject("tests", "support", "processes", "bombed.ts");
  const child = spawn(process.execPath, ["--expose-gc", file, JSON.stringify(settings)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: childEnvironment({ DATABASE_URL: database.appUrl, LOG_LEVEL: "error" }),
  });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect(code).toBe(0);
  const { before, most } = grown.parse(JSON.parse(printed));
  return most - before;
}

const closed = (receiver: Hostile) => vi.waitFor(() => expect(receiver.open()).toBe(0), { timeout: 20_000 });

describe("an answer that is a bomb", () => {
  it("of any kind costs less than 20 MB, keeps at most 16 KiB and the status, and loses its connection", async () => {
    const plain = await aimAt("takes it", 40);
    const kinds = ["200 MiB", "gzip bomb", "endless headers", "interim flood"] as const;
    const bombs = [];
    for (const kind of kinds) bombs.push(await aimAt(kind, 4));
    const allow = [plain, ...bombs].map(({ receiver }) => receiver.host).join(",");
    const growth = await inChild({
      ...{ allow, warmUp: plain.jobs, measured: bombs.flatMap(({ jobs }) => jobs), timeoutMs: 30_000 },
    });
    measured({ "memory grew by": `${(growth / MIB).toFixed(1)} MiB`, bombs: bombs.length * 4 });

    for (const { kind, receiver, sender, deliveries } of bombs) {
      let longest = 0;
      for (const delivery of deliveries) {
        const [attempt, ...others] = (await sender.look(delivery)).attempts;
        longest = Math.max(longest, attempt?.milliseconds ?? 0);
        expect(others).toEqual([]);
        expect(Buffer.byteLength(attempt?.responseBody ?? "")).toBeLessThanOrEqual(16 * 1024);
        if (kind === "200 MiB" || kind === "gzip bomb")
          expect(attempt).toMatchObject({ outcome: "delivered", status: 200, responseTruncated: true, phase: null });
        else expect(attempt).toMatchObject({ outcome: "too-large", phase: "ttfb", remoteAddress: "127.0.0.1" });
      }
      await closed(receiver);
      const each = receiver.sent() / deliveries.length / MIB;
      expect(each).toBeLessThan(16);
      measured({ [kind]: `${each.toFixed(1)} MiB sent each, ended within ${longest} ms` });
    }
    expect(growth).toBeLessThan(20 * MIB);
  });

  it("of another status fails by that status, cut and marked all the same", async () => {
    const receiver = await startHostile((socket) => {
      socket.write("HTTP/1.1 503 No\r\ncontent-length: 209715200\r\n\r\n");
      const block = Buffer.alloc(64 * 1024, "é");
      const more = () => {
        while (!socket.destroyed && socket.write(block));
        socket.once("drain", more);
      };
      more();
    });
    allowEgress(receiver.host);
    const sender = await makeSender(receiver.url);
    const delivery = await sender.emit();
    await sender.attempt(delivery);
    const [attempt] = (await sender.look(delivery)).attempts;
    expect(attempt).toMatchObject({ outcome: "http", status: 503, responseTruncated: true });
    expect(Buffer.byteLength(attempt?.responseBody ?? "")).toBeLessThanOrEqual(16 * 1024);
    await closed(receiver);
  });
});
