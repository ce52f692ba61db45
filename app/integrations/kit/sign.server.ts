import type { Signature } from "../contract/signature.ts";
import { coveredText, digest, type FieldsSignature, signedContent, timestampText } from "./signed-content.server.ts";

/**
 * The inverse of `verifySignature`: the headers of a valid request, for tests and for replaying a vendor's sample.
 * `jwt` needs the vendor's private key, `url-token` carries nothing and `hmac-fields` signs in the body: no headers.
 */
export function signAs(
  signature: Signature,
  what: { secret: string; body: Uint8Array; now: Date; url?: string; id?: string },
): Record<string, string> {
  if (signature.scheme === "shared-secret") return { [signature.header]: what.secret };
  if (signature.scheme !== "hmac") return {};
  const timestamp = signature.timestamp ? timestampText(signature.timestamp.unit, what.now) : undefined;
  const id = signature.idHeader ? (what.id ?? "msg_1") : what.id;
  const content = signedContent(signature, { body: what.body, url: what.url ?? "", timestamp, id });
  if (content === null)
    throw new TypeError(`The signature template ${signature.signed} names a part that has no header.`);
  return {
    [signature.header]: `${signature.prefix ?? ""}${digest(signature, what.secret, content)}`,
    ...(signature.timestamp && timestamp ? { [signature.timestamp.header]: timestamp } : {}),
    ...(signature.idHeader && id ? { [signature.idHeader]: id } : {}),
  };
}

/** A JSON body with the signature that covers some of its values put where the vendor puts it, at the top of the body. */
export function signFields(
  signature: FieldsSignature,
  what: { secret: string; body: Readonly<Record<string, unknown>> },
): Uint8Array {
  const content = coveredText(signature, what.body);
  if (content === null) throw new TypeError(`The body lacks a value that ${signature.signed} names.`);
  const given = digest(signature, what.secret, Buffer.from(content));
  return new TextEncoder().encode(JSON.stringify({ ...what.body, [signature.at]: given }));
}
