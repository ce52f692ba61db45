import { z } from "zod";
import { deliveryStates } from "#db/schema/webhooks.ts";
import { listDeliveries, replayDelivery } from "../delivery-log.server.ts";
import {
  createEndpoint,
  deleteEndpoint,
  type Endpoint,
  endpointInput,
  getEndpoint,
  listEndpoints,
} from "../endpoints.server.ts";
import {
  defineApi,
  idOfCursor,
  idParam,
  noParams,
  nothing,
  pageOf,
  pageQuery,
  wire,
  wireOrNull,
} from "./define.server.ts";

const tag = "Webhooks";

const shownEndpoint = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string(),
    eventTypes: z.array(z.string()).describe("Empty means every type"),
    state: z.enum(["delivering", "struggling", "off"]),
    offReason: z.string().nullable(),
    legacySignature: z.boolean(),
    lastSuccessAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "WebhookEndpoint" });

const shownDelivery = z
  .object({
    id: z.uuid(),
    endpointId: z.uuid(),
    eventId: z.uuid(),
    eventType: z.string(),
    state: z.enum(deliveryStates),
    cause: z.string(),
    attempts: z.number().int(),
    nextAttemptAt: z.iso.datetime().nullable(),
    lastStatus: z.number().int().nullable(),
    lastError: z.string().nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "WebhookDelivery" });

const shown = (row: Endpoint): z.input<typeof shownEndpoint> => ({
  ...row,
  eventTypes: [...row.eventTypes],
  lastSuccessAt: wireOrNull(row.lastSuccessAt),
  createdAt: wire(row.createdAt),
});

const list = defineApi({
  method: "GET",
  path: "/api/v1/webhooks",
  id: "listWebhookEndpoints",
  summary: "All endpoints, oldest first",
  tag,
  permission: "webhooks:read",
  params: noParams,
  query: z.object({}),
  body: nothing,
  answer: { status: 200, schema: pageOf(shownEndpoint) },
  handler: async ({ actor }) => ({ data: (await listEndpoints(actor)).map(shown), nextCursor: null }),
});

const get = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/{id}",
  id: "getWebhookEndpoint",
  summary: "One endpoint",
  tag,
  permission: "webhooks:read",
  params: idParam,
  query: z.object({}),
  body: nothing,
  answer: { status: 200, schema: shownEndpoint },
  handler: async ({ actor, params }) => shown(await getEndpoint(actor, params.id)),
});

const create = defineApi({
  method: "POST",
  path: "/api/v1/webhooks",
  id: "createWebhookEndpoint",
  summary: "Make an endpoint; its secrets are in this answer and nowhere later",
  tag,
  permission: "webhooks:manage",
  params: noParams,
  query: z.object({}),
  body: endpointInput,
  answer: {
    status: 201,
    schema: z.object({ endpoint: shownEndpoint, secret: z.string(), legacySecret: z.string().nullable() }),
  },
  handler: async ({ actor, body }) => {
    const { id, secret, legacySecret } = await createEndpoint(actor, body);
    return { endpoint: shown(await getEndpoint({ ...actor, permissions: reading }, id)), secret, legacySecret };
  },
});

/** Who may make an endpoint sees the one they made, also without the scope to read. */
const reading = new Set(["webhooks:read"] as const);

const remove = defineApi({
  method: "DELETE",
  path: "/api/v1/webhooks/{id}",
  id: "deleteWebhookEndpoint",
  summary: "Delete an endpoint; what waits for it is not sent",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  query: z.object({}),
  body: nothing,
  answer: { status: 204, schema: nothing },
  handler: async ({ actor, params }) => {
    await deleteEndpoint(actor, params.id);
    return undefined;
  },
});

const deliveries = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/{id}/deliveries",
  id: "listWebhookDeliveries",
  summary: "Deliveries of an endpoint, newest first",
  tag,
  permission: "webhooks:read",
  params: idParam,
  query: pageQuery.extend({ state: z.enum(deliveryStates).optional(), type: z.string().max(100).optional() }),
  body: nothing,
  answer: { status: 200, schema: pageOf(shownDelivery) },
  handler: async ({ actor, params, query }) => {
    await getEndpoint(actor, params.id);
    const before = idOfCursor(query.cursor);
    const page = await listDeliveries(actor, {
      endpointId: params.id,
      limit: query.limit,
      ...(query.state ? { state: query.state } : {}),
      ...(query.type ? { type: query.type } : {}),
      ...(before ? { before } : {}),
    });
    const data = page.deliveries.map((row) => ({
      ...row,
      nextAttemptAt: wireOrNull(row.nextAttemptAt),
      createdAt: wire(row.createdAt),
      finishedAt: wireOrNull(row.finishedAt),
    }));
    return { data, nextCursor: page.older === null ? null : Buffer.from(page.older).toString("base64url") };
  },
});

const replay = defineApi({
  method: "POST",
  path: "/api/v1/webhooks/deliveries/{id}/replay",
  id: "replayWebhookDelivery",
  summary: "Send a delivery's event once more",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  query: z.object({}),
  body: nothing,
  answer: { status: 202, schema: z.object({ deliveryId: z.uuid() }) },
  handler: ({ actor, params }) => replayDelivery(actor, params.id),
});

export const webhookOperations = [list, get, create, remove, deliveries, replay];
