import { z } from "zod";
import { AppError } from "../errors.ts";
import { eventBody } from "../event-body.ts";
import { type EventType, eventDefinition, eventJsonSchema, eventTypes, isEventType } from "../event-catalog.ts";
import { defineApi, listOf } from "./define.server.ts";

/* The event catalogue, for programs that write receivers or check what they got. */

const tag = "Webhooks";

const summary = z.object({
  type: z.string(),
  version: z.number().int().describe("Grows with each field that is added to its data"),
  summary: z.string(),
});

const shownType = summary
  .extend({
    schema: z.record(z.string(), z.unknown()).describe("JSON Schema (draft 2020-12) of the whole body"),
    sample: z.record(z.string(), z.unknown()).describe("A whole body that fits the schema"),
  })
  .meta({ id: "WebhookEventType" });

const SAMPLE_ID = "01920000-0000-7000-8000-0000000000aa";

const lineOf = (type: EventType) => {
  const { version, summary } = eventDefinition(type);
  return { type, version, summary };
};

const sampleOf = (type: EventType): Record<string, unknown> => {
  const { sample: data } = eventDefinition(type);
  const at = new Date("2026-09-21T13:33:20.000Z");
  const body = eventBody({ id: SAMPLE_ID, type, at, employerId: SAMPLE_ID, data, test: true });
  return z.record(z.string(), z.unknown()).parse(JSON.parse(body));
};

const list = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/event-types",
  id: "listWebhookEventTypes",
  summary: "Every event type with its version",
  tag,
  permission: "webhooks:read",
  answer: { status: 200, schema: listOf(summary) },
  handler: async () => ({ data: eventTypes().map(lineOf) }),
});

const get = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/event-types/{type}",
  id: "getWebhookEventType",
  summary: "One event type with the JSON Schema of its body and a sample",
  tag,
  permission: "webhooks:read",
  params: z.object({ type: z.string().max(100) }),
  answer: { status: 200, schema: shownType },
  handler: async ({ params: { type } }) => {
    if (!isEventType(type)) throw new AppError("not-found", `There is no event ${type.slice(0, 100)}.`);
    return { ...lineOf(type), schema: { ...eventJsonSchema(type) }, sample: sampleOf(type) };
  },
});

export const webhookEventTypeOperations = [list, get];
