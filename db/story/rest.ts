import { env } from "#app/platform/env.server.ts";
import type { Actor } from "#app/services/actor.ts";
import { createEndpoint, deleteEndpoint, listEndpoints } from "#app/services/endpoints.server.ts";
import { bookInterview } from "#app/services/interviews.server.ts";
import { withEmployer } from "../client.server.ts";
import { callStat } from "../schema/connections.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** An interview tomorrow at 10:30 in New York, or near it where the clocks differ. The key becomes its id. */
export async function makeInterview(actor: Actor, applicationId: string, key: string): Promise<void> {
  const tomorrow = new Date(Date.now() + DAY).toISOString().slice(0, 10);
  await bookInterview(actor, {
    ...{ key, applicationId, people: ["rosa@acme.example"], minutes: "45" },
    startsAt: `${tomorrow}T15:30:00Z`,
    ...{ title: "First talk: Senior Backend Engineer", timeZone: "America/New_York", meeting: true, unseen: true },
  });
}

/** The employer's own system, which is the sandbox's receiver here. Its secret is shown once: one left half made goes. */
export async function makeEndpoint(actor: Actor): Promise<string> {
  const url = `${env().PATCHBAY_SANDBOX_URL}/_receiver/hollin-verge`;
  for (const known of await listEndpoints(actor)) if (known.url === url) await deleteEndpoint(actor, known.id);
  const { id, secret } = await createEndpoint(actor, {
    url,
    description: "Planning system",
    eventTypes: [],
  });
  await fetch(`${env().PATCHBAY_SANDBOX_URL}/_receiver/hollin-verge/secret`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ secret }),
    signal: AbortSignal.timeout(10_000),
  });
  return id;
}

/** Two weeks of calls, so that the story's first day has a past to compare with. */
export async function makePast(actor: Actor, connectionIds: readonly string[]): Promise<void> {
  const { employerId } = actor;
  const today = new Date(`${new Date().toISOString().slice(0, 10)}T00:00:00Z`).getTime();
  const rows = connectionIds.flatMap((connectionId, which) =>
    Array.from({ length: 13 }, (_none, day) => ({
      ...{ employerId, connectionId, hour: new Date(today - (day + 1) * DAY + 9 * HOUR) },
      succeeded: 20 + ((day * 7 + which * 11) % 23),
      failed: (day + which) % 9 === 0 ? 2 : 0,
      milliseconds: 2_000 + ((day * 37 + which) % 900),
    })),
  );
  await withEmployer(employerId, (tx) => tx.insert(callStat).values(rows).onConflictDoNothing());
}
