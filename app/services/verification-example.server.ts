import { signStandard } from "#app/integrations/kit/standard-webhooks.server.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { withEmployer } from "#db/client.server.ts";
import type { Actor } from "./actor.ts";
import { ownBody, seenEvent } from "./delivery-body.server.ts";
import { liveSecrets } from "./endpoint-secrets.server.ts";
import { getEndpoint } from "./endpoints.server.ts";
import { eventBody } from "./event-body.ts";
import { eventDefinition, eventTypes, isEventType } from "./event-catalog.ts";

/** One delivery as the endpoint would get it now: a sample of an event it wants, marked as a test, rightly signed. */
export interface VerificationExample {
  id: string;
  timestamp: string;
  signature: string;
  body: string;
}

/** Plain ASCII, so that the text is the same between the quotes of every language. */
const inAscii = (json: string): string =>
  json.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/**
 * An example signed with the endpoint's live secrets, to try a verifier with. Null for readers who may not change
 * anything: a right signature is not theirs to make. Kind not-found.
 */
export async function verificationExample(
  actor: Actor,
  endpointId: string,
  now: Date = new Date(),
): Promise<VerificationExample | null> {
  const endpoint = await getEndpoint(actor, endpointId);
  if (!actor.permissions.has("webhooks:manage")) return null;
  const { employerId } = actor;
  const type = endpoint.eventTypes.find(isEventType) ?? eventTypes()[0];
  const secrets = await withEmployer(employerId, (tx) => liveSecrets(tx, employerId, [endpointId], now));
  const standard = secrets.get(endpointId)?.standard ?? [];
  if (type === undefined || standard.length === 0) return null;
  const id = newId();
  const whole = eventBody({ id, type, at: now, employerId, data: eventDefinition(type).sample, test: true });
  const body = inAscii(ownBody(endpoint, seenEvent({ id, type, body: whole })).body || whole);
  const signed = signStandard({ id, at: now, body: Buffer.from(body), secrets: standard });
  return { id, body, timestamp: signed["webhook-timestamp"], signature: signed["webhook-signature"] };
}
