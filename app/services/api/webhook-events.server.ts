import { z } from "zod";
import { AppError } from "../errors.ts";
import { isEventType } from "../event-catalog.ts";
import { awaitEvents, type EventRow, getEvent, replayEvent, triggerTest } from "../event-log.server.ts";
import { defineApi, idParam, wire } from "./define.server.ts";

/* Events by polling, for systems that no webhook can reach, and by hand. */

const tag = "Webhooks";

const shownEvent = z
  .object({
    id: z.uuid().describe("The same as the header webhook-id of its deliveries"),
    type: z.string(),
    test: z.boolean().describe("A sample that somebody sent"),
    createdAt: z.iso.datetime(),
    body: z.string().describe("JSON, byte for byte as endpoints get it"),
  })
  .meta({ id: "WebhookEvent" });

const shown = ({ createdAt, ...row }: EventRow): z.input<typeof shownEvent> => ({ ...row, createdAt: wire(createdAt) });

const list = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/events",
  id: "pollWebhookEvents",
  summary: "Events after a cursor, oldest first; keep `nextCursor` and pass it as `after`",
  tag,
  permission: "webhooks:read",
  query: z.object({
    after: z
      .string()
      .max(200)
      .optional()
      .describe("`nextCursor` of the page before; `latest` for what comes from now on; absent for the oldest kept"),
    types: z
      .string()
      .max(2000)
      .transform((text) => text.split(",").filter((word) => word !== ""))
      .optional()
      .describe("Only these types, separated by commas"),
    tests: z.enum(["include", "exclude"]).default("exclude").describe("Whether samples that somebody sent come too"),
    limit: z.coerce.number().int().min(1).max(100).default(25).describe("Rows per page"),
    wait: z.coerce
      .number()
      .min(0)
      .max(25)
      .default(0)
      .describe("Seconds to hold an empty answer back until something comes"),
  }),
  answer: {
    status: 200,
    schema: z.object({
      data: z.array(shownEvent),
      nextCursor: z.string().describe("There on an empty page too"),
      more: z.boolean().describe("Whether the next page can be read at once"),
    }),
  },
  handler: async ({ actor, query, signal }) => {
    const { wait, tests, ...filter } = query;
    const page = await awaitEvents(actor, { ...filter, tests: tests === "include" }, { seconds: wait, signal });
    return { data: page.events.map(shown), nextCursor: page.cursor, more: page.more };
  },
});

const get = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/events/{id}",
  id: "getWebhookEvent",
  summary: "One event and where it went",
  tag,
  permission: "webhooks:read",
  params: idParam,
  answer: {
    status: 200,
    schema: shownEvent.extend({
      deliveries: z.array(z.object({ id: z.uuid(), endpointId: z.uuid(), state: z.string() })),
    }),
  },
  handler: async ({ actor, params }) => {
    const { deliveries, ...row } = await getEvent(actor, params.id);
    return { ...shown(row), deliveries };
  },
});

const replay = defineApi({
  method: "POST",
  path: "/api/v1/webhooks/events/{id}/replay",
  id: "replayWebhookEvent",
  summary: "Send an event again, to one endpoint or to all that it went to",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  body: z.object({ endpointId: z.uuid().optional() }).default({}),
  answer: { status: 202, schema: z.object({ deliveryIds: z.array(z.uuid()) }) },
  handler: ({ actor, params, body }) => replayEvent(actor, params.id, body.endpointId),
});

const trigger = defineApi({
  method: "POST",
  path: "/api/v1/webhooks/events/test",
  id: "triggerWebhookTestEvent",
  summary: "Write a sample of one type, marked as a test: to one endpoint, or only to those who poll events with tests",
  tag,
  permission: "webhooks:manage",
  body: z.object({ type: z.string().max(100), endpointId: z.uuid().optional() }),
  answer: { status: 202, schema: z.object({ eventId: z.uuid(), deliveryId: z.uuid().nullable() }) },
  handler: async ({ actor, body }) => {
    if (!isEventType(body.type)) throw noSuchType(body.type);
    return triggerTest(actor, body.type, body.endpointId);
  },
});

/** A type that is not in the catalogue. */
export const noSuchType = (type: string) =>
  new AppError("invalid", `There is no event ${type}.`, {
    fields: { type: "Take one of the event catalogue." },
    next: "Take a type of the event catalogue.",
  });

/** Events, in the order of the description. */
export const webhookEventOperations = [list, get, replay, trigger];
