import { sql as statement } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { inOneTrip, isLostConnection } from "#db/client.server.ts";
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
