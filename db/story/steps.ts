import { eq, sql } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import { withSystem } from "../client.server.ts";
import { storyStep } from "../schema/story.ts";

const TOLD = "told";

export interface StorySteps {
  /** True when an earlier try ended in the middle. */
  resumed: boolean;
  /**
   * Does a step once, however often the story is begun: a step that is done is passed over. `work` gets a key that is the
   * same on every try, and must bear being tried again after it ended anywhere. Returns the id that `work` returned, else
   * the key.
   */
  once(name: string, work: (key: string) => Promise<unknown>): Promise<string>;
  /** Notes that the story is complete. */
  finish(): Promise<void>;
}

/** The story's notes; null when it is told to its end. */
export async function openStory(): Promise<StorySteps | null> {
  const rows = await withSystem((tx) => tx.select().from(storyStep));
  if (rows.some(({ name }) => name === TOLD)) return null;
  return {
    resumed: rows.length > 0,
    once,
    finish: async () => void (await once(TOLD, async () => undefined)),
  };
}

async function once(name: string, work: (key: string) => Promise<unknown>): Promise<string> {
  const step = await withSystem(async (tx) => {
    await tx.insert(storyStep).values({ name, key: newId() }).onConflictDoNothing();
    const [row] = await tx.select().from(storyStep).where(eq(storyStep.name, name));
    if (!row) throw new Error(`The step ${name} of the story was not noted.`);
    return row;
  });
  if (step.made !== null) return step.made;
  const result = await work(step.key);
  const made = typeof result === "string" ? result : step.key;
  await withSystem((tx) => tx.update(storyStep).set({ made, doneAt: sql`now()` }).where(eq(storyStep.name, name)));
  return made;
}
