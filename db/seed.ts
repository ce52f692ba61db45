import { env } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import { closeDatabase, withSystem } from "./client.server.ts";
import { employer } from "./schema/people.ts";
import { openStory } from "./story/steps.ts";
import { tellStory } from "./story/story.ts";

/** What a parent process hears once the story's people exist. */
const PEOPLE = "people";

/**
 * Fills a new instance with its story: one employer at work with every simulated vendor, one that has nothing yet. Goes on
 * with a story that was interrupted. Does nothing when it is told, where other employers exist, or when the sandbox is
 * off, so it is safe at every start. Answers whether it told anything.
 */
export async function seed(): Promise<boolean> {
  if (env().PATCHBAY_SANDBOX === "off") return false;
  const steps = await openStory();
  if (!steps) return false;
  if (!steps.resumed && (await withSystem((tx) => tx.$count(employer))) > 0) return false;
  await tellStory(steps, () => process.send?.(PEOPLE));
  return true;
}

if (import.meta.main) {
  try {
    if (await seed()) console.log("The story is told: Hollin Verge is at work, Birch Works has nothing connected yet.");
  } catch (error) {
    log().error({ err: error }, "The story could not be told to its end.");
    process.exitCode = 1;
  } finally {
    await closeDatabase();
  }
}
