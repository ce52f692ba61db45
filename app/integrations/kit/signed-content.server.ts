import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { RawRequest } from "../contract/capabilities.ts";
import type { Signature } from "../contract/signature.ts";
import { textAt } from "./paths.ts";

export type HmacSignature = Extract<Signature, { scheme: "hmac" }>;
export type FieldsSignature = Extract<Signature, { scheme: "hmac-fields" }>;

/** The exact bytes that a vendor signs: the template with `{body}` as raw bytes. Null when a named part is missing. */
export function signedContent(
  signature: HmacSignature,
  parts: { body: Uint8Array; url: string; timestamp?: string | undefined; id?: string | undefined },
): Buffer | null {
  const chunks: Uint8Array[] = [];
  for (const piece of signature.signed.split(/(\{(?:body|timestamp|id|url)\})/)) {
    if (piece === "{body}") chunks.push(parts.body);
    else if (piece === "{url}") chunks.push(Buffer.from(parts.url));
    else if (piece === "{timestamp}" || piece === "{id}") {
      const value = piece === "{id}" ? parts.id : parts.timestamp;
      if (value === undefined) return null;
      chunks.push(Buffer.from(value));
    } else chunks.push(Buffer.from(piece));
  }
  return Buffer.concat(chunks);
}

/**
 * Whether the vendor's proof covers what the body says. Where it does not, a request that verifies is only a reason to
 * look: its content may be anybody's.
 */
export const provesBody = (signature: Signature): boolean =>
  signature.scheme === "hmac" && signature.signed.includes("{body}");

/** The text that a signature over single values covers; numbers as JSON has them. Null when a value is missing. */
export function coveredText(signature: FieldsSignature, body: unknown): string | null {
  const pieces = signature.signed.split(/\{([\w.]+)\}/);
  const texts = pieces.map((piece, index) => (index % 2 === 1 ? textAt(body, piece) : piece));
  return texts.every((text) => text !== undefined) ? texts.join("") : null;
}

/** The body with every non-ASCII UTF-16 unit as \uXXXX, in either letter case; none when it is all ASCII. */
export function unicodeEscaped(body: Uint8Array): Uint8Array[] {
  if (body.every((byte) => byte < 0x80)) return [];
  const text = new TextDecoder().decode(body);
  return [(hex: string) => hex, (hex: string) => hex.toUpperCase()].map((cased) =>
    Buffer.from(
      text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${cased(unit.charCodeAt(0).toString(16).padStart(4, "0"))}`),
    ),
  );
}

/** The digest in the signature's own encoding, without prefix. */
export function digest(
  signature: Pick<HmacSignature, "hash" | "encoding" | "secretEncoding">,
  secret: string,
  content: Uint8Array,
): string {
  return createHmac(signature.hash, secretKey(signature.secretEncoding ?? "utf8", secret))
    .update(content)
    .digest(signature.encoding);
}

/** As a key object: given the bare bytes, Node takes four times as long. */
function secretKey(encoding: NonNullable<HmacSignature["secretEncoding"]>, secret: string): KeyObject {
  if (encoding === "utf8") return createSecretKey(secret, "utf8");
  return createSecretKey(encoding === "whsec" ? secret.replace(/^whsec_/, "") : secret, "base64");
}

/** A header of a raw request by any spelling; an empty one counts as missing. */
export function headerOf(request: Pick<RawRequest, "headers">, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of Object.entries(request.headers))
    if (key.toLowerCase() === wanted && value !== "") return value;
  return undefined;
}

/** A time stamp header's text in the signature's unit. */
export function timestampText(unit: "s" | "ms" | "iso", now: Date): string {
  if (unit === "iso") return now.toISOString();
  return String(unit === "ms" ? now.getTime() : Math.floor(now.getTime() / 1000));
}

/** The time a stamp means, or null when it is not a stamp of this unit. */
export function timestampOf(unit: "s" | "ms" | "iso", text: string): Date | null {
  if (unit === "iso") {
    const parsed = /^\d{4}-\d{2}-\d{2}T/.test(text) ? new Date(text) : null;
    return parsed && !Number.isNaN(parsed.getTime()) ? parsed : null;
  }
  if (!/^\d{1,16}$/.test(text)) return null;
  return new Date(unit === "ms" ? Number(text) : Number(text) * 1000);
}
