import { createServer } from "node:http";
import { and, eq, isNotNull } from "drizzle-orm";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { afterAll, expect, it } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { getDelivery } from "#app/services/delivery-log.server.ts";
import { queueDeliveries } from "#app/services/delivery-queue.server.ts";
import { updateEndpoint } from "#app/services/endpoints.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { delivery, endpoint, event } from "#db/schema/webhooks.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender } from "#tests/support/deliveries.ts";
import { measured } from "#tests/support/measured.ts";

await testDatabase();

const SEED = 20_260_921;
const RUNS = 60;

const isWaiting = (id: string) => and(eq(delivery.id, id), isNotNull(delivery.nextAttemptAt));

interface Arrived {
  bytes: Buffer;
  headers: Record<string, string>;
}

/** A receiver that keeps bytes, not text, and takes only the third of each three. */
const arrived: Arrived[] = [];
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  arrived.push({ bytes: Buffer.concat(chunks), headers });
  response.writeHead(arrived.length % 3 === 0 ? 200 : 500).end();
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const address = server.address();
const host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
allowEgress(host);

/** JSON as text, with what writers and readers of JSON disagree about. */
const hard = fc.constantFrom(
  ...["-0", "0.0", "-0.0e-0", "1e21", "1E+21", "9007199254740993", "0.1000000000000000055511151231257827", "1e-400"],
  ...[
    '"\u2028\u2029"',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u0000"',
    '"\\/"',
    '"é"',
    '"e\\u0301"',
    '"😀\\ud83d\\ude00"',
  ],
  ...['{"b":1,"a":2,"1":3,"b":4}', '{"__proto__":{"x":1}}', "[ ]", "{\t}", "[1 ,\n2]"],
);
const jsonText = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    hard,
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.array(tie("value"), { maxLength: 4 }).map((parts) => `[${parts.join(", ")}]`),
    fc
      .array(fc.tuple(fc.string({ unit: "binary" }), tie("value")), { maxLength: 4 })
      .map((pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`),
  ),
})).value;

it("random JSON arrives byte for byte as it was stored, at each of three attempts, and the reference library verifies each", async () => {
  const sender = await makeSender(`http://${host}/hooks`);
  const { employerId } = sender.actor;
  const webhook = new Webhook(sender.secret);
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(jsonText, async (data) => {
      const id = newId();
      const body = `{"id":"${id}","type":"job.closed","data":${data}}`;
      const deliveryId = await withEmployer(employerId, async (tx) => {
        await tx.insert(event).values({ employerId, id, type: "job.closed", body });
        await tx.update(endpoint).set({ openUntil: null });
        const [made = ""] = await queueDeliveries(tx, employerId, [
          {
            ...{ endpointId: sender.endpointId, eventId: id, eventType: "job.closed" },
            ...{ cause: "replay", replayOf: null, body: null },
          },
        ]);
        return made;
      });
      const { delivery: row } = await getDelivery(sender.actor, deliveryId);
      const from = arrived.length;
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await withEmployer(employerId, (tx) => tx.update(endpoint).set({ openUntil: null }));
        await withEmployer(employerId, (tx) =>
          tx.update(delivery).set({ nextAttemptAt: new Date() }).where(isWaiting(deliveryId)),
        );
        await sender.attempt(row);
      }
      const stored = Buffer.from(body, "utf8");
      const got = arrived.slice(from);
      expect(got).toHaveLength(3);
      for (const { bytes, headers } of got) {
        expect(bytes.equals(stored)).toBe(true);
        expect(headers["webhook-id"]).toBe(id);
        expect(() => webhook.verify(bytes, headers)).not.toThrow();
        const tampered = Buffer.from(bytes);
        const at = tampered.length - 2;
        tampered.writeUInt8((tampered[at] ?? 0) ^ 1, at);
        expect(() => webhook.verify(tampered, headers)).toThrow();
        compared += 1;
      }
    }),
    { seed: SEED, numRuns: RUNS },
  );
  measured({ seed: SEED, bodies: RUNS, "attempts compared": compared, different: 0 });
});

it("a body of the endpoint's own is the same at every attempt, however its settings change in between", async () => {
  const template = '{ "all": "{{data}}", "text": "{{data.job.title}} \\u2028 \\ud800", "n": [-0, 1e21] }';
  const sender = await makeSender(`http://${host}/hooks`, {
    eventTypes: ["job.closed"],
    payload: "template",
    template,
  });
  const made = await sender.emit();
  const changes = [{ payload: "thin" as const }, { payload: "full" as const }, { payload: "full" as const }];
  const from = arrived.length;
  for (const [index, shape] of changes.entries()) {
    await sender.attempt(made, { now: () => new Date(Date.now() + index * 60_000) });
    await updateEndpoint(sender.actor, sender.endpointId, { url: `http://${host}/hooks`, ...shape });
    await withEmployer(sender.actor.employerId, (tx) =>
      tx.update(delivery).set({ nextAttemptAt: new Date() }).where(isWaiting(made.id)),
    );
  }
  const { body } = await sender.look(made);
  const got = arrived.slice(from).map(({ bytes }) => bytes.toString("utf8"));
  expect(got).toEqual([body, body, body]);
  for (const { bytes, headers } of arrived.slice(from, from + 1))
    expect(() => new Webhook(sender.secret).verify(bytes, headers)).not.toThrow();
});
