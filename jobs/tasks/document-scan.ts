import { scanDocument } from "#app/services/document-scan.server.ts";
import type { TaskPayload } from "../catalog.ts";
import type { TaskContext } from "../task.server.ts";

/** Has one document scanned; until there is a verdict nobody can open it. */
export default (payload: TaskPayload<"document-scan">, { signal }: TaskContext): Promise<void> =>
  scanDocument(payload.employerId, payload.documentId, signal);
