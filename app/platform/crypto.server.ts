import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomUUID,
} from "node:crypto";
import { instanceSecrets } from "./dev-secrets.server.ts";

/** Where a secret belongs. A ciphertext opens only under exactly the place it was sealed for. */
export interface SecretPlace {
  /** The tenant; "instance" for secrets of the installation itself. */
  employerId: string;
  /** The connection or, where there is none, the row that holds the secret. */
  ownerId: string;
  /** Column or field name, for example "refresh_token". */
  field: string;
}

/** What the three columns hold: the id of the key, 12 bytes of nonce, and the ciphertext with its 16-byte tag at the end. */
export interface Sealed {
  keyId: string;
  nonce: Buffer;
  ciphertext: Buffer;
}

/** The shape in which a row's binary columns may come back from a driver. */
export interface SealedInput {
  keyId: string;
  nonce: Uint8Array;
  ciphertext: Uint8Array;
}

export interface KeyRing {
  currentId: string;
  /** As key objects: given the bare bytes, Node takes three times as long for a short text. */
  keys: ReadonlyMap<string, KeyObject>;
}

const TAG_BYTES = 16;

/** Encrypts with the current key by AES-256-GCM under a random nonce. */
export function seal(plaintext: string | Uint8Array, place: SecretPlace, ring: KeyRing = keyRing()): Sealed {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyOf(ring, ring.currentId), nonce).setAAD(additionalData(place));
  const body = typeof plaintext === "string" ? Buffer.from(plaintext, "utf8") : plaintext;
  const ciphertext = Buffer.concat([cipher.update(body), cipher.final(), cipher.getAuthTag()]);
  return { keyId: ring.currentId, nonce, ciphertext };
}

/** Decrypts to bytes. Throws when the key is unknown, a bit differs, or the place is not the one it was sealed for. */
export function openBytes(sealed: SealedInput, place: SecretPlace, ring: KeyRing = keyRing()): Buffer {
  const split = sealed.ciphertext.length - TAG_BYTES;
  if (split < 0) throw new Error("The stored secret is too short to be one.");
  const decipher = createDecipheriv("aes-256-gcm", keyOf(ring, sealed.keyId), sealed.nonce)
    .setAAD(additionalData(place))
    .setAuthTag(sealed.ciphertext.subarray(split));
  try {
    return Buffer.concat([decipher.update(sealed.ciphertext.subarray(0, split)), decipher.final()]);
  } catch {
    throw new Error(`The stored secret ${place.field} does not open: it was changed, moved, or sealed by another key.`);
  }
}

/** Decrypts to text. Throws as `openBytes` does. */
export const open = (sealed: SealedInput, place: SecretPlace, ring: KeyRing = keyRing()): string =>
  openBytes(sealed, place, ring).toString("utf8");

/** The same secret under the current key; undefined when it already is. */
export function rewrap(sealed: SealedInput, place: SecretPlace, ring: KeyRing = keyRing()): Sealed | undefined {
  if (sealed.keyId === ring.currentId) return undefined;
  return seal(openBytes(sealed, place, ring), place, ring);
}

let memo: { source: string; ring: KeyRing } | undefined;

/** The keys of this instance: the first of PATCHBAY_KEYS encrypts, all decrypt. */
export function keyRing(): KeyRing {
  const source = instanceSecrets().keys;
  if (memo?.source !== source) memo = { source, ring: parseKeys(source) };
  return memo.ring;
}

/** Parses `keyId:base64,…`. Key ids are letters, digits, `-` and `_`; each key is 32 bytes; no id twice. */
export function parseKeys(source: string): KeyRing {
  const keys = new Map<string, KeyObject>();
  for (const part of source.split(",").map((entry) => entry.trim())) {
    const [, keyId, encoded] = /^([\w-]{1,32}):([A-Za-z0-9+/]{43}=?)$/.exec(part) ?? [];
    if (keyId === undefined || encoded === undefined) {
      throw new Error("PATCHBAY_KEYS must be keyId:base64 of 32 bytes, comma separated.");
    }
    if (keys.has(keyId)) throw new Error(`PATCHBAY_KEYS names the key ${keyId} twice.`);
    keys.set(keyId, createSecretKey(encoded, "base64"));
  }
  const [currentId] = keys.keys();
  if (currentId === undefined) throw new Error("PATCHBAY_KEYS is empty.");
  return { currentId, keys };
}

function keyOf(ring: KeyRing, keyId: string): KeyObject {
  const key = ring.keys.get(keyId);
  if (!key) throw new Error(`The encryption key ${keyId} is not in PATCHBAY_KEYS.`);
  return key;
}

/** JSON of a list, so that no two places join to the same bytes. */
const additionalData = (place: SecretPlace): Buffer =>
  Buffer.from(JSON.stringify(["patchbay/1", place.employerId, place.ownerId, place.field]), "utf8");

let lastMs = 0;
let counter = 0;

/**
 * A UUIDv7 (RFC 9562): time-ordered, and ascending within this process even inside one millisecond, because twelve of
 * the random bits count.
 */
export function newId(now: number = Date.now()): string {
  const random = randomUUID();
  if (now > lastMs) {
    lastMs = now;
    counter = Number.parseInt(random.slice(0, 3), 16) & 0x7ff;
  } else {
    counter += 1;
    if (counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
  }
  const time = lastMs.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, "0")}-${random.slice(19)}`;
}

/** A random token in base64url, `bytes` long before encoding. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString("base64url");

/** SHA-256 as 64 lower-case hex digits. */
export const sha256Hex = (value: string | Uint8Array): string => createHash("sha256").update(value).digest("hex");
