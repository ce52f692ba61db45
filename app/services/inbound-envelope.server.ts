import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import type { InboundEvent, RawRequest, Webhook } from "#app/integrations/contract/capabilities.ts";
import { openBytes, type SealedInput, type SecretPlace, seal, sha256Hex } from "#app/platform/crypto.server.ts";

/** What is kept beside the body. */
const head = z.object({ method: z.string(), url: z.string(), headers: z.record(z.string(), z.string()) });
/** The older form: one JSON text, the body in base64. It begins with a brace; the packed form with `PACKED`. */
const plain = head.extend({ body: z.base64() });

const PACKED = 1;
/** Far above the cap on bodies: what opens to more was not packed here. */
const MOST_BYTES = 8 * 1024 * 1024;

export const inboundPlace = (employerId: string, deliveryId: string): SecretPlace => ({
  employerId,
  ownerId: deliveryId,
  field: "raw",
});

export const quarantinePlace = (id: string): SecretPlace => ({ employerId: "instance", ownerId: id, field: "raw" });

/** Packed before it is sealed: vendors' JSON shrinks to a quarter, and ciphertext no longer does. Every byte survives. */
export function sealRequest({ method, url, headers, body }: RawRequest, place: SecretPlace) {
  const beside = Buffer.from(JSON.stringify({ method, url, headers }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(beside.length);
  const packed = deflateRawSync(Buffer.concat([length, beside, body]), { level: 1, memLevel: 5, windowBits: 13 });
  return seal(Buffer.concat([Buffer.of(PACKED), packed]), place);
}

export function openRequest(sealed: SealedInput, place: SecretPlace): RawRequest {
  const bytes = openBytes(sealed, place);
  if (bytes[0] !== PACKED) {
    const kept = plain.parse(JSON.parse(bytes.toString("utf8")));
    return { ...kept, body: Buffer.from(kept.body, "base64") };
  }
  const unpacked = inflateRawSync(bytes.subarray(1), { maxOutputLength: MOST_BYTES });
  const end = 4 + unpacked.readUInt32BE(0);
  return { ...head.parse(JSON.parse(unpacked.toString("utf8", 4, end))), body: unpacked.subarray(end) };
}

export interface Identity {
  type: string;
  /** One per event in the request: the vendor's ids, or a hash of the bytes where it has none. */
  dedupeKeys: readonly string[];
}

/**
 * What a verified request calls itself. One that the adapter cannot read is still kept, under a hash of its bytes; so is
 * every one of a vendor whose ids are not signed, or a replay under another id would count as new.
 */
export function identify(webhook: Pick<Webhook, "parse" | "identity">, request: RawRequest): Identity {
  const fromBytes = `body:${sha256Hex(request.body)}`;
  const events = parsed(webhook, request);
  if (!events) return { type: "unreadable", dedupeKeys: [fromBytes] };
  const types = [...new Set(events.map((event) => event.type))];
  const type = storable((types.join(", ") || "empty").slice(0, 200));
  const keys = events.map((event, index) => dedupeKeyOf(event) ?? `${fromBytes}:${index}`);
  const byBody = webhook.identity === "body" || keys.length === 0;
  return { type, dedupeKeys: byBody ? [fromBytes] : [...new Set(keys)] };
}

/** Postgres takes neither NUL nor half of a surrogate pair. */
const storable = (text: string): string => Buffer.from(text.replaceAll("\0", "")).toString("utf8");

/** Whether the adapter makes anything of a request. */
export const isReadable = (webhook: Pick<Webhook, "parse">, request: RawRequest): boolean =>
  parsed(webhook, request) !== null;

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
