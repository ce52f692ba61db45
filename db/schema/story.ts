import { pgTable, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** What the seed's story has told so far, so that an interrupted story goes on where it was. No tenant: one story an instance. */
export const storyStep = pgTable("story_step", {
  name: text("name").primaryKey(),
  /** The same for every try of the step: things made under it are made once. */
  key: uuid("key").notNull(),
  /** Id of what the step made; null until it is done. */
  made: text("made"),
  begunAt: instant("begun_at").notNull().defaultNow(),
  doneAt: instant("done_at"),
});
