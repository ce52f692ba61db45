import { and, asc, eq, ne, or } from "drizzle-orm";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { endpoint } from "#db/schema/webhooks.ts";
import { type Actor, seesEndpoint } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { endUnderWay } from "./delivery-claim.server.ts";
import { markOff, settleEndpointIssues } from "./endpoint-health.server.ts";
import {
  addSecret,
  expireSecrets,
  OVERLAP_MS,
  type SecretKind,
  type SecretLine,
  secretLines,
} from "./endpoint-secrets.server.ts";
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
});
export type EndpointInput = z.input<typeof endpointInput>;

/** Endpoints of one employer are few by nature; far more is a mistake in somebody's script. */
const ENDPOINTS_AT_MOST = 100;

function parse(input: EndpointInput): z.output<typeof endpointInput> {
  const parsed = endpointInput.safeParse(input);
  const refused = refuseEndpointUrl(input.url.trim());
  if (parsed.success && refused === null) return parsed.data;
  const issues = parsed.success ? [] : parsed.error.issues;
  const fields = Object.fromEntries(issues.map((issue) => [String(issue.path[0] ?? "url"), issue.message]));
  if (refused !== null && input.url.trim() !== "") fields.url = refused;
  throw new AppError("invalid", "The endpoint was not saved.", { fields });
}

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
  const values = parse(input);
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const known = await tx
      .select({ id: endpoint.id })
      .from(endpoint)
      .where(and(eq(endpoint.employerId, employerId), or(ne(endpoint.kind, "hook"), ne(endpoint.state, "off"))));
    if (known.length >= ENDPOINTS_AT_MOST)
      throw new AppError("conflict", `There are ${ENDPOINTS_AT_MOST} endpoints already. Delete one first.`);
    const id = newId();
    await tx.insert(endpoint).values({ employerId, id, kind, ...values, headers: {}, createdBy: actor.name });
    const secret = await addSecret(tx, { employerId, endpointId: id, kind: "standard" });
    const legacySecret = values.legacySignature
      ? await addSecret(tx, { employerId, endpointId: id, kind: "legacy" })
      : null;
    await notifyLive(tx, employerId, "delivery", id);
    await audit(tx, actor, "endpoint.created", subjectOf({ id, url: values.url }), {
      eventTypes: values.eventTypes,
      legacySignature: values.legacySignature,
    });
    return { id, secret, legacySecret };
  });
}

/**
 * Changes an endpoint. Turning the older header on makes its secret, returned for the one time it is shown. Another
 * origin is another receiver: headers of its own do not follow there. Kinds: invalid with fields, not-found, forbidden.
 */
export async function updateEndpoint(
  actor: Actor,
  id: string,
  input: EndpointInput,
): Promise<{ legacySecret: string | null }> {
  allow(actor, "webhooks:manage");
  const values = parse(input);
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const row = await load(tx, actor, id);
    const moved = new URL(row.url).origin !== new URL(values.url).origin;
    await tx
      .update(endpoint)
      .set({ ...values, ...(moved ? { headers: {} } : {}), updatedAt: new Date() })
      .where(own(actor, id));
    const owner = { employerId, endpointId: id, kind: "legacy" as const };
    const turnedOn = values.legacySignature && !row.legacySignature;
    if (!values.legacySignature) await expireSecrets(tx, owner, new Date());
    const legacySecret = turnedOn ? await addSecret(tx, owner) : null;
    await audit(tx, actor, "endpoint.changed", subjectOf({ id, url: values.url }), { moved, ...values });
    return { legacySecret };
  });
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
          ...{ state: "delivering", offReason: null, failingSince: null, consecutiveFailures: 0, openUntil: null },
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
 * Makes a new secret, returned for the one time it is shown. The old ones go on signing beside it for 24 hours, or end
 * at once when they are known to others. The older header has room for one signature only: there the old one always ends.
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
    if (kind === "legacy" && !row.legacySignature)
      throw new AppError("conflict", "The older header is switched off. Switch it on under Settings.");
    const overlap = old === "overlap" && kind === "standard";
    const end = new Date(Date.now() + (overlap ? OVERLAP_MS : 0));
    await expireSecrets(tx, { employerId, endpointId: id, kind }, end);
    const secret = await addSecret(tx, { employerId, endpointId: id, kind });
    await audit(tx, actor, "endpoint.secret_rotated", subjectOf(row), { kind, old });
    return secret;
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
