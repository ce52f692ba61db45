import { connect, createServer, type Server, type Socket } from "node:net";
import { sql as statement } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { env, setEnvironment } from "#app/platform/env.server.ts";
import { closeDatabase, inOneTrip, withEmployer, withSystem } from "#db/client.server.ts";
import { isLostConnection } from "#db/lost-connection.server.ts";
import { makeEmployer } from "#tests/support/connections.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";

const database = await testDatabase();

/** Ends every connection of this test's database but the one that asks. */
const endAll = () =>
  asAdmin(
    database.adminUrl,
    (admin) => admin`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${database.name} and pid <> pg_backend_pid()`,
  );

it("a trip whose connection is ended under it fails at once, and the next ones find another", async () => {
  const employerId = await makeEmployer();
  for (let round = 0; round < 20; round += 1) {
    const trips = Array.from({ length: 12 }, (_, index) =>
      inOneTrip(employerId, statement`select ${index}::int as number, pg_sleep(${round % 2 === 0 ? 0.05 : 0})`).then(
        (rows) => rows[0]?.number === index,
        (error: unknown) => isLostConnection(error),
      ),
    );
    const ending = endAll();
    expect(await Promise.all(trips)).toEqual(trips.map(() => true));
    await ending;
  }
  // An idle connection that was ended last may still be handed out once: its end is noticed by whoever uses it.
  await vi.waitFor(
    async () => {
      const rows = await inOneTrip(employerId, statement`select current_setting('app.employer_id') as employer`);
      expect(rows).toEqual([{ employer: employerId }]);
    },
    { timeout: 20_000 },
  );
});

/** Between the portal and Postgres: cuts every line at once without a word, as a crash or a firewall does. */
async function startCuttableLine(): Promise<{ url: string; cut(): void; stop(): Promise<void> }> {
  const target = new URL(env().DATABASE_URL ?? "");
  const sockets = new Set<Socket>();
  const server: Server = createServer((inner) => {
    const outer = connect(Number(target.port), target.hostname);
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    inner.pipe(outer).pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The line has no port.");
  const url = new URL(target);
  url.host = `127.0.0.1:${address.port}`;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    stop: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

it("a transaction whose line is cut fails, and what it would still say is said to nobody", {
  timeout: 60_000,
}, async () => {
  const employerId = await makeEmployer();
  const direct = env().DATABASE_URL;
  const line = await startCuttableLine();
  await closeDatabase();
  setEnvironment({ DATABASE_URL: line.url });
  const one = statement`select 1 as one`;
  for (let round = 0; round < 3; round += 1) {
    // In the middle of a statement, between two, and by somebody who does not notice, and in a savepoint.
    const inMidst = withEmployer(employerId, (tx) => tx.execute(statement`select pg_sleep(30)`));
    const between = withEmployer(employerId, async (tx) => {
      await tx.execute(one);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await tx.execute(one);
    });
    const heedless = withSystem(async (tx) => {
      await tx.execute(statement`select pg_sleep(30)`).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await tx.execute(one);
    });
    const nested = withSystem((tx) => tx.transaction((inner) => inner.execute(statement`select pg_sleep(30)`)));
    const ends = Promise.allSettled([inMidst, between, heedless, nested]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    line.cut();
    for (const end of await ends)
      expect([end.status, end.status === "rejected" && isLostConnection(end.reason)]).toEqual(["rejected", true]);
    await vi.waitFor(async () => expect(await withSystem((tx) => tx.execute(one))).toEqual([{ one: 1 }]), {
      timeout: 20_000,
    });
  }
  await closeDatabase();
  setEnvironment({ DATABASE_URL: direct });
  await line.stop();
});
