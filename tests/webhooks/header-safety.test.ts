import { createServer, type Socket } from "node:net";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { deliver } from "#app/integrations/kit/deliver.server.ts";
import { createEgress } from "#app/integrations/kit/egress.server.ts";
import { newWebhookSecret } from "#app/integrations/kit/standard-webhooks.server.ts";
import { refuseHeader, sendableHeaders } from "#app/services/custom-headers.ts";
import { claimDue, type Sending } from "#app/services/delivery-claim.server.ts";
import { deliveryRequest } from "#app/services/delivery-request.server.ts";
import { createEndpoint, updateEndpoint } from "#app/services/endpoints.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender } from "#tests/support/deliveries.ts";
import { measured } from "#tests/support/measured.ts";
import { startReceiver } from "#tests/support/receiver.ts";

await testDatabase();

const SEED = 20_260_922;
const PAIRS = 100_000;
const PER_REQUEST = 20;

/** One request as it came through the socket, read by two parsers that forgive differently. */
interface Read {
  line: string;
  headers: string[][];
  body: string;
}

/** To the letter of RFC 9112: CRLF only, a token, a colon, no folding. Throws where the bytes say anything else. */
function readStrictly(head: string, body: string): Read {
  const [line = "", ...lines] = head.split("\r\n");
  return {
    ...{ line, body },
    headers: lines.map((one) => {
      const found = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/.exec(one);
      if (!found) throw new Error(`not a header: ${JSON.stringify(one)}`);
      return [(found[1] ?? "").toLowerCase(), found[2] ?? ""];
    }),
  };
}

/** As careless servers read: bare line feeds and carriage returns end a line, folded lines join, blanks fall away. */
function readCarelessly(head: string, body: string): Read {
  const [line = "", ...lines] = head.replace(/\r?\n[ \t]+/g, " ").split(/\r\n|[\p{Cc}\p{Zl}\p{Zp}]/u);
  return {
    ...{ line, body },
    headers: lines.map((one) => {
      const at = one.indexOf(":");
      return [one.slice(0, at).trim().toLowerCase(), one.slice(at + 1).trim()];
    }),
  };
}

const requests: { strict: Read; careless: Read }[] = [];
const wrong: string[] = [];

/** Takes one request after the other from a socket by its content-length, and keeps how both parsers read it. */
function sink(socket: Socket): void {
  let rest = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf("\r\n\r\n");
      if (end === -1) return;
      const head = rest.subarray(0, end).toString("latin1");
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? "-1");
      if (rest.length < end + 4 + length) return;
      const body = rest.subarray(end + 4, end + 4 + length).toString("utf8");
      rest = rest.subarray(end + 4 + length);
      try {
        requests.push({ strict: readStrictly(head, body), careless: readCarelessly(head, body) });
      } catch (error) {
        wrong.push(String(error));
      }
      socket.write("HTTP/1.1 204 No Content\r\n\r\n");
    }
  });
}
const server = createServer(sink);
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = server.address();
const host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
const egress = createEgress({ allow: [host], connections: 8 });
afterAll(async () => {
  await egress.close();
  server.close();
});

const reserved = [
  ...["Host", "Content-Length", "content-type", "Content-Encoding", "Transfer-Encoding", "CONNECTION", "Keep-Alive"],
  ...[
    "TE",
    "Trailer",
    "Upgrade",
    "Expect",
    "Proxy-Authorization",
    "proxy-connection",
    "Webhook-Id",
    "webhook-signature",
  ],
  ...[
    "X-Webhook-Event",
    "x-webhook-signature",
    "Svix-Id",
    "svix-signature",
    "User-Agent",
    "Accept-Encoding",
    "X-Forwarded-For",
  ],
];
const sly = fc.constantFrom(
  ...[
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\t",
    " ",
    ":",
    ": ",
    "\r\n ",
    "\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\n\r\n",
    "\u010d\u010a",
    "é",
    "\x7f",
    "\x85",
    "\u2028",
    "Ā",
    "😀",
  ],
);
const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
const nameArb = fc.oneof(
  { weight: 4, arbitrary: token.map((one) => `X-${one}`) },
  { weight: 1, arbitrary: token },
  { weight: 2, arbitrary: fc.constantFrom(...reserved) },
  { weight: 2, arbitrary: fc.tuple(token, sly, token).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: fc.tuple(sly, fc.constantFrom(...reserved)).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom("", "__proto__", "constructor", "toString", ":authority", "x".repeat(200)) },
);
const valueArb = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[ -~]{0,40}$/) },
  { weight: 2, arbitrary: fc.tuple(token, sly, fc.stringMatching(/^[ -~]{0,20}$/)).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom("", " ", "chunked", "close", "0", "100-continue", "a".repeat(3_000)) },
);

const sendingWith = (headers: Record<string, string>, body: string): Sending => {
  const secrets = { standard: [secret], legacy: [], ed25519: [], headers, auth: null, certificate: null };
  return { ...template, secrets, body };
};
const secret = newWebhookSecret();
let template: Sending;

describe("an endpoint's own headers", () => {
  it("never change how a request is read: 100,000 random pairs, two parsers, one reading", async () => {
    template = await claimed();
    const pairs = fc.sample(fc.tuple(nameArb, valueArb), { seed: SEED, numRuns: PAIRS });
    const groups = Array.from({ length: PAIRS / PER_REQUEST }, (_, index) =>
      Object.fromEntries(pairs.slice(index * PER_REQUEST, (index + 1) * PER_REQUEST)),
    );
    const sent: { marker: string; headers: Readonly<Record<string, string>> }[] = [];
    const work = groups.entries();
    const lane = async () => {
      for (const [index, own] of work) {
        const marker = `{"n":${index}}`;
        const { headers, body } = deliveryRequest(sendingWith(own, marker), new Date());
        const outcome = await deliver(egress, `http://${host}/hooks`, { headers, body });
        expect(outcome).toMatchObject({ answered: true, status: 204 });
        sent.push({ marker, headers });
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));

    expect(wrong).toEqual([]);
    expect(requests).toHaveLength(groups.length);
    const byBody = new Map(requests.map((one) => [one.strict.body, one]));
    let own = 0;
    for (const { marker, headers } of sent) {
      const got = byBody.get(marker);
      expect(got?.careless).toEqual(got?.strict);
      expect(got?.strict.line).toBe("POST /hooks HTTP/1.1");
      const wanted = [
        ...Object.entries(headers),
        ...[
          ["host", host],
          ["connection", "keep-alive"],
          ["accept-encoding", "identity"],
        ],
        ["content-length", String(marker.length)],
      ];
      expect(got?.strict.headers.toSorted(byName)).toEqual(
        wanted.map(([name, value]) => [name, value]).toSorted(byName),
      );
      own += Object.keys(headers).length;
    }
    const kept = pairs.filter(([name, value]) => refuseHeader(name, value) === null).length;
    expect(kept).toBeGreaterThan(PAIRS / 10);
    expect(kept).toBeLessThan(PAIRS);
    measured({
      seed: SEED,
      pairs: PAIRS,
      accepted: kept,
      requests: requests.length,
      "headers sent": own,
      "read differently": 0,
    });
  }, 240_000);

  it("are refused on save where the name is ours or the connection's, whatever its case", async () => {
    const receiver = await startReceiver();
    allowEgress(receiver.host);
    const { actor } = await makeSender(receiver.url);
    for (const name of reserved) {
      const saved = createEndpoint(actor, { url: receiver.url, headers: { [name]: "x" } });
      await expect(saved, name).rejects.toMatchObject({ info: { fields: { headers: expect.any(String) } } });
    }
    for (const [name, value] of [
      ["X A", "x"],
      ["", "x"],
      ["X-A", "a\r\nb: c"],
      ["X-A", "é"],
      ["X-A", " x"],
    ] as const) {
      const saved = createEndpoint(actor, { url: receiver.url, headers: { [name]: value } });
      await expect(saved).rejects.toMatchObject({ kind: "invalid" });
    }
  });

  it("never travel to another origin: they are dropped with the change of address, and the answer says so", async () => {
    const [receiver, elsewhere] = [await startReceiver(), await startReceiver()];
    allowEgress(receiver.host, elsewhere.host);
    const auth = { type: "bearer", token: "canary" } as const;
    const sender = await makeSender(receiver.url, { headers: { "X-Api-Key": "canary" }, auth });
    await sender.attempt(await sender.emit());
    expect(receiver.arrived[0]?.headers).toMatchObject({ "x-api-key": "canary", authorization: "Bearer canary" });
    const { dropped } = await updateEndpoint(sender.actor, sender.endpointId, { url: elsewhere.url });
    expect(dropped).toEqual(["headers", "auth"]);
    await sender.attempt(await sender.emit());
    expect(elsewhere.arrived).toHaveLength(1);
    expect(JSON.stringify(elsewhere.arrived)).not.toContain("canary");
  });

  it("stay at home when they were stored all the same, and have a limit of number and size", () => {
    const all = Object.fromEntries(reserved.map((name) => [name, "x"]));
    expect(sendableHeaders({ ...all, "X-Good": "1" })).toEqual({ "x-good": "1" });
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`X-${index}`, "v".repeat(400)]));
    const sent = sendableHeaders(many);
    const bytes = Object.entries(sent).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
    expect(bytes).toBeLessThanOrEqual(4_096);
    expect(Object.keys(sent).length).toBeLessThanOrEqual(20);
  });
});

const byName = (a: readonly (string | undefined)[], b: readonly (string | undefined)[]) =>
  (a[0] ?? "") < (b[0] ?? "") ? -1 : 1;

/** What the engine hands over for one delivery, for its shape. */
async function claimed(): Promise<Sending> {
  const receiver = await startReceiver();
  allowEgress(receiver.host);
  const sender = await makeSender(receiver.url);
  const made = await sender.emit();
  const { employerId } = sender.actor;
  const { sendings } = await withEmployer(employerId, (tx) =>
    claimDue(tx, employerId, {
      now: new Date(),
      wishes: [{ endpointId: made.endpointId, room: 1, free: 1 }],
      only: made.id,
    }),
  );
  const [sending] = sendings;
  if (!sending) throw new Error("nothing was claimed");
  return sending;
}
