import { z } from "zod";
import { manifestOf } from "#app/integrations/catalog.ts";
import { splitSecrets } from "#app/integrations/config-schema.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createSandbox, type Sandbox } from "#app/sandbox/server.ts";
import { saveGrant, saveSecrets } from "#app/services/credentials.server.ts";
import { claimAccount } from "#app/services/inbound-routes.server.ts";
import { callVendor } from "#app/services/vendor-context.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { makeConnection } from "./connections.ts";

const credentials = z.object({
  good: z.object({ config: z.record(z.string(), z.string()), accountName: z.string() }),
});

export interface TestSandbox extends Sandbox {
  /** A call of the control plane's JSON API. */
  control(vendorId: string, path: string, body?: unknown): Promise<unknown>;
}

/** The simulated vendors on a free port, known to the app as its sandbox. */
export async function startSandbox(): Promise<TestSandbox> {
  const sandbox = await createSandbox();
  setEnvironment({ PATCHBAY_SANDBOX: "on", PATCHBAY_SANDBOX_URL: sandbox.origin });
  return {
    ...sandbox,
    async control(vendorId, path, body) {
      const init =
        body === undefined
          ? {}
          : {
              method: "POST",
              body: JSON.stringify(body),
              headers: { "content-type": "application/json", accept: "application/json" },
            };
      const answer = await fetch(`${sandbox.origin}/_control/${vendorId}/${path}`, init);
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
      return answer.json();
    },
  };
}

/** A running connection of a vendor without consent pages, with the sandbox's good credentials. */
export async function connectSandboxVendor(
  sandbox: TestSandbox,
  employerId: string,
  vendorId: string,
  features: Record<string, boolean> = {},
): Promise<string> {
  const manifest = manifestOf(vendorId);
  if (!manifest) throw new Error(`${vendorId} is not in the catalogue.`);
  const { good } = credentials.parse(await sandbox.control(vendorId, "credentials"));
  const { config, secrets } = splitSecrets(manifest, good.config);
  const connectionId = await makeConnection(employerId, { vendorId, label: manifest.name, config, features });
  await withEmployer(employerId, (tx) => saveSecrets(tx, employerId, connectionId, secrets));
  return connectionId;
}

const app = z.object({
  good: z.object({
    tokens: z.object({
      accessToken: z.string(),
      refreshToken: z.string().optional(),
      scopes: z.array(z.string()).optional(),
      keep: z.record(z.string(), z.string()).optional(),
    }),
  }),
});

/**
 * A running connection of a vendor that is connected by consent, with the tokens that the sandbox has granted already and
 * these choices. The account is the one that the vendor names.
 */
export async function connectSandboxApp(
  sandbox: TestSandbox,
  employerId: string,
  vendorId: string,
  setup: Record<string, string | readonly string[]>,
): Promise<string> {
  const manifest = manifestOf(vendorId);
  if (!manifest) throw new Error(`${vendorId} is not in the catalogue.`);
  const { tokens } = app.parse(await sandbox.control(vendorId, "credentials")).good;
  const connectionId = await makeConnection(employerId, { vendorId, label: manifest.name, setup });
  const { accessToken, refreshToken = null, scopes = null, keep = {} } = tokens;
  const grant = { accessToken, refreshToken, scopes, expiresAt: null, keep };
  await withEmployer(employerId, (tx) => saveGrant(tx, employerId, connectionId, grant, refreshToken !== null));
  const options = { signal: AbortSignal.timeout(10_000), idempotencyKey: connectionId };
  await callVendor(employerId, connectionId, options, async ({ adapter, ctx, connection }) => {
    const account = await adapter.test(ctx);
    if (adapter.webhook && adapter.webhook.routing.per !== "connection")
      await withEmployer(employerId, (tx) => claimAccount(tx, connection, account, manifest.name));
  });
  return connectionId;
}
