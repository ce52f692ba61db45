import { describe, expect, it } from "vitest";
import { writeSettings } from "#app/services/endpoint-secrets.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender } from "#tests/support/deliveries.ts";
import { measured } from "#tests/support/measured.ts";
import { startReceiver } from "#tests/support/receiver.ts";

await testDatabase();

describe("a redirect", () => {
  it.each([301, 302, 303, 307, 308])(
    "of %i is a failed attempt that shows where to, and nobody goes there",
    async (status) => {
      const [receiver, elsewhere] = [await startReceiver(), await startReceiver()];
      // Both may be reached: what keeps the second one quiet is that nobody follows.
      allowEgress(receiver.host, elsewhere.host);
      receiver.answer((response) => response.writeHead(status, { location: `${elsewhere.url}?from=here` }).end());
      const sender = await makeSender(receiver.url, { legacySignature: true });
      const { employerId } = sender.actor;
      const owner = { employerId, endpointId: sender.endpointId };
      await withEmployer(employerId, (tx) =>
        writeSettings(tx, owner, {
          headers: { "x-api-key": "only for the endpoint" },
          auth: { type: "bearer", token: "secret" },
        }),
      );
      const delivery = await sender.emit();
      await sender.attempt(delivery);
      const { attempts, delivery: after } = await sender.look(delivery);
      expect(attempts).toMatchObject([
        { outcome: "redirect", status, error: expect.stringContaining(`${elsewhere.url}?from=here`) },
      ]);
      expect(attempts[0]?.responseHeaders).toMatchObject({ location: `${elsewhere.url}?from=here` });
      expect(after).toMatchObject({ state: "retrying", attempts: 1 });
      expect(receiver.arrived).toHaveLength(1);
      expect(receiver.arrived[0]?.headers).toMatchObject({
        ...{
          authorization: "Bearer secret",
          "x-api-key": "only for the endpoint",
          "x-webhook-signature": expect.any(String),
        },
      });
      expect(elsewhere.arrived).toEqual([]);
      measured({ [`hits after ${status}`]: elsewhere.arrived.length });
    },
  );
});
