import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/* Certificates are made when a test needs them, so that none in the repository runs out and no key lies in it. */

export interface Certificate {
  /** PEM. */
  cert: string;
  /** PEM, PKCS #8. */
  key: string;
}

export interface CertificateWish {
  /** The names it is for. */
  names: readonly string[];
  notBefore?: Date;
  notAfter?: Date;
}

const DAY_MS = 86_400_000;

/** An authority of its own: what it issues is accepted exactly where its `cert` is trusted. */
export function makeAuthority(name = "Test authority"): Certificate & { issue(wish: CertificateWish): Certificate } {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const now = Date.now();
  const validity = { notBefore: new Date(now - 3650 * DAY_MS), notAfter: new Date(now + 3650 * DAY_MS) };
  const own = certificate({
    subject: name,
    issuer: name,
    ...validity,
    ...keys,
    authority: true,
    signer: keys.privateKey,
  });
  return {
    ...own,
    issue({ names, notBefore = new Date(now - DAY_MS), notAfter = new Date(now + 365 * DAY_MS) }) {
      const leaf = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const subject = names[0] ?? "nobody";
      return certificate({ subject, issuer: name, notBefore, notAfter, ...leaf, names, signer: keys.privateKey });
    },
  };
}

interface Contents {
  subject: string;
  issuer: string;
  notBefore: Date;
  notAfter: Date;
  publicKey: KeyObject;
  privateKey: KeyObject;
  signer: KeyObject;
  names?: readonly string[];
  authority?: boolean;
}

/** X.509 v3 (RFC 5280) in DER, signed by ecdsa-with-SHA256. */
function certificate({
  subject,
  issuer,
  notBefore,
  notAfter,
  publicKey,
  privateKey,
  signer,
  ...rest
}: Contents): Certificate {
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_SHA256,
    commonName(issuer),
    sequence(time(notBefore), time(notAfter)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions(rest))),
  );
  const signature = sign("sha256", body, signer);
  return {
    cert: pem(sequence(body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature))),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function extensions({ names = [], authority = false }: Pick<Contents, "names" | "authority">): Buffer[] {
  const constraints = sequence(oid(0x55, 0x1d, 0x13), TRUE, der(0x04, sequence(...(authority ? [TRUE] : []))));
  if (names.length === 0) return [constraints];
  const alternatives = sequence(...names.map((name) => der(0x82, Buffer.from(name, "ascii"))));
  return [constraints, sequence(oid(0x55, 0x1d, 0x11), der(0x04, alternatives))];
}

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const value = Buffer.concat(content);
  const size = value.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);
const integer = (value: Buffer): Buffer => der(0x02, value);
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const TRUE = der(0x01, Buffer.from([0xff]));
/** 1.2.840.10045.4.3.2 */
const ECDSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name, "utf8")))));
/** GeneralizedTime, which is only right from 2050 on, is taken by every library before that too. */
const time = (at: Date): Buffer =>
  der(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`, "ascii"));

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(bytes.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;
