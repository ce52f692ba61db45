import { env } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import { closeDatabase, withSystem } from "./client.server.ts";
import { employer } from "./schema/people.ts";
import { tellStory } from "./story/story.ts";

/**
 * Fills a new instance with its story: one employer at work with every simulated vendor, one that has nothing yet. Does
 * nothing where employers exist already or the sandbox is off, so it is safe at every start.
 */
export async function seed(): Promise<void> {
  if (env().PATCHBAY_SANDBOX === "off") return;
  const employers = await withSystem((tx) => tx.$count(employer));
  if (employers > 0) return;
  await tellStory();
}

if (import.meta.main) {
  try {
    await seed();
  } catch (error) {
    log().error({ err: error }, "The story could not be told to its end. What was made so far stays.");
    process.exitCode = 1;
  } finally {
    await closeDatabase();
  }
}
