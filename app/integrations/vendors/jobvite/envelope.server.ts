import { constants, createCipheriv, createDecipheriv, type KeyObject, publicEncrypt, randomBytes } from "node:crypto";
import { z } from "zod";
import type { Envelope } from "../../contract/adapter.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { pastedPublicKey, unwrapKey } from "../../kit/rsa.server.ts";

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

function jobviteKey(pasted: unknown): KeyObject {
  try {
    return pastedPublicKey(String(pasted ?? ""));
  } catch (cause) {
    const message = "Jobvite's public key is not a readable RSA key of 2048 bits. Paste it again, all of it.";
    throw new IntegrationError("config", message, { field: "jobvitePublicKey", cause });
  }
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
      const text = decryptPayload(payload, unwrapKey(Buffer.from(key, "base64"), secrets.ourKey, KEY_BYTES));
      JSON.parse(text);
      return text;
    } catch {
      throw new IntegrationError("contract", "Jobvite's answer does not open with our key.", { field: "" });
    }
  },
};
