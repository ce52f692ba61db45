import { constants, createPublicKey, type KeyObject, privateDecrypt, randomBytes } from "node:crypto";

/** An RSA public key of 2048 bits as it was pasted: PEM, also with its line breaks lost, or bare base64. Throws for any other. */
export function pastedPublicKey(pasted: string): KeyObject {
  const base64 = pasted.replace(/-----[A-Z ]+-----|\s/g, "");
  const key = createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
  if (key.asymmetricKeyType === "rsa" && key.asymmetricKeyDetails?.modulusLength === 2048) return key;
  throw new TypeError("This is not an RSA key of 2048 bits.");
}

/**
 * A key of `bytes` bytes that was wrapped by RSA with PKCS#1 v1.5 padding. Node no longer unwraps it itself, because
 * telling a bad padding apart from a good one has leaked keys: here any flaw gives a random key, and what follows fails
 * like every other wrong message.
 */
export function unwrapKey(wrapped: Uint8Array, privateKey: string, bytes: number): Uint8Array {
  const instead = randomBytes(bytes);
  const block = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, wrapped);
  const zero = block.indexOf(0, 2);
  const fits = block[0] === 0 && block[1] === 2 && zero >= 10 && block.length - zero - 1 >= bytes;
  return fits ? block.subarray(zero + 1, zero + 1 + bytes) : instead;
}
