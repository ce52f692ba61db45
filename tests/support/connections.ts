import { newId } from "#app/platform/crypto.server.ts";
import { withEmployer, withSystem } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { employer } from "#db/schema/people.ts";

/** An employer for a test; returns its id. */
export async function makeEmployer(name = "Northwind"): Promise<string> {
  const id = newId();
  await withSystem((tx) => tx.insert(employer).values({ id, name, slug: `${name.toLowerCase()}-${id}` }));
  return id;
}

/** A connection row for a test, running unless told otherwise; returns its id. */
export async function makeConnection(
  employerId: string,
  values: Partial<typeof connection.$inferInsert> & { vendorId: string },
): Promise<string> {
  const id = newId();
  await withEmployer(employerId, (tx) =>
    tx.insert(connection).values({
      employerId,
      id,
      environment: "sandbox",
      label: "Acme",
      state: "active",
      config: {},
      setup: {},
      grant: {},
      features: {},
      ...values,
    }),
  );
  return id;
}
