import { copyFiles } from "#app/services/synced-files.server.ts";
import type { TaskPayload } from "../catalog.ts";
import type { TaskContext } from "../task.server.ts";

/** Copies the files that a vendor keeps for one application. */
export default (payload: TaskPayload<"files-pull">, { signal }: TaskContext): Promise<void> =>
  copyFiles(payload, signal);
