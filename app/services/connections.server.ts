import { and, eq, notInArray, sql as statement } from "drizzle-orm";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { manifestOf } from "#app/integrations/catalog.ts";
import { postingProfile } from "#app/integrations/choice.ts";
import { schemaFor, splitSecrets, strategyFor } from "#app/integrations/config-schema.server.ts";
import type { Webhook } from "#app/integrations/contract/capabilities.ts";
import type { Manifest } from "#app/integrations/contract/manifest.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { env } from "#app/platform/env.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { employer } from "#db/schema/people.ts";
import { posting } from "#db/schema/postings.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { recordActivity } from "./activity.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { type Proof, prove } from "./connection-proof.server.ts";
import { applyOutcome } from "./connection-state.server.ts";
import { readSecrets, saveSecrets, storedFields } from "./credentials.server.ts";
import { AppError } from "./errors.ts";
import { handedOver, makeSecret } from "./generated-secrets.server.ts";
import { inboundUrl } from "./inbound-routes.server.ts";
import { notifyLive } from "./live.server.ts";
import { publicOrigin } from "./vendor-apps.server.ts";
import type { Connection } from "./vendor-context.server.ts";

export type { Proof } from "./connection-proof.server.ts";
export type { Connection } from "./vendor-context.server.ts";

/** One connection inside a transaction. Kind not-found, also for another employer's id. */
export async function connectionRow(tx: EmployerTx, employerId: string, connectionId: string): Promise<Connection> {
  const valid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(connectionId);
  const [row] = valid
    ? await tx
        .select()
        .from(connection)
        .where(and(eq(connection.employerId, employerId), eq(connection.id, connectionId)))
    : [];
  if (!row) throw new AppError("not-found", "This connection does not exist, or it belongs to another employer.");
  return row;
}

/** One connection for a reader. Kinds: not-found, forbidden. */
export async function getConnection(actor: Actor, connectionId: string): Promise<Connection> {
  allow(actor, "connections:read");
  return withEmployer(actor.employerId, (tx) => connectionRow(tx, actor.employerId, connectionId));
}

/** All connections of the employer, by label. */
export async function listConnections(actor: Actor): Promise<Connection[]> {
  allow(actor, "connections:read");
  return withEmployer(actor.employerId, (tx) =>
    tx.select().from(connection).where(eq(connection.employerId, actor.employerId)).orderBy(connection.label),
  );
}

/** The manifest of a vendor, or not-found. */
export function vendorOf(vendorId: string): Manifest {
  const manifest = manifestOf(vendorId);
  if (!manifest) throw new AppError("not-found", "Patchbay does not know this tool.");
  return manifest;
}

/** The environments one can connect to: the manifest's, and the sandbox where it is switched on. */
export function environmentsOf(manifest: Manifest): readonly { id: string; label: string }[] {
  const real = manifest.environments.map(({ id, label }) => ({ id, label }));
  return env().PATCHBAY_SANDBOX === "on" ? [...real, { id: "sandbox", label: `${manifest.name} sandbox` }] : real;
}

/**
 * The first step of the wizard: a row in state added, with the secrets that we make and the address that the vendor will
 * call. Nothing runs yet. With an id of the caller's, trying again makes nothing twice. Kinds: not-found, invalid, forbidden.
 */
export async function createConnection(
  actor: Actor,
  input: { vendorId: string; environment: string; label?: string; id?: string },
): Promise<string> {
  allow(actor, "connections:manage");
  const manifest = vendorOf(input.vendorId);
  if (!environmentsOf(manifest).some((one) => one.id === input.environment))
    throw new AppError("invalid", "Choose where to connect.", { fields: { environment: "Choose one of the list." } });
  const adapter = await loadAdapter(manifest.id);
  if (!adapter) throw new AppError("not-found", "Patchbay does not know this tool.");
  const { employerId } = actor;
  const id = input.id ?? newId();
  const label = input.label?.trim().slice(0, 80) || manifest.name;
  const made: Record<string, string> = {};
  for (const field of manifest.fields) if (field.generated) made[field.key] = await makeSecret(field);
  await withEmployer(employerId, async (tx) => {
    const [row] = await tx
      .insert(connection)
      .values({
        employerId,
        id,
        vendorId: manifest.id,
        environment: input.environment,
        label,
        state: "added",
        config: {},
        setup: {},
        grant: {},
        features: {},
        createdBy: actor.kind === "person" ? actor.id : null,
      })
      .onConflictDoNothing({ target: [connection.employerId, connection.id] })
      .returning();
    if (!row) return;
    await saveSecrets(tx, employerId, id, made);
    if (adapter.webhook?.routing.per === "connection") await inboundUrl(tx, row);
    await recordActivity(tx, employerId, { connectionId: id, kind: "person", who: actor.name, what: `added ${label}` });
    await notifyLive(tx, employerId, "connection", id);
    await audit(tx, actor, "connection.created", { kind: "connection", id, name: label }, { vendor: manifest.id });
  });
  return id;
}

/**
 * Whether these values of a form ask for a sign-in at the vendor that the connection does not have: then the person is led
 * there, and `saveConsentFields` keeps the values on the way.
 */
export function asksForConsent(
  row: Pick<Connection, "vendorId" | "config">,
  values: Readonly<Record<string, unknown>>,
) {
  return strategyFor(vendorOf(row.vendorId), values).kind === "oauth2-code" && !signsInByConsent(row);
}

/**
 * Checks a credentials or settings form, tests it against the vendor and keeps it only if it works. An empty secret keeps
 * the stored one. Kinds of AppError: invalid with a sentence per field, conflict where only a sign-in at the vendor can
 * change it so, not-found, forbidden.
 */
export async function saveCredentials(
  actor: Actor,
  connectionId: string,
  form: Readonly<Record<string, unknown>>,
): Promise<Proof> {
  allow(actor, "connections:manage");
  const { row, secrets } = await withEmployer(actor.employerId, async (tx) => ({
    row: await connectionRow(tx, actor.employerId, connectionId),
    secrets: await readSecrets(tx, actor.employerId, connectionId),
  }));
  const manifest = vendorOf(row.vendorId);
  const values = parseForm(manifest, form, Object.keys(secrets));
  const typed = splitSecrets(manifest, values);
  await refuseOtherWay(actor, row, manifest, typed.config);
  if (row.state !== "added" && asksForConsent(row, typed.config))
    throw new AppError("conflict", `${manifest.name} asks for the sign-in on its own page. Begin it under Settings.`);
  const action = "connection.credentials_saved";
  if (strategyFor(manifest, typed.config).kind === "oauth2-code") {
    await withEmployer(actor.employerId, async (tx) => {
      await saveSecrets(tx, actor.employerId, connectionId, typed.secrets);
      await tx.update(connection).set({ config: typed.config, updatedAt: new Date() }).where(mine(actor, connectionId));
    });
    return prove(actor, connectionId, action);
  }
  const candidate = { config: typed.config, secrets: { ...secrets, ...typed.secrets }, typed: typed.secrets };
  return prove(actor, connectionId, action, { ...candidate, tokens: null });
}

/** What is up one way cannot be followed or closed the other way: the way changes only while nothing is up. */
async function refuseOtherWay(
  actor: Actor,
  row: Connection,
  manifest: Manifest,
  config: Connection["config"],
): Promise<void> {
  if (!manifest.posting || !("kind" in manifest.posting)) return;
  if (postingProfile(manifest, row.config) === postingProfile(manifest, config)) return;
  const { employerId } = actor;
  const count = await withEmployer(employerId, (tx) =>
    tx.$count(
      posting,
      and(
        eq(posting.employerId, employerId),
        eq(posting.connectionId, row.id),
        notInArray(posting.state, ["closed", "draft"]),
      ),
    ),
  );
  if (count === 0) return;
  const what = count === 1 ? "One posting is" : `${count} postings are`;
  const message = `${what} up the way it is set now. Close them first, or connect ${manifest.name} a second time.`;
  throw new AppError("invalid", message, { fields: { [manifest.posting.field]: message } });
}

/** Form values by the manifest's rules; kind invalid with one sentence per field. */
export function parseForm(
  manifest: Manifest,
  form: Readonly<Record<string, unknown>>,
  stored: readonly string[],
): Record<string, string | number | boolean> {
  const parsed = schemaFor(manifest, stored).safeParse(form);
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) fields[String(issue.path[0] ?? "")] ??= issue.message;
  throw new AppError("invalid", "Some fields need another look.", { fields });
}

/**
 * The form's config for a sign-in by consent: kept before the person leaves for the vendor, tested when they return. A
 * connection that works by another way goes on with it until then.
 */
export async function saveConsentFields(
  actor: Actor,
  connectionId: string,
  form: Readonly<Record<string, unknown>>,
): Promise<Connection> {
  allow(actor, "connections:manage");
  return withEmployer(actor.employerId, async (tx) => {
    const row = await connectionRow(tx, actor.employerId, connectionId);
    const manifest = vendorOf(row.vendorId);
    if (manifest.fields.length === 0) return row;
    const values = parseForm(manifest, form, await storedFields(tx, actor.employerId, connectionId));
    const { config, secrets } = splitSecrets(manifest, values);
    await saveSecrets(tx, actor.employerId, connectionId, secrets);
    const kept = row.state === "added" ? { config, consentConfig: config } : { consentConfig: config };
    await tx.update(connection).set(kept).where(mine(actor, connectionId));
    return { ...row, ...kept };
  });
}

const mine = (actor: Actor, connectionId: string) =>
  and(eq(connection.employerId, actor.employerId), eq(connection.id, connectionId));

/** Tests what is stored. A success heals, a failure counts like any call. */
export async function testConnection(actor: Actor, connectionId: string): Promise<Proof> {
  allow(actor, "connections:manage");
  await getConnection(actor, connectionId);
  return prove(actor, connectionId, "connection.tested");
}

/** A person stops everything this connection does. Only a person starts it again. */
export async function pauseConnection(actor: Actor, connectionId: string): Promise<void> {
  await change(actor, connectionId, "connection.paused", (tx) =>
    applyOutcome(tx, actor.employerId, connectionId, { kind: "paused", by: actor.name }),
  );
}

/** Ends a pause; what was missed is caught up by the jobs of activation. */
export async function resumeConnection(actor: Actor, connectionId: string): Promise<void> {
  const { employerId } = actor;
  await change(actor, connectionId, "connection.resumed", async (tx) => {
    const state = await applyOutcome(tx, employerId, connectionId, { kind: "resumed" });
    if (state === "active" || state === "degraded")
      await enqueue(tx, "connection-activate", { employerId, connectionId });
  });
}

/** Renames a connection. Kind invalid for an empty name. */
export async function renameConnection(actor: Actor, connectionId: string, label: string): Promise<void> {
  const name = label.trim().slice(0, 80);
  if (name === "") throw new AppError("invalid", "Give the connection a name.", { fields: { label: "Enter a name." } });
  await change(actor, connectionId, "connection.renamed", (tx) =>
    tx.update(connection).set({ label: name, updatedAt: new Date() }).where(mine(actor, connectionId)),
  );
}

/** Switches such as `{ push: true }`; those not named stay. */
export async function setFeatures(
  actor: Actor,
  connectionId: string,
  features: Readonly<Record<string, boolean>>,
): Promise<void> {
  await change(actor, connectionId, "connection.features_changed", (tx) =>
    tx
      .update(connection)
      .set({ features: statement`${connection.features} || ${JSON.stringify(features)}::jsonb`, updatedAt: new Date() })
      .where(mine(actor, connectionId)),
  );
}

async function change(
  actor: Actor,
  connectionId: string,
  action: string,
  work: (tx: EmployerTx) => Promise<unknown>,
): Promise<void> {
  allow(actor, "connections:manage");
  await withEmployer(actor.employerId, async (tx) => {
    const row = await connectionRow(tx, actor.employerId, connectionId);
    if (row.state === "disconnecting")
      throw new AppError("conflict", `${row.label} is being disconnected; nothing can be changed any more.`);
    await work(tx);
    await notifyLive(tx, actor.employerId, "connection", connectionId);
    await audit(tx, actor, action, { kind: "connection", id: connectionId, name: row.label });
  });
}

/**
 * What a person pastes at the vendor: our address and the secrets that we made. Only for those who may manage, and only
 * generated secrets: typed ones are never shown again.
 */
export async function pasteables(
  actor: Actor,
  connectionId: string,
): Promise<{ url: string | null; secrets: readonly { label: string; value: string }[] }> {
  allow(actor, "connections:manage");
  return withEmployer(actor.employerId, async (tx) => {
    const row = await connectionRow(tx, actor.employerId, connectionId);
    const manifest = vendorOf(row.vendorId);
    const adapter = await loadAdapter(row.vendorId);
    const byHand = adapter?.webhook?.routing.per === "connection" && !adapter.webhook.subscribe;
    const stored = await readSecrets(tx, actor.employerId, connectionId);
    return {
      url: byHand ? await inboundUrl(tx, row) : null,
      secrets: [
        ...pathAddresses(row, adapter?.webhook),
        ...(await feedAddress(tx, row, manifest)),
        ...manifest.fields
          .filter((field) => field.generated)
          .flatMap((field) => handedOver(field, stored[field.key] ?? "")),
      ],
    };
  });
}

/** Where a board that crawls finds this connection's feed. */
async function feedAddress(
  tx: EmployerTx,
  row: Connection,
  manifest: Manifest,
): Promise<readonly { label: string; value: string }[]> {
  if (postingProfile(manifest, row.config)?.way !== "feed") return [];
  const [own] = await tx.select({ slug: employer.slug }).from(employer).where(eq(employer.id, row.employerId));
  return own ? [{ label: "Feed address", value: `${publicOrigin()}/feeds/${own.slug}/${row.id}.xml` }] : [];
}

/** The addresses of a vendor that names the account in them; known once the account is. */
function pathAddresses(row: Connection, webhook: Webhook | undefined): readonly { label: string; value: string }[] {
  if (webhook?.routing.per !== "path" || row.accountId === null) return [];
  const base = `${publicOrigin()}/webhooks/${row.vendorId}/${encodeURIComponent(row.accountId)}`;
  return webhook.routing.topics.map((topic) => ({ label: `Address for ${topic} events`, value: `${base}/${topic}` }));
}

/** Whether this connection signs in on the vendor's own page. */
export const signsInByConsent = (row: Pick<Connection, "vendorId" | "config">): boolean =>
  strategyFor(vendorOf(row.vendorId), row.config).kind === "oauth2-code";
