import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { failRun, restartFull, runPage } from "#app/services/sync-page.server.ts";
import type { TaskPayload } from "../catalog.ts";
import type { TaskContext } from "../task.server.ts";

type Payload = TaskPayload<"sync-page">;

export default async ({ employerId, runId, page }: Payload, { signal }: TaskContext): Promise<void> => {
  try {
    await runPage(employerId, runId, page, signal);
  } catch (error) {
    if (!(error instanceof IntegrationError) || error.kind !== "cursor-expired") throw error;
    await restartFull(employerId, runId);
  }
};

export const onGivenUp = ({ employerId, runId }: Payload, error: unknown): Promise<void> =>
  failRun(employerId, runId, error);
