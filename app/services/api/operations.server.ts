import { applicationOperations } from "./applications.server.ts";
import type { Operation } from "./define.server.ts";
import { hookOperations } from "./hooks.server.ts";
import { integrationToolOperations } from "./integration-tools.server.ts";
import { integrationOperations } from "./integrations.server.ts";
import { jobOperations } from "./jobs.server.ts";
import { portalLinkOperations } from "./portal-links.server.ts";
import { webhookEventTypeOperations } from "./webhook-event-types.server.ts";
import { webhookEventOperations } from "./webhook-events.server.ts";
import { webhookLogOperations } from "./webhook-log.server.ts";
import { webhookRecoveryOperations } from "./webhook-recoveries.server.ts";
import { webhookOperations } from "./webhooks.server.ts";

/** Every operation of the API, in the order of its description. */
export const operations: readonly Operation[] = [
  ...integrationOperations,
  ...integrationToolOperations,
  ...jobOperations,
  ...applicationOperations,
  ...webhookOperations,
  ...webhookLogOperations,
  ...webhookRecoveryOperations,
  ...webhookEventOperations,
  ...portalLinkOperations,
  ...hookOperations,
  ...webhookEventTypeOperations,
];
