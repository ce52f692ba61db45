import { z } from "zod";
import type { InboundEvent, RawRequest, Webhook } from "#app/integrations/contract/capabilities.ts";
import { openBytes, type SealedInput, type SecretPlace, seal, sha256Hex } from "#app/platform/crypto.server.ts";

/** How a raw request is kept: sealed JSON, the body in base64 so that every byte survives. */
const envelope = z.object({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.base64(),
});

export const inboundPlace = (employerId: string, deliveryId: string): SecretPlace => ({
  employerId,
  ownerId: deliveryId,
  field: "raw",
});

export const quarantinePlace = (id: string): SecretPlace => ({ employerId: "instance", ownerId: id, field: "raw" });

export function sealRequest(request: RawRequest, place: SecretPlace) {
  const kept = { ...request, body: Buffer.from(request.body).toString("base64") };
  return seal(JSON.stringify(kept), place);
}

export function openRequest(sealed: SealedInput, place: SecretPlace): RawRequest {
  const kept = envelope.parse(JSON.parse(openBytes(sealed, place).toString("utf8")));
  return { ...kept, body: Buffer.from(kept.body, "base64") };
}

export interface Identity {
  type: string;
  /** One per event in the request: the vendor's ids, or a hash of the bytes where it has none. */
  dedupeKeys: readonly string[];
}

/** What a verified request calls itself. One that the adapter cannot read is still kept, under a hash of its bytes. */
export function identify(webhook: Pick<Webhook, "parse">, request: RawRequest): Identity {
  const fromBytes = `body:${sha256Hex(request.body)}`;
  const events = parsed(webhook, request);
  if (!events) return { type: "unreadable", dedupeKeys: [fromBytes] };
  const keys = events.map((event, index) => dedupeKeyOf(event) ?? `${fromBytes}:${index}`);
  const types = [...new Set(events.map((event) => event.type))];
  return {
    type: storable((types.join(", ") || "empty").slice(0, 200)),
    dedupeKeys: keys.length > 0 ? [...new Set(keys)] : [fromBytes],
  };
}

/** Postgres takes neither NUL nor half of a surrogate pair. */
const storable = (text: string): string => Buffer.from(text.replaceAll("\0", "")).toString("utf8");

function parsed(webhook: Pick<Webhook, "parse">, request: RawRequest): readonly InboundEvent[] | null {
  try {
    return webhook.parse(request);
  } catch {
    return null;
  }
}

/** The vendor's id of one event, short enough for an index; null when it has none. */
export function dedupeKeyOf(event: Pick<InboundEvent, "dedupeId">): string | null {
  if (event.dedupeId === "") return null;
  return event.dedupeId.length <= 200 && storable(event.dedupeId) === event.dedupeId
    ? `id:${event.dedupeId}`
    : `hash:${sha256Hex(event.dedupeId)}`;
}
