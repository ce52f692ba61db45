import { createHash, createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import type { ConfigField } from "#app/integrations/contract/manifest.ts";
import { randomToken } from "#app/platform/crypto.server.ts";

const makePair = promisify(generateKeyPair);

/** A new value for a field that we make ourselves: random text, or the private half of a key pair. */
export async function makeSecret(field: ConfigField): Promise<string> {
  if (field.generated !== "rsa-2048") return randomToken(24);
  const { privateKey } = await makePair("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/**
 * What a person hands over to the vendor of a secret that we made: the secret itself, or of a key pair the public half
 * (SubjectPublicKeyInfo, PEM) with its fingerprint, so that both sides can compare by telephone.
 */
export function handedOver(field: ConfigField, value: string): readonly { label: string; value: string }[] {
  if (field.generated !== "rsa-2048") return [{ label: field.label, value }];
  if (value === "") return [];
  const key = createPublicKey(value);
  const print = createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");
  return [
    { label: field.label, value: key.export({ type: "spki", format: "pem" }).toString().trim() },
    { label: `${field.label}, SHA-256 fingerprint`, value: print.match(/../g)?.join(":") ?? print },
  ];
}
