import { legacySignature, signStandard } from "#app/integrations/kit/standard-webhooks.server.ts";
import type { Sending } from "./delivery-claim.server.ts";

/** One attempt as it goes out, and as it is kept in the attempt's row. */
export interface DeliveryRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** The headers as people may see them: what the endpoint added of its own may be secret and is hidden. */
  shown: Readonly<Record<string, string>>;
}

/** What one attempt sends: the id is the event's and stays over retries, the time stamp and signatures are this attempt's. */
export function deliveryRequest(sending: Sending, at: Date): DeliveryRequest {
  const body = Buffer.from(sending.body, "utf8");
  const [legacy] = sending.secrets.legacy;
  const own = Object.entries(sending.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers = {
    ...Object.fromEntries(own),
    "content-type": "application/json",
    "user-agent": "Patchbay-Webhooks/1",
    "x-webhook-event": sending.eventType,
    ...signStandard({ id: sending.eventId, at, body, secrets: sending.secrets.standard }),
    ...(sending.legacySignature && legacy ? { "x-webhook-signature": legacySignature(legacy, body) } : {}),
  };
  const hidden = Object.fromEntries(own.map(([name]) => [name, "(hidden)"]));
  return { url: sending.url, headers, body: sending.body, shown: { ...headers, ...hidden } };
}
