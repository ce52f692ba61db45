import { z } from "zod";
import { orderings, payloadStyles, signingKinds } from "#db/schema/webhooks.ts";
import type { Actor } from "../actor.ts";
import { sendTestEvent } from "../delivery-log.server.ts";
import type { ShownProof } from "../endpoint-settings.server.ts";
import {
  createEndpoint,
  deleteEndpoint,
  type Endpoint,
  endpointInput,
  endpointProofs,
  getEndpoint,
  listEndpoints,
  listSecrets,
  revokeSecret,
  rotateSecret,
  switchEndpoint,
  updateEndpoint,
} from "../endpoints.server.ts";
import { isEventType } from "../event-catalog.ts";
import { conditionInput } from "../event-conditions.ts";
import {
  defineApi,
  idOfCursor,
  idParam,
  listOf,
  nothing,
  pageFrom,
  pageOf,
  pageQuery,
  wire,
  wireOrNull,
} from "./define.server.ts";
import { noSuchType } from "./webhook-events.server.ts";

const tag = "Webhooks";

const states = ["delivering", "struggling", "off"] as const;

const shownEndpoint = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string(),
    kind: z.enum(["endpoint", "hook"]).describe("hook: made by POST /api/v1/hooks"),
    eventTypes: z.array(z.string()).describe("Empty means every type"),
    state: z.enum(states),
    offReason: z.string().nullable(),
    legacySignature: z.boolean(),
    payload: z.enum(payloadStyles),
    template: z.string().nullable(),
    conditions: z.array(conditionInput).describe("All must hold for an event to be sent here"),
    ratePerSecond: z.number().nullable().describe("Requests per second at most"),
    concurrency: z.number().nullable().describe("Requests under way at once at most"),
    ordering: z.enum(orderings),
    batchEvents: z.number().nullable().describe("Events in one request at most"),
    batchSeconds: z.number().nullable().describe("Seconds that a batch waits to fill"),
    headerNames: z.array(z.string()).describe("Headers of your own; their values are never shown"),
    auth: z
      .discriminatedUnion("type", [
        z.object({ type: z.literal("basic"), username: z.string() }),
        z.object({ type: z.literal("bearer") }),
      ])
      .nullable(),
    certificate: z
      .object({
        ...{ subject: z.string(), issuer: z.string(), fingerprint: z.string().describe("SHA-256") },
        expiresAt: z.iso.datetime(),
      })
      .nullable()
      .describe("The client certificate that we show, for mTLS"),
    publicKeys: z.array(z.string()).describe("What checks v1a signatures, newest first; empty while it is off"),
    lastSuccessAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "WebhookEndpoint" });

const noProof: ShownProof = { headerNames: [], auth: null, certificate: null, publicKeys: [] };

function shown(row: Endpoint, proof: ShownProof = noProof): z.input<typeof shownEndpoint> {
  const { certificate } = proof;
  return {
    ...{ ...row, ...proof },
    eventTypes: [...row.eventTypes],
    conditions: row.conditions.map(({ path, op, value }) => ({
      ...{ path, op },
      value: isList(value) ? [...value] : value,
    })),
    certificate: certificate ? { ...certificate, expiresAt: wire(certificate.expiresAt) } : null,
    lastSuccessAt: wireOrNull(row.lastSuccessAt),
    createdAt: wire(row.createdAt),
  };
}

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value);

async function shownAll(actor: Actor, rows: readonly Endpoint[]) {
  const proofs = await endpointProofs(
    actor,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => shown(row, proofs.get(row.id)));
}

/** One endpoint as everybody may see it. Kind not-found. */
async function shownOne(actor: Actor, id: string): Promise<z.input<typeof shownEndpoint>> {
  const row = await getEndpoint(actor, id);
  return shown(row, (await endpointProofs(actor, [id])).get(id));
}

const list = defineApi({
  method: "GET",
  path: "/api/v1/webhooks",
  id: "listWebhookEndpoints",
  summary: "Endpoints, oldest first",
  tag,
  permission: "webhooks:read",
  query: pageQuery.extend({ state: z.enum(states).optional() }),
  answer: { status: 200, schema: pageOf(shownEndpoint) },
  handler: async ({ actor, query }) => {
    const after = idOfCursor(query.cursor);
    const rows = (await listEndpoints(actor)).filter(
      (row) => (after === undefined || row.id > after) && (query.state === undefined || row.state === query.state),
    );
    const page = pageFrom(rows.slice(0, query.limit + 1), query.limit);
    return { ...page, data: await shownAll(actor, page.data) };
  },
});

const get = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/{id}",
  id: "getWebhookEndpoint",
  summary: "One endpoint",
  tag,
  permission: "webhooks:read",
  params: idParam,
  answer: { status: 200, schema: shownEndpoint },
  handler: ({ actor, params }) => shownOne(actor, params.id),
});

const create = defineApi({
  method: "POST",
  path: "/api/v1/webhooks",
  id: "createWebhookEndpoint",
  summary: "Make an endpoint; its secrets are in this answer and nowhere later",
  tag,
  permission: "webhooks:manage",
  body: endpointInput,
  answer: {
    status: 201,
    schema: z.object({ endpoint: shownEndpoint, secret: z.string(), legacySecret: z.string().nullable() }),
  },
  handler: async ({ actor, body }) => {
    const { id, secret, legacySecret } = await createEndpoint(actor, body);
    return { endpoint: await shownOne({ ...actor, permissions: reading }, id), secret, legacySecret };
  },
});

/** Who may make or change an endpoint sees it in the answer, also without the scope to read. */
const reading = new Set(["webhooks:read"] as const);

const update = defineApi({
  method: "PATCH",
  path: "/api/v1/webhooks/{id}",
  id: "updateWebhookEndpoint",
  summary: "Change the named parts of an endpoint",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  body: endpointInput.partial(),
  answer: {
    status: 200,
    schema: z.object({
      endpoint: shownEndpoint,
      legacySecret: z.string().nullable().describe("Only when this request switched the older header on"),
      dropped: z
        .array(z.enum(["headers", "auth", "certificate"]))
        .describe("What did not follow to another origin; name it in the same request to keep it"),
    }),
  },
  handler: async ({ actor, params, body, given }) => {
    const reader = { ...actor, permissions: reading };
    const before = await getEndpoint(reader, params.id);
    const present = Object.entries(before).filter(([name]) => name in endpointInput.shape);
    const changed = Object.entries(body).filter(([name]) => given.has(name));
    const input = endpointInput.parse({ ...Object.fromEntries(present), ...Object.fromEntries(changed) });
    const { legacySecret, dropped } = await updateEndpoint(actor, params.id, input);
    return { endpoint: await shownOne(reader, params.id), legacySecret, dropped };
  },
});

const remove = defineApi({
  method: "DELETE",
  path: "/api/v1/webhooks/{id}",
  id: "deleteWebhookEndpoint",
  summary: "Delete an endpoint; what waits for it is not sent",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  answer: { status: 204, schema: nothing },
  handler: async ({ actor, params }) => {
    await deleteEndpoint(actor, params.id);
    return undefined;
  },
});

const switching = (on: boolean) =>
  defineApi({
    method: "POST",
    path: on ? "/api/v1/webhooks/{id}/enable" : "/api/v1/webhooks/{id}/disable",
    id: on ? "enableWebhookEndpoint" : "disableWebhookEndpoint",
    summary: on ? "Switch an endpoint on" : "Switch an endpoint off; what happens meanwhile is kept as not sent",
    tag,
    permission: "webhooks:manage",
    params: idParam,
    answer: { status: 200, schema: shownEndpoint },
    handler: async ({ actor, params }) => {
      await switchEndpoint(actor, params.id, on);
      return shownOne({ ...actor, permissions: reading }, params.id);
    },
  });

const test = defineApi({
  method: "POST",
  path: "/api/v1/webhooks/{id}/test",
  id: "testWebhookEndpoint",
  summary: "Send the sample of one type to an endpoint, marked as a test",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  body: z.object({ type: z.string().max(100) }),
  answer: { status: 202, schema: z.object({ eventId: z.uuid(), deliveryId: z.uuid() }) },
  handler: async ({ actor, params, body }) => {
    if (!isEventType(body.type)) throw noSuchType(body.type);
    return sendTestEvent(actor, params.id, body.type);
  },
});

const shownSecret = z.object({
  id: z.uuid(),
  kind: z.enum(signingKinds),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable().describe("When it stops signing; null while it is the newest"),
});

const secrets = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/{id}/secrets",
  id: "listWebhookSecrets",
  summary: "The secrets that sign now, without their values",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  answer: { status: 200, schema: listOf(shownSecret) },
  handler: async ({ actor, params }) => ({
    data: (await listSecrets(actor, params.id)).map((row) => ({
      ...{ id: row.id, kind: row.kind, createdAt: wire(row.createdAt), expiresAt: wireOrNull(row.expiresAt) },
    })),
  }),
});

const rotate = defineApi({
  method: "POST",
  path: "/api/v1/webhooks/{id}/secrets/rotate",
  id: "rotateWebhookSecret",
  summary: "Make a new secret; it is in this answer and nowhere later. For ed25519 the answer has the public key",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  body: z
    .object({
      kind: z.enum(signingKinds).default("standard"),
      old: z
        .enum(["overlap", "end-now"])
        .default("overlap")
        .describe("overlap: the old one signs for 24 hours beside it"),
    })
    .default({ kind: "standard", old: "overlap" }),
  answer: { status: 201, schema: z.object({ secret: z.string() }) },
  handler: async ({ actor, params, body }) => ({
    secret: await rotateSecret(actor, params.id, body.kind, body.old),
  }),
});

const revoke = defineApi({
  method: "DELETE",
  path: "/api/v1/webhooks/{id}/secrets/{secretId}",
  id: "revokeWebhookSecret",
  summary: "End an old secret at once; the newest needs a successor first",
  tag,
  permission: "webhooks:manage",
  params: idParam.extend({ secretId: z.uuid() }),
  answer: { status: 204, schema: nothing },
  handler: async ({ actor, params }) => {
    await revokeSecret(actor, params.id, params.secretId);
    return undefined;
  },
});

/** Endpoints, in the order of the description. */
export const webhookOperations = [
  ...[list, get, create, update, remove, switching(true), switching(false)],
  ...[test, secrets, rotate, revoke],
];
