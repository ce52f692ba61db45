import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { catalog } from "#app/integrations/catalog.ts";
import { withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import type { Actor } from "../actor.ts";
import { audit } from "../audit.server.ts";
import { disconnect } from "../connection-removal.server.ts";
import {
  type Connection,
  createConnection,
  environmentsOf,
  getConnection,
  listConnections,
  parseForm,
  saveCredentials,
  signsInByConsent,
  vendorOf,
} from "../connections.server.ts";
import { AppError } from "../errors.ts";
import { defineApi, idParam, wire, wireOrNull } from "./define.server.ts";

const tag = "Integrations";

/** One connected tool on the wire. */
export const integration = z
  .object({
    id: z.uuid(),
    type: z.string().describe("The tool, for example greenhouse"),
    label: z.string(),
    environment: z.string(),
    state: z.string(),
    stateReason: z.string().nullable(),
    stateDetail: z.string().nullable().describe("One plain sentence"),
    account: z.string().nullable(),
    lastSuccessAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Integration" });

const tool = z
  .object({
    type: z.string(),
    name: z.string(),
    category: z.string(),
    environments: z.array(z.string()),
    fields: z.array(z.object({ key: z.string(), label: z.string(), secret: z.boolean(), required: z.boolean() })),
  })
  .meta({ id: "Tool" });

export const shownIntegration = (row: Connection): z.input<typeof integration> => ({
  id: row.id,
  type: row.vendorId,
  label: row.label,
  environment: row.environment,
  state: row.state,
  stateReason: row.stateReason,
  stateDetail: row.stateDetail,
  account: row.accountName,
  lastSuccessAt: wireOrNull(row.lastSuccessAt),
  createdAt: wire(row.createdAt),
});

const list = defineApi({
  method: "GET",
  path: "/api/integrations",
  id: "listIntegrations",
  summary: "What is connected, and every tool that can be",
  tag,
  permission: "connections:read",
  session: true,
  answer: { status: 200, schema: z.object({ data: z.array(integration), available: z.array(tool) }) },
  handler: async ({ actor }) => ({
    data: (await listConnections(actor)).map(shownIntegration),
    available: catalog.map((manifest) => ({
      type: manifest.id,
      name: manifest.name,
      category: manifest.category,
      environments: environmentsOf(manifest).map(({ id }) => id),
      fields: manifest.fields
        .filter((field) => !field.generated)
        .map((field) => ({
          key: field.key,
          label: field.label,
          secret: field.kind === "secret",
          required: field.optional !== true,
        })),
    })),
  }),
});

const connect = defineApi({
  method: "POST",
  path: "/api/integrations/{type}/connect",
  id: "connectIntegration",
  summary: "Test credentials at the tool and connect it; 400 with reasons when they do not work",
  tag,
  permission: "connections:manage",
  session: true,
  params: z.object({ type: z.string() }),
  body: z.object({
    label: z.string().max(80).optional(),
    environment: z.string().optional().describe("The tool's first when absent"),
    credentials: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  }),
  answer: {
    status: 201,
    schema: z.object({
      integration,
      consentUrl: z.string().nullable().describe("Where a person signs in to the tool, when it wants one to"),
    }),
  },
  handler: async ({ actor, params, body }) => {
    const { row, byConsent } = await connectNow(actor, params.type, body);
    return {
      integration: shownIntegration(row),
      consentUrl: byConsent ? `/integrations/connect/${row.vendorId}?connection=${row.id}` : null,
    };
  },
});

/** Makes a connection and signs in; what does not work leaves nothing behind. AppError invalid with the reasons. */
export async function connectNow(
  actor: Actor,
  type: string,
  wanted: {
    environment?: string | undefined;
    label?: string | undefined;
    credentials: Record<string, string | number | boolean>;
  },
): Promise<{ row: Connection; byConsent: boolean }> {
  const manifest = vendorOf(type);
  const environment = wanted.environment ?? environmentsOf(manifest)[0]?.id ?? "production";
  parseForm(manifest, wanted.credentials, []);
  const id = await createConnection(actor, {
    vendorId: manifest.id,
    environment,
    ...(wanted.label === undefined ? {} : { label: wanted.label }),
  });
  try {
    const { byConsent } = await signIn(actor, id, wanted.credentials);
    return { row: await getConnection(actor, id), byConsent };
  } catch (error) {
    await discard(actor, id);
    throw error;
  }
}

async function signIn(actor: Actor, id: string, credentials: Record<string, unknown>): Promise<{ byConsent: boolean }> {
  if (signsInByConsent(await getConnection(actor, id))) return { byConsent: true };
  const proof = await saveCredentials(actor, id, credentials);
  if (proof.ok) return { byConsent: false };
  throw new AppError(
    "invalid",
    proof.message,
    proof.field ? { fields: { [`credentials.${proof.field}`]: proof.message } } : {},
  );
}

/** Takes back a connection that never worked. */
async function discard(actor: Actor, id: string): Promise<void> {
  await withEmployer(actor.employerId, async (tx) => {
    const [gone] = await tx
      .delete(connection)
      .where(and(eq(connection.employerId, actor.employerId), eq(connection.id, id), eq(connection.state, "added")))
      .returning({ label: connection.label });
    if (gone) await audit(tx, actor, "connection.discarded", { kind: "connection", id, name: gone.label });
  });
}

const remove = defineApi({
  method: "DELETE",
  path: "/api/integrations/{id}",
  id: "disconnectIntegration",
  summary: "Close what it published, give back its access and forget its secrets; goes on after the answer",
  tag,
  permission: "connections:manage",
  session: true,
  params: idParam,
  answer: { status: 202, schema: z.object({ id: z.uuid(), state: z.literal("disconnecting") }) },
  handler: async ({ actor, params }) => {
    await disconnect(actor, params.id, { closePostings: true });
    return { id: params.id, state: "disconnecting" as const };
  },
});

export const integrationOperations = [list, connect, remove];
