import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { z } from "zod";
import type { Envelope } from "../../contract/adapter.ts";
import { IntegrationError } from "../../contract/errors.ts";

/*
 * The envelope of Jobvite's Onboarding API: a new AES key for every message, wrapped by RSA for the receiver. The mode of
 * AES is ECB because Jobvite demands it: their samples encrypt and decrypt with "AES/ECB" and nothing else is understood.
 * ECB shows which blocks are equal and notices no change, so it is never used for anything of our own; TLS around it is
 * what protects these calls.
 */

const KEY_BYTES = 32;
const BLOCK = 16;

/** JSON under AES-256-ECB with PKCS#7 padding, base64. */
export function encryptPayload(json: string, key: Uint8Array): string {
  const cipher = createCipheriv("aes-256-ecb", key, null);
  return Buffer.concat([cipher.update(json, "utf8"), cipher.final()]).toString("base64");
}

/**
 * The text of a payload. One of Jobvite's samples pads by PKCS#7, the other fills up with NUL bytes: both are cut off.
 * Throws when the payload is no whole number of blocks.
 */
export function decryptPayload(payload: string, key: Uint8Array): string {
  const decipher = createDecipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  let plain = Buffer.concat([decipher.update(Buffer.from(payload, "base64")), decipher.final()]);
  const pad = plain.at(-1) ?? 0;
  const isPadding = pad >= 1 && pad <= BLOCK && plain.subarray(-pad).every((byte) => byte === pad);
  if (isPadding) plain = plain.subarray(0, plain.length - pad);
  let end = plain.length;
  while (end > 0 && plain[end - 1] === 0) end -= 1;
  return plain.subarray(0, end).toString("utf8");
}

/**
 * The AES key that was wrapped for us. Node no longer unwraps PKCS#1 v1.5 itself, because telling a bad padding apart from
 * a good one has leaked keys: here any flaw gives a random key, and what follows fails like every other wrong message.
 */
function unwrapKey(wrapped: string, privateKey: string): Uint8Array {
  const instead = randomBytes(KEY_BYTES);
  const block = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, Buffer.from(wrapped, "base64"));
  const zero = block.indexOf(0, 2);
  const fits = block[0] === 0 && block[1] === 2 && zero >= 10 && block.length - zero - 1 >= KEY_BYTES;
  return fits ? block.subarray(zero + 1, zero + 1 + KEY_BYTES) : instead;
}

/** Jobvite's key as it was pasted: PEM, also with its line breaks lost, or bare base64. */
function jobviteKey(pasted: unknown): KeyObject {
  const base64 = String(pasted ?? "").replace(/-----[A-Z ]+-----|\s/g, "");
  try {
    const key = createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
    if (key.asymmetricKeyType === "rsa" && key.asymmetricKeyDetails?.modulusLength === 2048) return key;
  } catch (cause) {
    throw new IntegrationError("config", "Jobvite's public key cannot be read. Paste it again, all of it.", {
      field: "jobvitePublicKey",
      cause,
    });
  }
  throw new IntegrationError("config", "Jobvite's public key is not an RSA key of 2048 bits.", {
    field: "jobvitePublicKey",
  });
}

const message = z.object({ key: z.base64(), payload: z.base64() });

export const envelope: Envelope = {
  seal(json, { config }) {
    const key = randomBytes(KEY_BYTES);
    const receiver = { key: jobviteKey(config.jobvitePublicKey), padding: constants.RSA_PKCS1_PADDING };
    return JSON.stringify({ key: publicEncrypt(receiver, key).toString("base64"), payload: encryptPayload(json, key) });
  },
  open(answer, { secrets }) {
    if (!secrets.ourKey) throw new IntegrationError("config", "There is no key pair of ours.", { field: "ourKey" });
    try {
      const { key, payload } = message.parse(JSON.parse(answer));
      const text = decryptPayload(payload, unwrapKey(key, secrets.ourKey));
      JSON.parse(text);
      return text;
    } catch {
      throw new IntegrationError("contract", "Jobvite's answer does not open with our key.", { field: "" });
    }
  },
};
