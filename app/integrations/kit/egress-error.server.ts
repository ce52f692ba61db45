import type { ErrorKind } from "../contract/errors.ts";
import type { Trace } from "./egress-trace.server.ts";

/** Where an outgoing call ended without an answer. The set is closed; delivery attempts show it as it is. */
export type EgressPhase = "dns" | "blocked" | "connect" | "tls" | "timeout" | "reset" | "too-large";

/** The one error of an outgoing call without a usable answer. `code` is the system's own word, e.g. ECONNREFUSED. */
export class EgressError extends Error {
  override readonly name = "EgressError";
  readonly phase: EgressPhase;
  readonly code: string | undefined;
  /** How far the call came; absent on what was thrown outside of one. */
  readonly trace: Trace | undefined;

  constructor(
    phase: EgressPhase,
    message: string,
    options: { code?: string | undefined; cause?: unknown; trace?: Trace } = {},
  ) {
    super(message, { cause: options.cause });
    this.phase = phase;
    this.code = options.code;
    this.trace = options.trace;
  }
}

/** What a connection learns from the phase: a refused address is a wrong setting, everything else the network's fault. */
export function kindOfPhase(phase: EgressPhase): ErrorKind {
  if (phase === "blocked") return "config";
  return phase === "too-large" ? "contract" : "network";
}

const tlsCode = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH)/;
const connectCodes = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const tooLarge = new Set(["UND_ERR_HEADERS_OVERFLOW", "HPE_HEADER_OVERFLOW"]);

/** What is wrong with a certificate, by the system's word for it. */
const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "has expired",
  CERT_NOT_YET_VALID: "is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "is signed by nobody who is known",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "comes without the whole chain, or is signed by nobody who is known",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "comes without the whole chain, or is signed by nobody who is known",
};

/** Any failure of a call to `hostname` as an EgressError; one that is already one stays as it is. */
export function toEgressError(error: unknown, hostname: string): EgressError {
  if (error instanceof EgressError) return error;
  const code = codeOf(error);
  const as = (phase: EgressPhase, message: string) => new EgressError(phase, message, { code, cause: error });
  if (code && tlsCode.test(code)) {
    const fault = certificateFaults[code];
    return as(
      "tls",
      fault
        ? `The certificate of ${hostname} ${fault}.`
        : `The certificate or encryption of ${hostname} was not acceptable.`,
    );
  }
  if (code && connectCodes.has(code)) return as("connect", `${hostname} did not accept the connection.`);
  if (code && tooLarge.has(code)) return as("too-large", `${hostname} answered with more headers than are read.`);
  if (code?.startsWith("HPE_")) return as("reset", `${hostname} answered with something that is not HTTP.`);
  if (code?.endsWith("_TIMEOUT")) return as("timeout", `${hostname} did not answer in time.`);
  return as("reset", `${hostname} closed the connection before answering.`);
}

/** The system's own word for what went wrong, also of the cause of an error. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return "cause" in error ? codeOf(error.cause) : undefined;
}
