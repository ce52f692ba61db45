import { z } from "zod";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { closeDatabase, withEmployer } from "#db/client.server.ts";
import { job } from "#db/schema/hiring.ts";

/**
 * A process that changes something and says so, transaction after transaction, and ends each in the way it is told to:
 * also by dying in the middle of it, or in the moment after. Prints the number of each step before it begins.
 */
const settings = z
  .object({
    employerId: z.string(),
    steps: z.array(
      z.object({ id: z.string(), end: z.enum(["commit", "rollback", "killed before commit", "killed after commit"]) }),
    ),
  })
  .parse(JSON.parse(process.argv[2] ?? ""));

class ChangedMind extends Error {}

const die = () => process.kill(process.pid, "SIGKILL");
const { employerId } = settings;
const sample = eventCatalog["job.closed"].sample;

for (const [number, { id, end }] of settings.steps.entries()) {
  process.stdout.write(`${number}\n`);
  const change = withEmployer(employerId, async (tx) => {
    await tx.insert(job).values({
      ...{
        employerId,
        id,
        slug: id,
        title: "Outbox",
        descriptionHtml: "",
        status: "closed" as const,
        origin: "portal",
      },
      ...{ departments: [], locations: [], remote: "remote" as const, employment: "full_time" as const },
    });
    await emitEvent(tx, employerId, "job.closed", id, { ...sample, job: { ...sample.job, id } });
    if (end === "rollback") throw new ChangedMind();
    if (end === "killed before commit") die();
  });
  await change.catch((error: unknown) => {
    if (!(error instanceof ChangedMind)) throw error;
  });
  if (end === "killed after commit") die();
}
process.stdout.write("done\n");
await closeDatabase();
process.exit(0);
