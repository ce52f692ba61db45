import { z } from "zod";
import type { ResourceName } from "#app/integrations/contract/manifest.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import type { Actor } from "../actor.ts";
import {
  type Connection,
  listConnections,
  pasteables,
  saveCredentials,
  signsInByConsent,
  testConnection,
  vendorOf,
} from "../connections.server.ts";
import { storedFields } from "../credentials.server.ts";
import { AppError } from "../errors.ts";
import { listInbound } from "../inbound-log.server.ts";
import { syncNow } from "../sync.server.ts";
import { pulledResources } from "../sync-runs.server.ts";
import { defineApi, wire } from "./define.server.ts";
import { connectNow, integration, shownIntegration } from "./integrations.server.ts";

/* What is done with a tool by its name, for employers that have it connected once: settings, test, sync, webhooks. */

const tag = "Integrations";
const byType = z.object({ type: z.string().describe("The tool, for example jobvite") });
const which = z.object({
  connection: z.uuid().optional().describe("Which connection, where the tool is connected more than once"),
});

/** The employer's connection of a tool. AppError not-found when there is none, conflict when it is not clear which. */
async function theOne(actor: Actor, type: string, wanted?: string): Promise<Connection> {
  const manifest = vendorOf(type);
  const all = (await listConnections(actor)).filter((row) => row.vendorId === type && row.state !== "disconnecting");
  const found = wanted === undefined ? all : all.filter((row) => row.id === wanted);
  const [one, second] = found;
  if (!one) throw new AppError("not-found", `${manifest.name} is not connected.`);
  if (second) throw new AppError("conflict", `${manifest.name} is connected more than once. Name one by ?connection=.`);
  return one;
}

const configShown = z
  .object({
    integration,
    config: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe("Settings that are no secret"),
    secrets: z
      .array(z.object({ key: z.string(), label: z.string(), stored: z.boolean() }))
      .describe("Whether each secret is stored; its value never leaves the server"),
  })
  .meta({ id: "IntegrationConfig" });

async function shownConfig(actor: Actor, row: Connection): Promise<z.input<typeof configShown>> {
  const stored = await withEmployer(actor.employerId, (tx) => storedFields(tx, actor.employerId, row.id));
  const secrets = vendorOf(row.vendorId).fields.filter((field) => field.kind === "secret");
  return {
    integration: shownIntegration(row),
    config: row.config,
    secrets: secrets.map(({ key, label }) => ({ key, label, stored: stored.includes(key) })),
  };
}

const getConfig = defineApi({
  method: "GET",
  path: "/api/integrations/{type}/config",
  id: "getIntegrationConfig",
  summary: "Settings of a connected tool; of secrets only whether they are stored",
  tag,
  permission: "connections:read",
  session: true,
  params: byType,
  query: which,
  answer: { status: 200, schema: configShown },
  handler: async ({ actor, params, query }) => shownConfig(actor, await theOne(actor, params.type, query.connection)),
});

const saveConfig = defineApi({
  method: "POST",
  path: "/api/integrations/{type}/config",
  id: "saveIntegrationConfig",
  summary: "Test settings at the tool and keep them, connecting it first if it is not; 400 with reasons otherwise",
  tag,
  permission: "connections:manage",
  session: true,
  params: byType,
  query: which,
  body: z.object({
    environment: z.string().optional().describe("Only for the first connection; the tool's first when absent"),
    config: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe("What is left out stays as it is, secrets too"),
  }),
  answer: { status: 200, schema: configShown },
  handler: async ({ actor, params, query, body }) => {
    allow(actor, "connections:manage");
    const known = await theOne(actor, params.type, query.connection).catch((error: unknown) => {
      if (error instanceof AppError && error.kind === "not-found" && query.connection === undefined) return null;
      throw error;
    });
    if (!known) {
      const { environment } = body;
      const at = environment === undefined ? {} : { environment };
      const { row } = await connectNow(actor, params.type, { ...at, credentials: body.config });
      return shownConfig(actor, row);
    }
    if (signsInByConsent(known)) throw new AppError("conflict", "This tool signs in on its own page. Use the portal.");
    const proof = await saveCredentials(actor, known.id, { ...known.config, ...body.config });
    if (!proof.ok)
      throw new AppError(
        "invalid",
        proof.message,
        proof.field ? { fields: { [`config.${proof.field}`]: proof.message } } : {},
      );
    return shownConfig(actor, await theOne(actor, params.type, known.id));
  },
});

const test = defineApi({
  method: "POST",
  path: "/api/integrations/{type}/test-connection",
  id: "testIntegration",
  summary: "Ask the tool whether the stored credentials still work",
  tag,
  permission: "connections:manage",
  session: true,
  params: byType,
  query: which,
  answer: {
    status: 200,
    schema: z.object({
      ok: z.boolean(),
      account: z.string().nullable(),
      message: z.string().nullable().describe("Why not, in one sentence"),
      field: z.string().nullable(),
    }),
  },
  handler: async ({ actor, params, query }) => {
    const proof = await testConnection(actor, (await theOne(actor, params.type, query.connection)).id);
    return proof.ok
      ? { ok: true, account: proof.account.name, message: null, field: null }
      : { ok: false, account: null, message: proof.message, field: proof.field };
  },
});

/** People come with what they applied for. */
const PARTS: Readonly<Record<"jobs" | "candidates" | "onboarding", readonly ResourceName[]>> = {
  jobs: ["jobs"],
  candidates: ["candidates", "applications"],
  onboarding: ["onboardings"],
};

const sync = defineApi({
  method: "POST",
  path: "/api/integrations/{type}/sync/{what}",
  id: "syncIntegration",
  summary: "Start reading what changed at the tool; `full` reads everything and finds deletions",
  tag,
  permission: "connections:manage",
  session: true,
  params: byType.extend({ what: z.enum(["jobs", "candidates", "onboarding", "full"]) }),
  query: which,
  answer: {
    status: 202,
    schema: z.object({
      runs: z.array(
        z.object({
          resource: z.string(),
          started: z.boolean(),
          runId: z.uuid().nullable(),
          why: z.string().nullable().describe("Why it was not started, in one sentence"),
        }),
      ),
    }),
  },
  handler: async ({ actor, params: { type, what }, query }) => {
    const row = await theOne(actor, type, query.connection);
    const manifest = vendorOf(type);
    const offered = pulledResources(manifest).map(({ name }) => name);
    const wanted = what === "full" ? offered : PARTS[what].filter((name) => offered.includes(name));
    if (wanted.length === 0) throw new AppError("not-found", `${manifest.name} has nothing of this kind to read.`);
    const mode = what === "full" ? "full" : "incremental";
    const runs = [];
    for (const resource of wanted) {
      const [result] = await syncNow(actor, row.id, { resource, mode });
      if (result)
        runs.push({
          ...{ resource, started: result.started, runId: result.runId },
          why: result.started ? null : result.why,
        });
    }
    return { runs };
  },
});

const webhooks = defineApi({
  method: "GET",
  path: "/api/integrations/{type}/webhooks",
  id: "listIntegrationWebhooks",
  summary: "Where the tool sends its webhooks, and what came, newest first, refused ones among them",
  tag,
  permission: "connections:manage",
  session: true,
  params: byType,
  query: which.extend({
    limit: z.coerce.number().int().min(1).max(100).default(25),
    before: z.uuid().optional().describe("`older` of the page before"),
  }),
  answer: {
    status: 200,
    schema: z.object({
      addresses: z.array(z.url()),
      data: z.array(
        z.object({
          id: z.uuid(),
          at: z.iso.datetime(),
          type: z.string(),
          state: z.string(),
          note: z.string().nullable(),
          replayed: z.boolean(),
        }),
      ),
      older: z.uuid().nullable(),
    }),
  },
  handler: async ({ actor, params, query }) => {
    const row = await theOne(actor, params.type, query.connection);
    const { url, secrets } = await pasteables(actor, row.id);
    const ours = secrets.map(({ value }) => value).filter((value) => /^https?:\/\/[^/]+\/webhooks\//.test(value));
    const { lines, older } = await listInbound(actor, row.id, {
      limit: query.limit,
      ...(query.before === undefined ? {} : { before: query.before }),
    });
    return {
      addresses: url === null ? ours : [url, ...ours],
      data: lines.map(({ bytes: _bytes, at, ...line }) => ({ ...line, at: wire(at) })),
      older,
    };
  },
});

export const integrationToolOperations = [getConfig, saveConfig, test, sync, webhooks];
