import { createServer } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { isGlobalUnicast } from "#app/integrations/kit/address.server.ts";
import { createEgress, type EgressOptions } from "#app/integrations/kit/egress.server.ts";
import { createEndpoint, updateEndpoint } from "#app/services/endpoints.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { endpoint } from "#db/schema/webhooks.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender, type Sender } from "#tests/support/deliveries.ts";
import { type InsideUrl, insideResolver, insideUrls, outsideUrls, variant } from "#tests/support/inside-urls.ts";
import { measured } from "#tests/support/measured.ts";
import { playInternet } from "#tests/support/played-internet.ts";
import { boundaries, isPublic } from "#tests/support/special-addresses.ts";

await testDatabase();
allowEgress();

/** Something inside that must never be reached: it counts every socket, over IPv4 and, where the machine has it, IPv6. */
let accepted = 0;
let port = 0;
const inside = ["127.0.0.1", "::1"].map((host) => ({ host, server: createServer((socket) => socket.destroy()) }));
for (const { server } of inside) server.on("connection", () => (accepted += 1));

beforeAll(async () => {
  for (const { host, server } of inside)
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => (host === "::1" ? resolve() : reject(error)));
      server.listen(port, host, () => {
        const address = server.address();
        port = typeof address === "object" && address ? address.port : port;
        resolve();
      });
    });
});
afterAll(async () => {
  for (const { server } of inside) await new Promise((resolve) => server.close(resolve));
});

/** Asked for twice over, and each attempt over a new socket: what changes in between has changed by then. */
const turnsOf = ({ turns }: InsideUrl) => Math.max(1, turns.length);

const saved = (work: Promise<unknown>) =>
  work.then(
    () => true,
    () => false,
  );

/** One attempt at this address, whatever made it into the row, over sockets of its own; how it ended. */
async function attemptAt(sender: Sender, url: string, options: EgressOptions) {
  const way = createEgress(options);
  try {
    await withEmployer(sender.actor.employerId, (tx) =>
      tx.update(endpoint).set({ url, openUntil: null, consecutiveFailures: 0 }),
    );
    const delivery = await sender.emit();
    await sender.attempt(delivery, { egress: way });
    return (await sender.look(delivery)).attempts[0];
  } finally {
    await way.close();
  }
}

describe("an address that leads inside", () => {
  it("is refused when it is saved, however it is written", async () => {
    const sender = await makeSender("https://receiver.example/hooks");
    for (const one of insideUrls) {
      const other = await makeSender("https://receiver.example/hooks");
      for (const scheme of ["https", "http"] as const) {
        const url = variant(one.url, port, scheme);
        expect([url, await saved(createEndpoint(other.actor, { url }))]).toEqual([url, !one.seen]);
        expect([url, await saved(updateEndpoint(sender.actor, sender.endpointId, { url }))]).toEqual([url, !one.seen]);
      }
    }
    expect(accepted).toBe(0);
    measured({ targets: insideUrls.length, "sockets when saved": accepted });
  });

  it("is never called, whatever the row says", async () => {
    const sender = await makeSender("https://receiver.example/hooks");
    const internet = await playInternet((name) => resolve(name));
    onTestFinished(() => internet.close());
    let resolve = insideResolver();
    for (const one of insideUrls) {
      resolve = insideResolver();
      const url = variant(one.url, port);
      for (let turn = 1; turn < turnsOf(one); turn += 1) await attemptAt(sender, url, internet.options);
      internet.forget();
      const attempt = await attemptAt(sender, url, internet.options);
      expect([url, attempt?.outcome, attempt?.timings.connect]).toEqual([url, "blocked", undefined]);
      expect([url, internet.dialled]).toEqual([url, []]);
      if (one.turns.length > 1) continue;
      // The real connector would get through to what listens inside.
      const plain = variant(one.url, port, "http");
      const unplayed = await attemptAt(sender, plain, { resolver: insideResolver() });
      expect([plain, unplayed?.outcome, unplayed?.timings.connect]).toEqual([plain, "blocked", undefined]);
    }
    expect(accepted).toBe(0);
    measured({ "sockets when sent": accepted });
  });

  it("is saved and called when it only looks so", async () => {
    const sender = await makeSender("https://receiver.example/hooks");
    const internet = await playInternet(insideResolver());
    onTestFinished(() => internet.close());
    internet.answer((_request, response) => response.writeHead(200).end("thanks"));
    for (const [url, answers] of outsideUrls) {
      const other = await makeSender("https://receiver.example/hooks");
      expect([url, await saved(createEndpoint(other.actor, { url }))]).toEqual([url, true]);
      expect([url, (await attemptAt(sender, url, internet.options))?.outcome]).toEqual([url, "delivered"]);
      const [first = new URL(url).hostname.replace(/^\[|\]$/g, "")] = answers;
      expect([url, internet.dialled.splice(0)]).toEqual([url, [first]]);
    }
    measured({ "public ones": outsideUrls.length });
  });

  it("would be reached without the guard: the counter counts", async () => {
    const before = accepted;
    allowEgress(`127.0.0.1:${port}`);
    onTestFinished(() => allowEgress());
    const sender = await makeSender(`http://127.0.0.1:${port}/hooks`);
    await sender.attempt(await sender.emit());
    expect(accepted).toBe(before + 1);
    accepted = before;
  });
});

describe("any IP address", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const v4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join("."));
  const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
  const v6 = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(":"));
  const global6 = fc.tuple(fc.integer({ min: 0x2000, max: 0x3fff }), v6).map(([first, rest]) => {
    return [first.toString(16), ...rest.split(":").slice(1)].join(":");
  });
  const mapped = v4.map((inner) => `::ffff:${inner}`);
  const any = fc.oneof(v4, v6, global6, mapped, fc.constantFrom(...boundaries()));

  it("is blocked exactly if it is not global unicast by the registries of IANA", () => {
    const runs = 20_000;
    fc.assert(
      fc.property(any, (one) => {
        expect([one, isGlobalUnicast(one)]).toEqual([one, isPublic(one)]);
      }),
      { numRuns: runs },
    );
    for (const one of boundaries()) expect([one, isGlobalUnicast(one)]).toEqual([one, isPublic(one)]);
    measured({ "random addresses": runs, "edges of registered blocks": boundaries().length });
  });

  it("is dialled exactly if it is global unicast, as an answer of DNS", async () => {
    const dialled: string[] = [];
    let answer: string[] = [];
    const way = createEgress({
      resolver: async () => answer,
      connect: (target, callback) => {
        dialled.push(target.hostname);
        callback(Object.assign(new Error("Nobody is to be called."), { code: "ECONNREFUSED" }), null);
      },
    });
    onTestFinished(() => way.close());
    await fc.assert(
      fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 3 }), async (answers) => {
        answer = answers;
        dialled.length = 0;
        await way.request("http://any.example/").catch(() => {});
        expect(dialled).toEqual(answers.every(isPublic) ? answers : []);
      }),
      { numRuns: 500 },
    );
  });
});
