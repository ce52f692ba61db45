import { z } from "zod";
import type { Endpoint } from "../endpoints.server.ts";
import { AppError } from "../errors.ts";
import { type EventType, isEventType } from "../event-catalog.ts";
import { getHook, hookSamples, listHooks, subscribeHook, unsubscribeHook } from "../hooks.server.ts";
import { defineApi, idParam, listOf, nothing, wire } from "./define.server.ts";
import { noSuchType } from "./webhook-events.server.ts";

/* REST hooks, in the manner that Zapier and its like expect: subscribe, unsubscribe, samples. */

const tag = "Hooks";

const shownHook = z
  .object({
    id: z.uuid().describe("Keep it to unsubscribe"),
    targetUrl: z.string(),
    event: z.string(),
    state: z.enum(["subscribed", "struggling", "unsubscribed", "off"]).describe("unsubscribed: it answered 410"),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Hook" });

function shown(row: Endpoint): z.input<typeof shownHook> {
  const off = row.offReason === "gone" ? ("unsubscribed" as const) : ("off" as const);
  const on = row.state === "struggling" ? ("struggling" as const) : ("subscribed" as const);
  return {
    ...{ id: row.id, targetUrl: row.url, event: row.eventTypes[0] ?? "", createdAt: wire(row.createdAt) },
    state: row.state === "off" ? off : on,
  };
}

function typeOf(name: string): EventType {
  if (!isEventType(name)) throw noSuchType(name);
  return name;
}

const subscribe = defineApi({
  method: "POST",
  path: "/api/v1/hooks",
  id: "subscribeHook",
  summary: "Subscribe an address to one event; it ends by DELETE, or by answering 410",
  tag,
  permission: "webhooks:manage",
  body: z.object({ targetUrl: z.string().max(2000), event: z.string().max(100) }),
  answer: {
    status: 201,
    schema: shownHook.extend({
      secret: z.string().nullable().describe("Signs the deliveries; null when this address had the event already"),
    }),
  },
  handler: async ({ actor, body }) => {
    const { hook, secret } = await subscribeHook(actor, { targetUrl: body.targetUrl.trim(), type: typeOf(body.event) });
    return { ...shown(hook), secret };
  },
});

const list = defineApi({
  method: "GET",
  path: "/api/v1/hooks",
  id: "listHooks",
  summary: "Hooks, oldest first",
  tag,
  permission: "webhooks:manage",
  answer: { status: 200, schema: listOf(shownHook) },
  handler: async ({ actor }) => ({ data: (await listHooks(actor)).map(shown) }),
});

const get = defineApi({
  method: "GET",
  path: "/api/v1/hooks/{id}",
  id: "getHook",
  summary: "One hook",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  answer: { status: 200, schema: shownHook },
  handler: async ({ actor, params }) => shown(await getHook(actor, params.id)),
});

const unsubscribe = defineApi({
  method: "DELETE",
  path: "/api/v1/hooks/{id}",
  id: "unsubscribeHook",
  summary: "End a hook; nothing more is sent there",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  answer: { status: 204, schema: nothing },
  handler: async ({ actor, params }) => {
    await unsubscribeHook(actor, params.id);
    return undefined;
  },
});

const samples = defineApi({
  method: "GET",
  path: "/api/v1/hooks/samples/{type}",
  id: "listHookSamples",
  summary: "Up to three bodies of an event, newest first, as hooks get them: real ones, or the catalogue's sample",
  tag,
  permission: "webhooks:read",
  params: z.object({ type: z.string() }),
  answer: { status: 200, schema: z.array(z.record(z.string(), z.unknown())) },
  handler: async ({ actor, params }) => {
    if (!isEventType(params.type)) throw new AppError("not-found", `There is no event ${params.type}.`);
    return hookSamples(actor, params.type);
  },
});

export const hookOperations = [subscribe, list, get, unsubscribe, samples];
