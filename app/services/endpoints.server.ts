import { and, asc, eq, ne, or } from "drizzle-orm";
import { z } from "zod";
import { publicKeyOf } from "#app/integrations/kit/standard-webhooks.server.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { endpoint } from "#db/schema/webhooks.ts";
import { type Actor, seesEndpoint } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { endUnderWay } from "./delivery-claim.server.ts";
import { markOff, settleEndpointIssues } from "./endpoint-health.server.ts";
import { paceFields, refusePace, reorder } from "./endpoint-pace.server.ts";
import {
  addSecret,
  endSecret,
  expireSecrets,
  liveSecrets,
  OVERLAP_MS,
  SECRETS_AT_MOST,
  type SecretKind,
  type SecretLine,
  secretLines,
  writeSettings,
} from "./endpoint-secrets.server.ts";
import {
  leftBehind,
  nothingSealed,
  type Proof,
  payloadFields,
  proofFields,
  refusePayload,
  resolveProof,
  type ShownProof,
  shownProof,
} from "./endpoint-settings.server.ts";
import { refuseEndpointUrl } from "./endpoint-url.server.ts";
import { AppError } from "./errors.ts";
import { eventTypes, isEventType } from "./event-catalog.ts";
import { notifyLive } from "./live.server.ts";

export type Endpoint = typeof endpoint.$inferSelect;

export const endpointInput = z.object({
  url: z.string().trim().min(1, "Where should we send the events?"),
  description: z.string().trim().max(200, "At most 200 characters.").default(""),
  /** None means every type, also those to come. */
  eventTypes: z.array(z.string().refine(isEventType, "There is no such event.")).max(eventTypes().length).default([]),
  legacySignature: z.boolean().default(false),
  ...payloadFields,
  ...paceFields,
  ...proofFields,
});
export type EndpointInput = z.input<typeof endpointInput>;

/** Endpoints of one employer are few by nature; far more is a mistake in somebody's script. */
const ENDPOINTS_AT_MOST = 100;

/** The columns of the endpoint's row, and what is sealed beside it. Throws invalid with sentences by field. */
function parse(input: EndpointInput): { values: EndpointValues; proof: Proof } {
  const parsed = endpointInput.safeParse(input);
  const refused = refuseEndpointUrl(input.url.trim());
  const { data } = parsed;
  const fields = parsed.success
    ? { ...refusePayload(parsed.data, parsed.data.eventTypes), ...refusePace(parsed.data) }
    : Object.fromEntries(
        parsed.error.issues.map(({ path, message }) => [path.slice(0, 2).join(".") || "url", message]),
      );
  if (refused !== null && input.url.trim() !== "") fields.url = refused;
  if (!data || Object.keys(fields).length > 0) throw new AppError("invalid", "The endpoint was not saved.", { fields });
  const { headers, auth, certificate, asymmetricSignature, ...values } = data;
  const template = values.payload === "template" ? values.template : null;
  return { values: { ...values, template }, proof: { headers, auth, certificate, asymmetricSignature } };
}

type EndpointValues = Omit<z.output<typeof endpointInput>, keyof Proof>;

const own = (actor: Actor, id: string) => and(eq(endpoint.employerId, actor.employerId), eq(endpoint.id, id));

async function load(tx: EmployerTx, actor: Actor, id: string): Promise<Endpoint> {
  const [row] = z.uuid().safeParse(id).success ? await tx.select().from(endpoint).where(own(actor, id)) : [];
  if (!row || !seesEndpoint(actor, row.id)) throw new AppError("not-found", "This endpoint does not exist.");
  return row;
}

const subjectOf = (row: Pick<Endpoint, "id" | "url">) => ({
  kind: "endpoint",
  id: row.id,
  name: new URL(row.url).host,
});

/** All endpoints, oldest first. */
export async function listEndpoints(actor: Actor): Promise<Endpoint[]> {
  allow(actor, "webhooks:read");
  const rows = await withEmployer(actor.employerId, (tx) =>
    tx.select().from(endpoint).where(eq(endpoint.employerId, actor.employerId)).orderBy(asc(endpoint.id)),
  );
  return rows.filter(({ id }) => seesEndpoint(actor, id));
}

/** One endpoint. Kind not-found. */
export async function getEndpoint(actor: Actor, id: string): Promise<Endpoint> {
  allow(actor, "webhooks:read");
  return withEmployer(actor.employerId, (tx) => load(tx, actor, id));
}

/** Secrets in the clear, for the one answer that shows them. */
export interface ShownSecrets {
  secret: string;
  /** Only where the older header was asked for. */
  legacySecret: string | null;
}

/** Makes an endpoint that delivers from now on. Kinds: invalid with fields, conflict at the limit, forbidden. */
export async function createEndpoint(
  actor: Actor,
  input: EndpointInput,
  kind: Endpoint["kind"] = "endpoint",
): Promise<{ id: string } & ShownSecrets> {
  allow(actor, "webhooks:manage");
  if (actor.guest?.endpointId) throw new AppError("forbidden", "Your link opens one endpoint only.");
  const { values, proof } = parse(input);
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const known = await tx
      .select({ id: endpoint.id })
      .from(endpoint)
      .where(and(eq(endpoint.employerId, employerId), or(ne(endpoint.kind, "hook"), ne(endpoint.state, "off"))));
    if (known.length >= ENDPOINTS_AT_MOST)
      throw new AppError("conflict", `There are ${ENDPOINTS_AT_MOST} endpoints already. Delete one first.`);
    const id = newId();
    await tx.insert(endpoint).values({ employerId, id, kind, ...values, createdBy: actor.name });
    const owner = { employerId, endpointId: id };
    const secret = await addSecret(tx, { ...owner, kind: "standard" });
    if (proof.asymmetricSignature) await addSecret(tx, { ...owner, kind: "ed25519" });
    await writeSettings(tx, owner, resolveProof(proof, nothingSealed, new Date()));
    const legacySecret = values.legacySignature ? await addSecret(tx, { ...owner, kind: "legacy" }) : null;
    await notifyLive(tx, employerId, "delivery", id);
    await audit(tx, actor, "endpoint.created", subjectOf({ id, url: values.url }), {
      ...{ eventTypes: values.eventTypes, legacySignature: values.legacySignature, payload: values.payload },
      ...{ conditions: values.conditions, sealed: namesOf(proof) },
    });
    return { id, secret, legacySecret };
  });
}

/** What of the sealed settings a request names, without a value: for the audit. */
const namesOf = (proof: Proof): string[] =>
  Object.entries(proof).flatMap(([name, value]) => (value === undefined ? [] : [name]));

export interface Updated {
  /** Only when the older header was switched on. */
  legacySecret: string | null;
  /** What did not follow to another origin: headers, sign-in and certificate of the old one. */
  dropped: ("headers" | "auth" | "certificate")[];
}

/**
 * Changes an endpoint. Turning the older header on makes its secret, returned for the one time it is shown. Another
 * origin is another receiver: its own headers, sign-in and certificate do not follow there, unless this very change names
 * new ones. Kinds: invalid with fields, not-found, forbidden.
 */
export async function updateEndpoint(actor: Actor, id: string, input: EndpointInput): Promise<Updated> {
  allow(actor, "webhooks:manage");
  const { values, proof } = parse(input);
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const row = await load(tx, actor, id);
    const now = new Date();
    const owner = { employerId, endpointId: id };
    const stored = (await liveSecrets(tx, employerId, [id], now)).get(id);
    const moved = new URL(row.url).origin !== new URL(values.url).origin;
    const settings = resolveProof(proof, moved || !stored ? nothingSealed : stored, now);
    const dropped = moved && stored ? leftBehind(stored).filter((kind) => settings[kind] === undefined) : [];
    await tx
      .update(endpoint)
      .set({ ...values, updatedAt: now })
      .where(own(actor, id));
    if (values.ordering !== row.ordering) await reorder(tx, employerId, id, values.ordering);
    await writeSettings(tx, owner, moved ? { ...nothingSealed, ...settings } : settings);
    await keepPair(tx, owner, proof.asymmetricSignature, (stored?.ed25519.length ?? 0) > 0);
    const turnedOn = values.legacySignature && !row.legacySignature;
    if (!values.legacySignature) await expireSecrets(tx, { ...owner, kind: "legacy" }, now);
    const legacySecret = turnedOn ? await addSecret(tx, { ...owner, kind: "legacy" }) : null;
    await audit(tx, actor, "endpoint.changed", subjectOf({ id, url: values.url }), {
      ...{ ...values, template: values.template !== null, moved, sealed: namesOf(proof), dropped },
    });
    return { legacySecret, dropped };
  });
}

/** Turns `v1a` on or off; off ends its keys at once. */
async function keepPair(
  tx: EmployerTx,
  owner: { employerId: string; endpointId: string },
  wanted: boolean | undefined,
  has: boolean,
): Promise<void> {
  if (wanted === true && !has) await addSecret(tx, { ...owner, kind: "ed25519" });
  if (wanted === false && has) await expireSecrets(tx, { ...owner, kind: "ed25519" }, new Date());
}

/** What people may see of the headers, sign-in, certificate and keys of endpoints, by id. */
export async function endpointProofs(actor: Actor, ids: readonly string[]): Promise<Map<string, ShownProof>> {
  allow(actor, "webhooks:read");
  const seen = ids.filter((id) => seesEndpoint(actor, id));
  if (seen.length === 0) return new Map();
  const live = await withEmployer(actor.employerId, (tx) => liveSecrets(tx, actor.employerId, seen, new Date()));
  return new Map([...live].map(([id, secrets]) => [id, shownProof(secrets)]));
}

/** Switches an endpoint off or on again by hand; what waited when it went off is kept as not sent. */
export async function switchEndpoint(actor: Actor, id: string, on: boolean): Promise<void> {
  allow(actor, "webhooks:manage");
  const { employerId } = actor;
  await withEmployer(employerId, async (tx) => {
    const row = await load(tx, actor, id);
    if (on) {
      await tx
        .update(endpoint)
        .set({
          ...{
            state: "delivering",
            offReason: null,
            failingSince: null,
            consecutiveFailures: 0,
            openUntil: null,
            openedAt: null,
            warnings: 0,
          },
          updatedAt: new Date(),
        })
        .where(own(actor, id));
      await settleEndpointIssues(tx, employerId, id);
    } else await markOff(tx, employerId, id, "by-person", new Date());
    await notifyLive(tx, employerId, "delivery", id);
    await audit(tx, actor, on ? "endpoint.switched_on" : "endpoint.switched_off", subjectOf(row));
  });
}

/** Deletes an endpoint and its secrets. Deliveries under way find it gone; their records age out with the rest. */
export async function deleteEndpoint(actor: Actor, id: string): Promise<void> {
  allow(actor, "webhooks:manage");
  await withEmployer(actor.employerId, async (tx) => {
    const row = await load(tx, actor, id);
    await markOff(tx, actor.employerId, id, "by-person", new Date());
    await settleEndpointIssues(tx, actor.employerId, id);
    await endUnderWay(tx, actor.employerId, id, new Date());
    await tx.delete(endpoint).where(own(actor, id));
    await audit(tx, actor, "endpoint.deleted", subjectOf(row));
  });
}

/**
 * Makes a new secret, returned for the one time it is shown; for `v1a` its public key, which is no secret. The old ones go
 * on signing beside it for 24 hours, or end at once when they are known to others. The older header has room for one
 * signature only: there the old one always ends. Kind conflict: five sign already, or the kind is switched off.
 */
export async function rotateSecret(
  actor: Actor,
  id: string,
  kind: SecretKind,
  old: "overlap" | "end-now",
): Promise<string> {
  allow(actor, "webhooks:manage");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const row = await load(tx, actor, id);
    const owner = { employerId, endpointId: id };
    const now = new Date();
    await tx.select({ id: endpoint.id }).from(endpoint).where(own(actor, id)).for("update");
    const live = (await secretLines(tx, owner, now)).filter((line) => line.kind === kind);
    if (kind === "legacy" && !row.legacySignature)
      throw new AppError("conflict", "The older header is switched off. Switch it on under Settings.");
    if (kind === "ed25519" && live.length === 0)
      throw new AppError("conflict", "Signing with a pair of keys is switched off. Switch it on under Settings.");
    const overlap = old === "overlap" && kind !== "legacy";
    if (overlap && live.length >= SECRETS_AT_MOST)
      throw new AppError("conflict", `${SECRETS_AT_MOST} sign already. End one of the old ones first.`);
    await expireSecrets(tx, { ...owner, kind }, new Date(now.getTime() + (overlap ? OVERLAP_MS : 0)));
    const secret = await addSecret(tx, { ...owner, kind });
    await audit(tx, actor, "endpoint.secret_rotated", subjectOf(row), { kind, old });
    return kind === "ed25519" ? publicKeyOf(secret) : secret;
  });
}

/** Ends an old secret before its time. Kinds: not-found, conflict for the newest, which must have a successor first. */
export async function revokeSecret(actor: Actor, id: string, secretId: string): Promise<void> {
  allow(actor, "webhooks:manage");
  const { employerId } = actor;
  await withEmployer(employerId, async (tx) => {
    const row = await load(tx, actor, id);
    const owner = { employerId, endpointId: id };
    const now = new Date();
    const line = (await secretLines(tx, owner, now)).find((one) => one.id === secretId);
    if (!line) throw new AppError("not-found", "This secret has ended already.");
    if (line.expiresAt === null)
      throw new AppError("conflict", "This is the newest secret. Make a new one and let this one end at once.");
    await endSecret(tx, owner, line.id, now);
    await audit(tx, actor, "endpoint.secret_revoked", subjectOf(row), { kind: line.kind, madeAt: line.createdAt });
  });
}

/** The live secrets of an endpoint, newest first, without their values. */
export async function listSecrets(actor: Actor, id: string, now: Date = new Date()): Promise<SecretLine[]> {
  allow(actor, "webhooks:manage");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    await load(tx, actor, id);
    return secretLines(tx, { employerId, endpointId: id }, now);
  });
}
