import { createServer } from "node:https";
import { buildConnector } from "undici";
import { afterAll, describe, expect, it, vi } from "vitest";
import { deliver } from "#app/integrations/kit/deliver.server.ts";
import { createDeliveryEgress } from "#app/services/delivery-egress.server.ts";
import { makeAuthority } from "#tests/support/certificate.ts";
import { allowEgress } from "#tests/support/deliveries.ts";

const NAME = "receiver.test";
const COUNT = 10_000;
const AT_ONCE = 50;

/** A TLS receiver that counts handshakes and sockets, and the way to it. */
async function startTls() {
  const authority = makeAuthority();
  const seen = { handshakes: 0, open: 0, requests: 0, resolved: 0 };
  const server = createServer({ ...authority.issue({ names: [NAME] }), keepAlive: true }, (request, response) => {
    seen.requests += 1;
    request.resume();
    request.on("end", () => response.writeHead(200).end("ok"));
  });
  // Longer than we keep a socket: it is we who close it.
  server.keepAliveTimeout = 600_000;
  server.on("secureConnection", (socket) => {
    seen.handshakes += 1;
    seen.open += 1;
    socket.on("close", () => {
      seen.open -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  allowEgress(`${NAME}:${port}`);
  let clock = 0;
  const egress = createDeliveryEgress(
    {
      connect: buildConnector({ allowH2: false, ca: authority.cert }),
      resolver: async () => {
        seen.resolved += 1;
        return ["127.0.0.1"];
      },
      connections: AT_ONCE,
    },
    () => clock,
  );
  const send = () =>
    deliver(egress(null), `https://${NAME}:${port}/hooks`, {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ note: "x".repeat(900) }),
    });
  const pass = (milliseconds: number) => {
    clock += milliseconds;
  };
  return { seen, send, pass };
}

describe("sockets to a receiver", () => {
  it("are few, looked up once each, and gone when there is nothing to send", async () => {
    const { seen, send } = await startTls();
    let left = COUNT;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        expect(await send()).toMatchObject({ answered: true, status: 200 });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    expect(seen.requests).toBe(COUNT);
    expect(seen.handshakes).toBeLessThanOrEqual(60);
    expect(seen.resolved).toBe(seen.handshakes);
    await vi.waitFor(() => expect(seen.open).toBe(0), { timeout: 60_000, interval: 250 });
  });

  it("do not live for five minutes, and what is under way on one ends well", async () => {
    const { seen, send, pass } = await startTls();
    await send();
    pass(279_000);
    await send();
    const underWay = send();
    const old = seen.handshakes;
    pass(2_000);
    expect(await Promise.all([underWay, send()])).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(seen.handshakes).toBeGreaterThan(old);
    expect(seen.resolved).toBe(seen.handshakes);
    // Only the socket of the new agent is left, long before idle ones would go.
    await vi.waitFor(() => expect(seen.open).toBe(1), { timeout: 15_000, interval: 50 });
  });
});
