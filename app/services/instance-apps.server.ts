import { and, eq } from "drizzle-orm";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { catalog } from "#app/integrations/catalog.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { Manifest } from "#app/integrations/contract/manifest.ts";
import { type CodeStrategy, exchangeCode } from "#app/integrations/kit/oauth.server.ts";
import { randomToken, seal } from "#app/platform/crypto.server.ts";
import { vendorClientFromEnv } from "#app/platform/env.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer, withSystem } from "#db/client.server.ts";
import { vendorApp } from "#db/schema/connections.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { vendorOf } from "./connections.server.ts";
import { AppError } from "./errors.ts";
import { appSecretPlace, publicOrigin, redirectUriOf, vendorClient } from "./vendor-apps.server.ts";
import { wireOf } from "./vendor-wire.server.ts";

export interface InstanceApp {
  vendorId: string;
  name: string;
  color: string;
  /** To register at the vendor, letter by letter. */
  redirectUri: string;
  /** Where the vendor sends events of all accounts; null when each connection has its own address. */
  webhookUrl: string | null;
  /** Fields to enter: client id and secret, and app-level secrets such as the signing secret. */
  fields: readonly { key: string; label: string; secret: boolean; kept: boolean }[];
  /** The environment variables decide; nothing can be entered here. */
  fromEnvironment: boolean;
}

const strategiesOf = (manifest: Manifest) =>
  manifest.auth.kind === "choice" ? Object.values(manifest.auth.options) : [manifest.auth];

const codeStrategyOf = (manifest: Manifest): CodeStrategy | undefined =>
  strategiesOf(manifest).find((strategy) => strategy.kind === "oauth2-code");

const words = (key: string) => {
  const text = key.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

async function fieldsOf(manifest: Manifest): Promise<{ key: string; label: string; secret: boolean }[]> {
  const adapter = await loadAdapter(manifest.id);
  const signature = adapter?.webhook?.signature;
  const source = signature && "secret" in signature ? signature.secret : null;
  return [
    { key: "client_id", label: "Client id", secret: false },
    { key: "client_secret", label: "Client secret", secret: true },
    ...(source?.of === "app" ? [{ key: source.setting, label: words(source.setting), secret: true }] : []),
  ];
}

/** The vendors at which this instance needs an app of its own. Kind forbidden. */
export async function instanceApps(actor: Actor): Promise<InstanceApp[]> {
  allow(actor, "instance:manage");
  const kept = await withSystem((tx) =>
    tx
      .select({ vendorId: vendorApp.vendorId, field: vendorApp.field })
      .from(vendorApp)
      .where(eq(vendorApp.environment, "production")),
  );
  const isKept = (vendorId: string, field: string) =>
    kept.some((row) => row.vendorId === vendorId && row.field === field);
  return Promise.all(
    catalog.filter(codeStrategyOf).map(async (manifest) => {
      const adapter = await loadAdapter(manifest.id);
      return {
        vendorId: manifest.id,
        name: manifest.name,
        color: manifest.brand.color,
        redirectUri: redirectUriOf(manifest.id),
        webhookUrl: adapter?.webhook?.routing.per === "app" ? `${publicOrigin()}/webhooks/${manifest.id}` : null,
        fields: (await fieldsOf(manifest)).map((field) => ({ ...field, kept: isKept(manifest.id, field.key) })),
        fromEnvironment: vendorClientFromEnv(manifest.id) !== undefined,
      };
    }),
  );
}

/** Keeps what was typed, sealed; empty fields stay as they are. Kinds: forbidden, not-found, invalid. */
export async function saveInstanceApp(actor: Actor, vendorId: string, form: FormData): Promise<void> {
  allow(actor, "instance:manage");
  const manifest = vendorOf(vendorId);
  const typed = (await fieldsOf(manifest)).flatMap(({ key }) => {
    const value = String(form.get(key) ?? "").trim();
    return value === "" ? [] : [{ field: key, value }];
  });
  if (typed.length === 0) throw new AppError("invalid", "Enter at least one field.");
  if (typed.some(({ value }) => value.length > 2_000)) throw new AppError("invalid", "One of the values is too long.");
  await withSystem(async (tx) => {
    for (const { field, value } of typed) {
      const sealed = seal(value, appSecretPlace(vendorId, "production", field));
      await tx
        .insert(vendorApp)
        .values({ vendorId, environment: "production", field, ...sealed, updatedBy: actor.id })
        .onConflictDoUpdate({
          target: [vendorApp.vendorId, vendorApp.environment, vendorApp.field],
          set: { ...sealed, updatedBy: actor.id, updatedAt: new Date() },
        });
    }
  });
  const subject = { kind: "vendor-app", id: vendorId, name: manifest.name };
  const fields = typed.map(({ field }) => field);
  await withEmployer(actor.employerId, (tx) => audit(tx, actor, "instance.app_saved", subject, { fields }));
}

/** Takes an app away again. Connections that use it keep their tokens until these end. */
export async function removeInstanceApp(actor: Actor, vendorId: string): Promise<void> {
  allow(actor, "instance:manage");
  const manifest = vendorOf(vendorId);
  await withSystem((tx) =>
    tx.delete(vendorApp).where(and(eq(vendorApp.vendorId, vendorId), eq(vendorApp.environment, "production"))),
  );
  const subject = { kind: "vendor-app", id: vendorId, name: manifest.name };
  await withEmployer(actor.employerId, (tx) => audit(tx, actor, "instance.app_removed", subject));
}

const TEST_MS = 15_000;

/**
 * Whether the vendor knows the client: a made-up code is refused as a code when it does, and as a client when it does not.
 * The answer is one sentence.
 */
export async function testInstanceApp(actor: Actor, vendorId: string): Promise<{ ok: boolean; sentence: string }> {
  allow(actor, "instance:manage");
  const manifest = vendorOf(vendorId);
  const strategy = codeStrategyOf(manifest);
  if (!strategy) throw new AppError("invalid", `${manifest.name} needs no app.`);
  const environment = manifest.environments[0]?.id ?? "production";
  try {
    const io = { manifest, ...wireOf(manifest, environment), signal: AbortSignal.timeout(TEST_MS) };
    const client = await vendorClient(vendorId, environment);
    const code = { code: randomToken(16), redirectUri: redirectUriOf(vendorId), codeVerifier: randomToken(48) };
    await exchangeCode(io, strategy, client, code);
  } catch (error) {
    if (!(error instanceof IntegrationError)) throw error;
    if (error.kind === "auth-revoked")
      return {
        ok: true,
        sentence: `${manifest.name} knows this app. Whether the redirect address is registered shows at the first sign-in.`,
      };
    return { ok: false, sentence: error.message };
  }
  return { ok: true, sentence: `${manifest.name} knows this app.` };
}
