import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";

/** What we show the receiver's server when it asks who we are: certificate, with its chain below it, and key, both PEM. */
export interface ClientCertificate {
  cert: string;
  key: string;
}

export interface CertificateFacts {
  /** The name in it, as one line. */
  subject: string;
  issuer: string;
  expiresAt: Date;
  /** SHA-256, colon separated. */
  fingerprint: string;
}

export const PEM_BYTES = 32 * 1024;

const factsOf = (certificate: X509Certificate): CertificateFacts => ({
  subject: certificate.subject.replaceAll("\n", ", "),
  issuer: certificate.issuer.replaceAll("\n", ", "),
  expiresAt: new Date(certificate.validTo),
  fingerprint: certificate.fingerprint256,
});

/** What a stored certificate says about itself. */
export const certificateFacts = ({ cert }: ClientCertificate): CertificateFacts => factsOf(new X509Certificate(cert));

/** Why a pair cannot be used, by field; null when it can. */
export function refuseCertificate(
  { cert, key }: ClientCertificate,
  now: Date,
): { field: "certificate" | "certificateKey"; message: string } | null {
  const on = (field: "certificate" | "certificateKey", message: string) => ({ field, message });
  if (cert.length > PEM_BYTES) return on("certificate", "A certificate with its chain has at most 32 KiB.");
  if (key.length > PEM_BYTES) return on("certificateKey", "A key has at most 32 KiB.");
  const certificate = parsed(() => new X509Certificate(cert));
  if (!certificate || !cert.includes("-----BEGIN CERTIFICATE-----"))
    return on("certificate", "This is no certificate. Paste the PEM text, from -----BEGIN CERTIFICATE----- on.");
  const { expiresAt } = factsOf(certificate);
  if (expiresAt <= now)
    return on(
      "certificate",
      `This certificate ended on ${expiresAt.toISOString().slice(0, 10)}. Paste one that is valid.`,
    );
  if (/ENCRYPTED/.test(key)) return on("certificateKey", "This key is locked with a passphrase. Paste it without one.");
  const secret = parsed((): KeyObject => createPrivateKey(key));
  if (!secret)
    return on("certificateKey", "This is no private key. Paste the PEM text, from -----BEGIN … PRIVATE KEY----- on.");
  if (!certificate.checkPrivateKey(secret))
    return on("certificateKey", "This key belongs to another certificate. Paste the key that was made with it.");
  if (!parsed(() => createSecureContext({ cert, key })))
    return on(
      "certificate",
      "The chain below the certificate cannot be read. Paste each certificate whole, one below the other.",
    );
  return null;
}

function parsed<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
