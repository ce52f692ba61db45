import { legacySignature, signStandard } from "#app/integrations/kit/standard-webhooks.server.ts";
import type { ClientCertificate } from "./client-certificate.server.ts";
import { sendableHeaders } from "./custom-headers.ts";
import { NO_BODY } from "./delivery-body.server.ts";
import type { Sending } from "./delivery-claim.server.ts";
import type { EndpointAuth } from "./endpoint-secrets.server.ts";

/** One attempt as it goes out, and as it is kept in the attempt's row. */
export interface DeliveryRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Shown to a server that asks for one; sockets made with it serve nobody else. */
  certificate: ClientCertificate | null;
  /** The headers as people may see them: what the endpoint added of its own may be secret and is hidden. */
  shown: Readonly<Record<string, string>>;
}

const HIDDEN = "(hidden)";

/**
 * What one attempt sends: the id is the event's and stays over retries, the time stamp and signatures are this attempt's.
 * Throws where there are no bytes to send, or nothing to sign them with.
 */
export function deliveryRequest(sending: Sending, at: Date): DeliveryRequest {
  const { secrets } = sending;
  if (sending.body === NO_BODY) throw new TypeError("The endpoint's template could not be filled.");
  const body = Buffer.from(sending.body, "utf8");
  const [legacy] = secrets.legacy;
  const own = { ...sendableHeaders(secrets.headers), ...signIn(secrets.auth) };
  const ours = {
    "content-type": "application/json",
    "user-agent": "Patchbay-Webhooks/1",
    "x-webhook-event": sending.eventType,
    ...signStandard({ id: sending.eventId, at, body, secrets: secrets.standard, keys: secrets.ed25519 }),
    ...(sending.legacySignature && legacy ? { "x-webhook-signature": legacySignature(legacy, body) } : {}),
  };
  const hidden = Object.fromEntries(Object.keys(own).map((name) => [name, HIDDEN]));
  return {
    ...{ url: sending.url, body: sending.body, certificate: secrets.certificate },
    headers: { ...own, ...ours },
    shown: { ...hidden, ...ours },
  };
}

function signIn(auth: EndpointAuth | null): Record<string, string> {
  if (auth === null) return {};
  if (auth.type === "bearer") return { authorization: `Bearer ${auth.token}` };
  return { authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`, "utf8").toString("base64")}` };
}
