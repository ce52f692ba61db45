import { recoverPage } from "#app/services/recovery-page.server.ts";
import type { TaskPayload } from "../catalog.ts";

/** Sends one page of a recovery again and, while there is more, makes the job of the next. */
export default async (payload: TaskPayload<"recovery-page">): Promise<void> => {
  await recoverPage(payload);
};
