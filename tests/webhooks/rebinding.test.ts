import { createServer, type Socket } from "node:net";
import { buildConnector } from "undici";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createEgress } from "#app/integrations/kit/egress.server.ts";
import { testDatabase } from "#tests/support/database.ts";
import { makeSender } from "#tests/support/deliveries.ts";
import { measured } from "#tests/support/measured.ts";

await testDatabase();

const NAME = "rebind.example";
const PUBLIC = "93.184.216.34";
const ANOTHER = "93.184.216.35";

/** Counts sockets; `keep` says whether a socket stays open after an answer. */
async function listen(keep: () => boolean) {
  let accepted = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    socket.on("data", (bytes) => {
      if (!bytes.toString("latin1").startsWith("POST ")) return;
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${keep() ? "" : "connection: close\r\n"}\r\nok`);
      if (!keep()) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    accepted: () => accepted,
    hangUp: () => {
      for (const socket of sockets) socket.end();
    },
    open: () => sockets.size,
  };
}

/**
 * A receiver out in the internet, played on loopback, and beside it something inside on the same machine. The name leads
 * to what `answers` says at the time; whoever dials 127.0.0.1 gets to the inside.
 */
async function world(keep: () => boolean = () => false) {
  const [outside, inside] = [await listen(keep), await listen(keep)];
  const asked: string[][] = [];
  const dialled: string[] = [];
  let answers: () => readonly string[] = () => [PUBLIC];
  const dial = buildConnector({ allowH2: false });
  const egress = createEgress({
    connections: 64,
    resolver: async () => {
      const found = [...answers()];
      asked.push(found);
      return found;
    },
    connect: (target, callback) => {
      dialled.push(target.hostname);
      const isInside = target.hostname === "127.0.0.1" || target.hostname === "::1";
      const port = String(isInside ? inside.port : outside.port);
      dial({ ...target, hostname: "127.0.0.1", host: "127.0.0.1", port }, (...[error, socket]) => {
        if (error) return callback(error, null);
        // What the system would say of a socket to that address.
        Object.defineProperty(socket, "remoteAddress", { value: target.hostname, configurable: true });
        callback(null, socket);
      });
    },
  });
  onTestFinished(() => egress.close());
  const sender = await makeSender(`http://${NAME}:8080/hooks`);
  return {
    ...{ outside, inside, asked, dialled, sender },
    nowLeadsTo: (...addresses: string[]) => {
      answers = () => addresses;
    },
    leadsInTurnTo: (...turns: string[][]) => {
      let turn = 0;
      answers = () => turns[Math.min(turn++, turns.length - 1)] ?? [];
    },
    /** One event, attempted at once; how that ended. */
    async send() {
      const delivery = await sender.emit();
      await sender.attempt(delivery, { egress });
      const [attempt] = (await sender.look(delivery)).attempts;
      return attempt?.outcome;
    },
  };
}

describe("a name that changes where it leads", () => {
  it("from a public address to loopback is called once and then no more", async () => {
    const { send, leadsInTurnTo, inside, outside, asked } = await world();
    leadsInTurnTo([PUBLIC], ["127.0.0.1"]);
    expect(await send()).toBe("delivered");
    expect(await send()).toBe("blocked");
    expect(await send()).toBe("blocked");
    expect([outside.accepted(), inside.accepted()]).toEqual([1, 0]);
    expect(asked).toHaveLength(3);
    measured({ "accepts inside": inside.accepted() });
  });

  it("between being checked and being called gains nothing: it is asked for once", async () => {
    const { send, leadsInTurnTo, inside, asked, dialled } = await world();
    leadsInTurnTo([PUBLIC], ["127.0.0.1"], [PUBLIC], ["127.0.0.1"]);
    const outcomes = [await send(), await send(), await send(), await send()];
    expect(outcomes).toEqual(["delivered", "blocked", "delivered", "blocked"]);
    expect([asked.length, dialled]).toEqual([4, [PUBLIC, PUBLIC]]);
    expect(inside.accepted()).toBe(0);
  });

  it.each([
    [[PUBLIC, "127.0.0.1"]],
    [["127.0.0.1", PUBLIC]],
    [[PUBLIC, "::1"]],
    [[PUBLIC, ANOTHER, "10.0.0.1"]],
    [[PUBLIC, "::ffff:127.0.0.1"]],
  ])("and answers %j at once is not called at all", async (answers) => {
    const { send, nowLeadsTo, inside, outside, dialled } = await world();
    nowLeadsTo(...answers);
    expect(await send()).toBe("blocked");
    expect([dialled, outside.accepted(), inside.accepted()]).toEqual([[], 0, 0]);
  });

  it("while a socket is kept goes on over that socket, and is asked for anew with the next one", async () => {
    const { send, nowLeadsTo, inside, outside, asked } = await world(() => true);
    for (let count = 0; count < 10; count += 1) expect(await send()).toBe("delivered");
    expect([asked.length, outside.accepted()]).toEqual([1, 1]);
    nowLeadsTo("127.0.0.1");
    expect(await send()).toBe("delivered");
    outside.hangUp();
    await vi.waitFor(() => expect(outside.open()).toBe(0));
    expect(await send()).toBe("blocked");
    expect([asked.length, outside.accepted(), inside.accepted()]).toEqual([2, 1, 0]);
    measured({ "deliveries over one socket": 11, "questions to DNS": asked.length });
  });

  it("is asked for once per socket, however many are opened at once", async () => {
    const { send, inside, outside, asked } = await world(() => true);
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => send()));
    expect(outcomes.filter((outcome) => outcome !== undefined && outcome !== "delivered")).toEqual([]);
    expect(asked.length).toBe(outside.accepted());
    expect(inside.accepted()).toBe(0);
    measured({ "sockets at once": outside.accepted(), "questions for them": asked.length });
  });

  it("never reaches the inside by a socket that went elsewhere than it was sent", async () => {
    const outside = await listen(() => false);
    const dial = buildConnector({ allowH2: false });
    const egress = createEgress({
      resolver: async () => [PUBLIC],
      // A network that leads a public address to the machine itself.
      connect: (target, callback) =>
        dial({ ...target, hostname: "127.0.0.1", host: "127.0.0.1", port: String(outside.port) }, callback),
    });
    onTestFinished(() => egress.close());
    const sender = await makeSender(`http://${NAME}:8080/hooks`);
    const delivery = await sender.emit();
    await sender.attempt(delivery, { egress });
    expect((await sender.look(delivery)).attempts).toMatchObject([{ outcome: "blocked", phase: "connect" }]);
  });
});
