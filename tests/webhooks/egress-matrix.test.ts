import { createServer } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { isGlobalUnicast } from "#app/integrations/kit/address.server.ts";
import { createEgress, type Egress } from "#app/integrations/kit/egress.server.ts";
import { createEndpoint, updateEndpoint } from "#app/services/endpoints.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { endpoint } from "#db/schema/webhooks.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender } from "#tests/support/deliveries.ts";
import { measured } from "#tests/support/measured.ts";
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

/** Hosts that lead inside by how they are written. `:port` and a path are put behind. */
const literals: Readonly<Record<string, string>> = {
  loopback: "127.0.0.1",
  "loopback, another": "127.8.8.8",
  decimal: "2130706433",
  hexadecimal: "0x7f000001",
  "hexadecimal parts": "0x7f.0x0.0x0.0x1",
  octal: "017700000001",
  "octal parts": "0177.0.0.01",
  short: "127.1",
  "two parts": "127.0.1",
  mixed: "0x7f.1",
  zero: "0",
  unspecified: "0.0.0.0",
  "this network": "0.1.2.3",
  "trailing dot": "127.0.0.1.",
  "full-width digits": "１２７.0.0.1",
  "circled digits": "①②⑦.0.0.①",
  "ideographic full stop": "127。0。0。1",
  "half-width full stop": "127｡0｡0｡1",
  "percent-encoded": "%31%32%37.0.0.1",
  "name and password": "somebody:secret@127.0.0.1",
  "name that looks like a host": "example.com@127.0.0.1",
  "class A private": "10.0.0.1",
  "class B private": "172.16.0.1",
  "class B private, last": "172.31.255.255",
  "class C private": "192.168.1.1",
  "carrier-grade NAT": "100.64.0.1",
  "cloud metadata": "169.254.169.254",
  "cloud metadata, decimal": "2852039166",
  "protocol assignments": "192.0.0.8",
  documentation: "192.0.2.1",
  "documentation 2": "198.51.100.1",
  "documentation 3": "203.0.113.1",
  "6to4 relay": "192.88.99.1",
  benchmarking: "198.18.0.1",
  "benchmarking, last": "198.19.255.255",
  multicast: "224.0.0.1",
  reserved: "240.0.0.1",
  broadcast: "255.255.255.255",
  "IPv6 loopback": "[::1]",
  "IPv6 unspecified": "[::]",
  "IPv4-mapped": "[::ffff:127.0.0.1]",
  "IPv4-mapped, hexadecimal": "[::ffff:7f00:1]",
  "IPv4-mapped private": "[::ffff:10.0.0.1]",
  "IPv4-compatible": "[::127.0.0.1]",
  "IPv4-translated": "[::ffff:0:127.0.0.1]",
  NAT64: "[64:ff9b::7f00:1]",
  "NAT64, local": "[64:ff9b:1::7f00:1]",
  "6to4": "[2002:7f00:1::]",
  Teredo: "[2001:0:7f00:1::]",
  ORCHID: "[2001:20::1]",
  "IPv6 documentation": "[2001:db8::1]",
  "IPv6 documentation 2": "[3fff::1]",
  "IPv6 benchmarking": "[2001:2::1]",
  "unique local": "[fd00:ec2::254]",
  "link-local": "[fe80::1]",
  "site-local": "[fec0::1]",
  "IPv6 multicast": "[ff02::1]",
  discard: "[100::1]",
  "segment routing": "[5f00::1]",
};

/** Names that lead inside, by what they resolve to. */
const names: Readonly<Record<string, readonly string[]>> = {
  localhost: ["127.0.0.1"],
  "localhost.": ["127.0.0.1"],
  LOCALHOST: ["::1"],
  "db.internal": ["10.0.0.3"],
  "printer.local": ["169.254.3.4"],
  intranet: ["192.168.0.9"],
  "inside.example": ["127.0.0.1"],
  "inside.example.": ["127.0.0.1"],
  "ｉｎｓｉｄｅ。example": ["127.0.0.1"],
  "127.0.0.1.inside.example": ["127.0.0.1"],
  "six.example": ["::1"],
  "mapped.example": ["::ffff:127.0.0.1"],
  "compatible.example": ["::7f00:1"],
  "zone.example": ["fe80::1%lo"],
  "meta.example": ["169.254.169.254"],
  "mixed.example": ["93.184.216.34", "127.0.0.1"],
  "mixed-six.example": ["2606:4700::1111", "::1"],
  "odd.example": ["2130706433"],
};
/** Of these a form can say at once that they lead inside; the others are known when they are resolved. */
const savable = (name: string) => name.includes("example");

const address = (host: string, scheme = "https") => `${scheme}://${host}:${port}/hooks`;

/** The real connector below the guard, which would get through to the inside, with names resolved from the table. */
function egress(dialled: string[]): Egress {
  const made = createEgress({
    resolver: async (hostname) => {
      const found = names[hostname] ?? names[hostname.toUpperCase()];
      if (!found) throw Object.assign(new Error("no"), { code: "ENOTFOUND" });
      return found;
    },
    connect: (target, callback) => {
      dialled.push(target.hostname);
      callback(Object.assign(new Error("Nobody is to be called."), { code: "ECONNREFUSED" }), null);
    },
  });
  onTestFinished(() => made.close());
  return made;
}

const targets = [
  ...Object.entries(literals).map(([title, host]) => ({ title, host, save: false })),
  ...Object.keys(names).map((host) => ({ title: `the name ${host}`, host, save: savable(host) })),
];

describe("an address that leads inside", () => {
  it("is refused when it is saved, however it is written", async () => {
    const sender = await makeSender("https://receiver.example/hooks");
    for (const { title, host, save } of targets)
      for (const scheme of ["https", "http"]) {
        const url = address(host, scheme);
        const saved = (work: Promise<unknown>) =>
          work.then(
            () => true,
            () => false,
          );
        const other = await makeSender("https://receiver.example/hooks");
        expect([title, await saved(createEndpoint(other.actor, { url }))]).toEqual([title, save]);
        expect([title, await saved(updateEndpoint(sender.actor, sender.endpointId, { url }))]).toEqual([title, save]);
      }
    expect(accepted).toBe(0);
    measured({ targets: targets.length, "sockets when saved": accepted });
  });

  it("is never called, whatever the row says", async () => {
    const sender = await makeSender("https://receiver.example/hooks");
    const dialled: string[] = [];
    const guarded = egress(dialled);
    const real = createEgress({ resolver: async (hostname) => names[hostname] ?? names[hostname.toUpperCase()] ?? [] });
    onTestFinished(() => real.close());
    for (const { title, host } of targets)
      for (const [scheme, way] of [
        ["https", guarded],
        ["http", real],
      ] as const) {
        await withEmployer(sender.actor.employerId, (tx) =>
          tx.update(endpoint).set({ url: address(host, scheme), openUntil: null, consecutiveFailures: 0 }),
        );
        const delivery = await sender.emit();
        await sender.attempt(delivery, { egress: way });
        const [attempt] = (await sender.look(delivery)).attempts;
        expect([title, attempt?.outcome, attempt?.timings.connect]).toEqual([title, "blocked", undefined]);
      }
    expect(dialled).toEqual([]);
    expect(accepted).toBe(0);
    measured({ "sockets when sent": accepted });
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
