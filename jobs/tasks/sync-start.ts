import { startDue } from "#app/services/sync.server.ts";
import { asResource } from "#app/services/sync-deletions.server.ts";
import type { TaskPayload } from "../catalog.ts";

export default async ({ employerId, connectionId, resource }: TaskPayload<"sync-start">): Promise<void> =>
  startDue(employerId, connectionId, asResource(resource));
