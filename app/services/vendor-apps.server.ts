import { and, eq } from "drizzle-orm";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { OAuthClient } from "#app/integrations/kit/oauth.server.ts";
import { open, type SecretPlace } from "#app/platform/crypto.server.ts";
import { env, vendorClientFromEnv } from "#app/platform/env.server.ts";
import { withSystem } from "#db/client.server.ts";
import { vendorApp } from "#db/schema/connections.ts";

/** What the simulated vendors accept from everybody, as client and as every app-level secret. Worth nothing anywhere else. */
const SANDBOX_CLIENT: OAuthClient = { clientId: "patchbay-sandbox", clientSecret: "patchbay-sandbox-secret" };

/** Vendor apps exist once per kind of world: the real one and the sandbox. */
export type AppEnvironment = "production" | "sandbox";
export const appEnvironment = (environment: string): AppEnvironment =>
  environment === "sandbox" ? "sandbox" : "production";

export const appSecretPlace = (vendorId: string, environment: AppEnvironment, field: string): SecretPlace => ({
  employerId: "instance",
  ownerId: `${vendorId}:${environment}`,
  field,
});

/** Origin under which people and vendors reach this instance. */
export function publicOrigin(): string {
  const url = env().PATCHBAY_URL;
  if (url === undefined) throw new Error("PATCHBAY_URL is not set, so vendors cannot be told where to come back to.");
  return new URL(url).origin;
}

/** The redirect URI that an instance administrator registers at the vendor, letter by letter. */
export const redirectUriOf = (vendorId: string): string => `${publicOrigin()}/oauth/${vendorId}/callback`;

/** A stored field of a vendor app, opened; null when it was never entered. */
async function storedField(vendorId: string, environment: AppEnvironment, field: string): Promise<string | null> {
  const [row] = await withSystem((tx) =>
    tx
      .select()
      .from(vendorApp)
      .where(and(eq(vendorApp.vendorId, vendorId), eq(vendorApp.environment, environment), eq(vendorApp.field, field))),
  );
  return row ? open(row, appSecretPlace(vendorId, environment, field)) : null;
}

/**
 * The OAuth client of this instance at a vendor: the sandbox's own, the environment's, or the one entered on the instance
 * page. Null when there is none.
 */
export async function findVendorClient(vendorId: string, environment: string): Promise<OAuthClient | null> {
  if (appEnvironment(environment) === "sandbox") return SANDBOX_CLIENT;
  const fromEnv = vendorClientFromEnv(vendorId);
  if (fromEnv) return { clientId: fromEnv.clientId, clientSecret: fromEnv.clientSecret ?? "" };
  const clientId = await storedField(vendorId, "production", "client_id");
  if (clientId === null) return null;
  return { clientId, clientSecret: (await storedField(vendorId, "production", "client_secret")) ?? "" };
}

/** As `findVendorClient`; kind config when this instance has no app at the vendor. */
export async function vendorClient(vendorId: string, environment: string): Promise<OAuthClient> {
  const client = await findVendorClient(vendorId, environment);
  if (client) return client;
  throw new IntegrationError(
    "config",
    "This instance is not registered at the vendor yet. An instance administrator enters its app under Settings, Instance.",
  );
}

/** An app-level secret such as a signing secret; null when it was never entered, which callers treat as a refusal. */
export async function vendorSetting(vendorId: string, environment: string, setting: string): Promise<string | null> {
  if (appEnvironment(environment) === "sandbox") return SANDBOX_CLIENT.clientSecret;
  return storedField(vendorId, "production", setting);
}
