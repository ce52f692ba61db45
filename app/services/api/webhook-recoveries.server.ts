import { z } from "zod";
import { recoverableStates, recoveryStates } from "#db/schema/webhooks.ts";
import {
  cancelRecovery,
  getRecovery,
  listRecoveries,
  type Recovery,
  recoveryInput,
  startRecovery,
} from "../recoveries.server.ts";
import { defineApi, idParam, pageOf, wire, wireOrNull } from "./define.server.ts";

/* Sending again in bulk: what an endpoint missed over a time, in the background. */

const tag = "Webhooks";

const shownRecovery = z
  .object({
    id: z.uuid(),
    endpointId: z.uuid(),
    state: z.enum(recoveryStates),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    states: z.array(z.enum(recoverableStates)),
    eventTypes: z.array(z.string()).describe("Empty means every type"),
    progress: z.number().min(0).max(1).describe("How far it is through its time"),
    found: z.number().int().describe("Events that ended as asked"),
    enqueued: z.number().int().describe("Of those, sent again"),
    skipped: z.number().int().describe("Of those, left alone: arrived since, under way, or kept no longer"),
    note: z.string().nullable().describe("Why it ended early"),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "WebhookRecovery" });

const shown = (row: Recovery): z.input<typeof shownRecovery> => ({
  ...row,
  ...{ states: [...row.states], eventTypes: [...row.eventTypes] },
  ...{ since: wire(row.since), until: wire(row.until) },
  ...{ createdAt: wire(row.createdAt), finishedAt: wireOrNull(row.finishedAt) },
});

const oneParams = idParam.extend({ recoveryId: z.uuid() });

const start = defineApi({
  method: "POST",
  path: "/api/v1/webhooks/endpoints/{id}/recover",
  id: "recoverWebhookEndpoint",
  summary: "Send again what an endpoint missed since a time, each event once; one recovery at a time",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  body: recoveryInput,
  answer: { status: 202, schema: shownRecovery },
  handler: async ({ actor, params, body }) => shown(await startRecovery(actor, params.id, body)),
});

const list = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/endpoints/{id}/recoveries",
  id: "listWebhookRecoveries",
  summary: "The newest recoveries of an endpoint, newest first",
  tag,
  permission: "webhooks:read",
  params: idParam,
  answer: { status: 200, schema: pageOf(shownRecovery) },
  handler: async ({ actor, params }) => ({
    data: (await listRecoveries(actor, params.id)).map(shown),
    nextCursor: null,
  }),
});

const get = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/endpoints/{id}/recoveries/{recoveryId}",
  id: "getWebhookRecovery",
  summary: "How far a recovery is",
  tag,
  permission: "webhooks:read",
  params: oneParams,
  answer: { status: 200, schema: shownRecovery },
  handler: async ({ actor, params }) => shown(await getRecovery(actor, params.id, params.recoveryId)),
});

const cancel = defineApi({
  method: "POST",
  path: "/api/v1/webhooks/endpoints/{id}/recoveries/{recoveryId}/cancel",
  id: "cancelWebhookRecovery",
  summary: "Stop a recovery; what it sent already goes its way",
  tag,
  permission: "webhooks:manage",
  params: oneParams,
  answer: { status: 200, schema: shownRecovery },
  handler: async ({ actor, params }) => shown(await cancelRecovery(actor, params.id, params.recoveryId)),
});

/** Recoveries, in the order of the description. */
export const webhookRecoveryOperations = [start, list, get, cancel];
