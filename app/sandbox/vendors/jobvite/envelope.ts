import { constants, createCipheriv, createDecipheriv, privateDecrypt, publicEncrypt, randomBytes } from "node:crypto";
import { z } from "zod";

/* Jobvite's side of the onboarding envelope, written from its published samples: `key` is an AES key under RSA 2048 with
 * PKCS#1 v1.5 padding, `payload` is JSON under AES-256-ECB. */

const message = z.object({ key: z.string(), payload: z.string() });

/** The JSON value of a message for us; undefined when anything about it is wrong. */
export const openEnvelope = (body: Buffer, ourPrivateKey: string): unknown => {
  try {
    const { key, payload } = message.parse(JSON.parse(body.toString("utf8")));
    const raw = privateDecrypt({ key: ourPrivateKey, padding: constants.RSA_NO_PADDING }, Buffer.from(key, "base64"));
    if (raw.readUInt16BE(0) !== 2) return undefined;
    const split = raw.indexOf(0, 2);
    const aes = raw.subarray(split + 1);
    if (aes.length !== 32) return undefined;
    const decipher = createDecipheriv("aes-256-ecb", aes, null);
    return JSON.parse(Buffer.concat([decipher.update(payload, "base64"), decipher.final()]).toString("utf8"));
  } catch {
    return undefined;
  }
};

/**
 * A message for the customer under a fresh key. Like one of the samples it fills the last block with NUL bytes and not
 * by PKCS#7.
 */
export const makeEnvelope = (value: unknown, customerPublicKey: string): string => {
  const aes = randomBytes(32);
  const text = Buffer.from(JSON.stringify(value), "utf8");
  const filled = Buffer.concat([text, Buffer.alloc((16 - (text.length % 16)) % 16)]);
  const cipher = createCipheriv("aes-256-ecb", aes, null).setAutoPadding(false);
  const payload = Buffer.concat([cipher.update(filled), cipher.final()]).toString("base64");
  const key = publicEncrypt({ key: customerPublicKey, padding: constants.RSA_PKCS1_PADDING }, aes).toString("base64");
  return JSON.stringify({ key, payload });
};
