import { sql } from "#db/client.server.ts";

/**
 * Removes jobs that used up their attempts. Failures are recorded on their owners, so all that is left here are jobs
 * whose key was taken over by a newer one while they ran, and those of a worker that died on its last attempt.
 */
export default async function tidyQueue(): Promise<void> {
  await sql`delete from graphile_worker._private_jobs where attempts >= max_attempts and locked_at is null`;
}
