import { z } from "zod";
import { allow } from "#app/platform/permissions.ts";
import { deliveryStates } from "#db/schema/webhooks.ts";
import {
  type Attempt,
  type Delivery,
  getAttempt,
  getDelivery,
  listAttempts,
  listDeliveries,
} from "../delivery-log.server.ts";
import { replayDelivery } from "../delivery-replay.server.ts";
import { getEndpoint } from "../endpoints.server.ts";
import { AppError } from "../errors.ts";
import {
  cursorOf,
  defineApi,
  idOfCursor,
  idParam,
  listOf,
  pageOf,
  pageQuery,
  wire,
  wireOrNull,
} from "./define.server.ts";

/* Deliveries and their attempts: what was sent where, and what came back. */

const tag = "Webhooks";

const shownDelivery = z
  .object({
    id: z.uuid(),
    endpointId: z.uuid(),
    eventId: z.uuid(),
    eventType: z.string(),
    state: z.enum(deliveryStates),
    cause: z.string().describe("event, test or replay"),
    replayOf: z.uuid().nullable(),
    attempts: z.number().int(),
    nextAttemptAt: z.iso.datetime().nullable(),
    lastStatus: z.number().int().nullable(),
    lastError: z.string().nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "WebhookDelivery" });

const headers = z.record(z.string(), z.string());

const shownAttempt = z
  .object({
    id: z.uuid(),
    deliveryId: z.uuid(),
    endpointId: z.uuid(),
    number: z.number().int().describe("1 for the first"),
    startedAt: z.iso.datetime(),
    milliseconds: z.number().int(),
    outcome: z.string().describe("delivered, http, redirect, or where it ended without an answer"),
    status: z.number().int().nullable(),
    error: z.string().nullable(),
    requestHeaders: headers.describe("Headers that the endpoint added of its own are hidden"),
    responseHeaders: headers,
    responseBody: z.string().nullable().describe("At most 16 KiB"),
  })
  .meta({ id: "WebhookAttempt" });

const shownAsDelivery = (row: Delivery): z.input<typeof shownDelivery> => ({
  ...row,
  nextAttemptAt: wireOrNull(row.nextAttemptAt),
  createdAt: wire(row.createdAt),
  finishedAt: wireOrNull(row.finishedAt),
});

const shownAsAttempt = (row: Attempt): z.input<typeof shownAttempt> => ({
  ...row,
  requestHeaders: { ...row.requestHeaders },
  responseHeaders: { ...row.responseHeaders },
  startedAt: wire(row.startedAt),
});

const deliveryPage = ({ deliveries, older }: { deliveries: readonly Delivery[]; older: string | null }) => ({
  data: deliveries.map(shownAsDelivery),
  nextCursor: cursorOf(older),
});

const attemptPage = ({ attempts, older }: { attempts: readonly Attempt[]; older: string | null }) => ({
  data: attempts.map(shownAsAttempt),
  nextCursor: cursorOf(older),
});

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const deliveryQuery = pageQuery.extend({
  state: z.enum(deliveryStates).optional(),
  type: z.string().max(100).optional(),
  eventId: z.uuid().optional(),
  from: moment.optional().describe("Only what happened at or after this moment"),
  until: moment.optional().describe("Only what happened before this moment"),
  q: z
    .string()
    .max(200)
    .optional()
    .describe("An id, or part of the body or the last error; without `from` of the last 7 days"),
});

const filterOf = ({ limit, cursor, q, ...rest }: z.output<typeof deliveryQuery>) => {
  const before = idOfCursor(cursor);
  const named = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { ...named, limit, ...(q ? { text: q } : {}), ...(before ? { before } : {}) };
};

const ofEndpoint = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/{id}/deliveries",
  id: "listWebhookDeliveries",
  summary: "Deliveries of an endpoint, newest first",
  tag,
  permission: "webhooks:read",
  params: idParam,
  query: deliveryQuery,
  answer: { status: 200, schema: pageOf(shownDelivery) },
  handler: async ({ actor, params, query }) => {
    await getEndpoint(actor, params.id);
    return deliveryPage(await listDeliveries(actor, { ...filterOf(query), endpointId: params.id }));
  },
});

const list = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/deliveries",
  id: "listAllWebhookDeliveries",
  summary: "Deliveries to all endpoints, newest first",
  tag,
  permission: "webhooks:read",
  query: deliveryQuery.extend({ endpointId: z.uuid().optional() }),
  answer: { status: 200, schema: pageOf(shownDelivery) },
  handler: async ({ actor, query }) => deliveryPage(await listDeliveries(actor, filterOf(query))),
});

const get = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/deliveries/{id}",
  id: "getWebhookDelivery",
  summary: "One delivery with the body that is sent",
  tag,
  permission: "webhooks:read",
  params: idParam,
  answer: {
    status: 200,
    schema: shownDelivery.extend({
      body: z.string().nullable().describe("Byte for byte; null when the event is no longer kept"),
    }),
  },
  handler: async ({ actor, params }) => {
    const { delivery, body } = await getDelivery(actor, params.id);
    return { ...shownAsDelivery(delivery), body };
  },
});

const attemptQuery = pageQuery.extend({
  outcome: z.string().max(40).optional(),
  from: moment.optional(),
  until: moment.optional(),
});

const attemptsOf = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/deliveries/{id}/attempts",
  id: "listWebhookDeliveryAttempts",
  summary: "Attempts of one delivery, newest first",
  tag,
  permission: "webhooks:read",
  params: idParam,
  query: attemptQuery,
  answer: { status: 200, schema: pageOf(shownAttempt) },
  handler: async ({ actor, params, query }) => {
    await getDelivery(actor, params.id);
    return attemptPage(await listAttempts(actor, { ...filterOf(query), deliveryId: params.id }));
  },
});

const attempts = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/attempts",
  id: "listWebhookAttempts",
  summary: "Attempts at all endpoints, newest first",
  tag,
  permission: "webhooks:read",
  query: attemptQuery.extend({ endpointId: z.uuid().optional(), deliveryId: z.uuid().optional() }),
  answer: { status: 200, schema: pageOf(shownAttempt) },
  handler: async ({ actor, query }) => attemptPage(await listAttempts(actor, filterOf(query))),
});

const attemptById = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/attempts/{id}",
  id: "getWebhookAttempt",
  summary: "One attempt: what was sent and what came back",
  tag,
  permission: "webhooks:read",
  params: idParam,
  answer: { status: 200, schema: shownAttempt },
  handler: async ({ actor, params }) => shownAsAttempt(await getAttempt(actor, params.id)),
});

const replay = defineApi({
  method: "POST",
  path: "/api/v1/webhooks/deliveries/{id}/replay",
  id: "replayWebhookDelivery",
  summary: "Send a delivery's event once more",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  answer: { status: 202, schema: z.object({ deliveryId: z.uuid() }) },
  handler: ({ actor, params }) => replayDelivery(actor, params.id),
});

const replayed = z.object({
  id: z.uuid(),
  deliveryId: z.uuid().nullable().describe("The delivery that goes out now; null when it was refused"),
  refused: z.string().nullable().describe("Why it was not sent again"),
});

const replayMany = defineApi({
  method: "POST",
  path: "/api/v1/webhooks/deliveries/replay",
  id: "replayWebhookDeliveries",
  summary: "Send up to 100 deliveries once more; each answers for itself",
  tag,
  permission: "webhooks:manage",
  body: z.object({ ids: z.array(z.uuid()).min(1).max(100) }),
  answer: { status: 202, schema: listOf(replayed) },
  handler: async ({ actor, body }) => {
    allow(actor, "webhooks:manage");
    const data: z.input<typeof replayed>[] = [];
    for (const id of new Set(body.ids)) {
      try {
        data.push({ id, deliveryId: (await replayDelivery(actor, id)).deliveryId, refused: null });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        data.push({ id, deliveryId: null, refused: error.message });
      }
    }
    if (data.every((one) => one.deliveryId === null) && data[0])
      throw new AppError("not-found", data[0].refused ?? "These deliveries do not exist.");
    return { data };
  },
});

/** Deliveries and attempts, in the order of the description. */
export const webhookLogOperations = [ofEndpoint, list, get, attemptsOf, attempts, attemptById, replay, replayMany];
